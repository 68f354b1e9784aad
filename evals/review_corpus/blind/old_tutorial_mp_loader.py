# expect: none
# data: image
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torch_xla.core.xla_model as xm
import torch_xla.distributed.parallel_loader as pl


class MNIST(nn.Module):

  def __init__(self, classes):
    super(MNIST, self).__init__()
    self.conv1 = nn.Conv2d(1, 10, kernel_size=3, padding=1)
    self.bn1 = nn.BatchNorm2d(10)
    self.conv2 = nn.Conv2d(10, 20, kernel_size=3, padding=1)
    self.bn2 = nn.BatchNorm2d(20)
    self.fc1 = nn.Linear(80, 50)
    self.fc2 = nn.Linear(50, classes)

  def forward(self, x):
    x = F.relu(F.max_pool2d(self.conv1(x), 2))
    x = self.bn1(x)
    x = F.relu(F.max_pool2d(self.conv2(x), 2))
    x = self.bn2(x)
    x = torch.flatten(x, 1)
    x = F.relu(self.fc1(x))
    x = self.fc2(x)
    return F.log_softmax(x, dim=1)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
  lr = hyperparams.get('lr', 0.01)
  momentum = hyperparams.get('momentum', 0.5)
  num_epochs = int(hyperparams.get('num_epochs', 2))
  train_loader = torch.utils.data.DataLoader(
      torch.utils.data.TensorDataset(X_train, y_train),
      batch_size=16, shuffle=True, drop_last=True)
  test_loader = torch.utils.data.DataLoader(
      torch.utils.data.TensorDataset(X_val, y_val), batch_size=20, shuffle=False)
  model = MNIST(int(y_train.max()) + 1).to(device)
  optimizer = optim.SGD(model.parameters(), lr=lr, momentum=momentum)
  loss_fn = nn.NLLLoss()
  history = {'train_losses': [], 'val_losses': [], 'val_acc': []}

  def train_loop_fn(loader):
    running = torch.zeros((), device=device)
    model.train()
    for step, (data, target) in enumerate(loader):
      optimizer.zero_grad()
      output = model(data)
      loss = loss_fn(output, target)
      loss.backward()
      xm.optimizer_step(optimizer)
      running += loss.detach()
    return running

  def test_loop_fn(loader):
    total_samples = 0
    correct = torch.zeros((), device=device)
    loss_sum = torch.zeros((), device=device)
    model.eval()
    with torch.no_grad():
      for data, target in loader:
        output = model(data)
        pred = output.max(1, keepdim=True)[1]
        correct += pred.eq(target.view_as(pred)).sum()
        loss_sum += loss_fn(output, target) * data.size()[0]
        total_samples += data.size()[0]
    return loss_sum.item() / total_samples, correct.item() / total_samples

  on_xla = torch.device(device).type == 'xla'
  train_device_loader = pl.MpDeviceLoader(train_loader, device) if on_xla else train_loader
  test_device_loader = pl.MpDeviceLoader(test_loader, device) if on_xla else test_loader
  for epoch in range(1, num_epochs + 1):
    running = train_loop_fn(train_device_loader)
    val_loss, accuracy = test_loop_fn(test_device_loader)
    history['train_losses'].append(running.item() / len(train_loader))
    history['val_losses'].append(val_loss)
    history['val_acc'].append(accuracy)
    xm.master_print('Epoch {} test end, Accuracy={:.2f}'.format(epoch, accuracy))
  return model, history
