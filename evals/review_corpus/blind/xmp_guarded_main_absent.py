# expect: none
# data: regression
# held-out: blind

"""Small-model style: everything inline, many comments."""
import torch
import torch.nn as nn
import torch.optim as optim
import torch_xla
import torch_xla.core.xla_model as xm

# Define the model
class RegressionModel(nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim=1):
        super(RegressionModel, self).__init__()
        self.layer1 = nn.Linear(input_dim, hidden_dim)
        self.layer2 = nn.Linear(hidden_dim, output_dim)
        self.relu = nn.ReLU()

    def forward(self, x):
        x = self.relu(self.layer1(x))
        x = self.layer2(x)
        return x

# Train function
def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    # Get hyperparameters
    learning_rate = hyperparams.get('learning_rate', 0.001)
    num_epochs = int(hyperparams.get('num_epochs', 3))
    batch_size = int(hyperparams.get('batch_size', 16))
    hidden_dim = int(hyperparams.get('hidden_dim', 32))

    # Initialize the model, loss and optimizer
    model = RegressionModel(X_train.shape[1], hidden_dim).to(device)
    criterion = nn.MSELoss()
    optimizer = optim.Adam(model.parameters(), lr=learning_rate)

    # Move validation data once
    X_val = X_val.to(device)
    y_val = y_val.to(device).float().view(-1, 1)

    train_losses = []
    val_losses = []
    val_metric = []

    num_batches = int(X_train.size(0)) // batch_size

    for epoch in range(num_epochs):
        model.train()
        indices = torch.randperm(X_train.size(0))
        epoch_loss = torch.zeros(1, device=device)
        for b in range(num_batches):
            idx = indices[b * batch_size:(b + 1) * batch_size]
            X_batch = X_train[idx].to(device)
            y_batch = y_train[idx].float().view(-1, 1).to(device)

            # Forward pass
            outputs = model(X_batch)
            loss = criterion(outputs, y_batch)

            # Backward and optimize
            optimizer.zero_grad()
            loss.backward()
            xm.optimizer_step(optimizer)
            torch_xla.sync()

            epoch_loss += loss.detach()

        train_losses.append(epoch_loss.item() / num_batches)

        # Validation
        model.eval()
        with torch.no_grad():
            val_outputs = model(X_val)
            val_loss = criterion(val_outputs, y_val)
            ss_res = torch.sum((y_val - val_outputs) ** 2)
            ss_tot = torch.sum((y_val - y_val.mean()) ** 2)
            r2 = 1 - ss_res / ss_tot
        val_losses.append(val_loss.item())
        val_metric.append(r2.item())

        if (epoch + 1) % 1 == 0:
            print(f'Epoch {epoch + 1}/{num_epochs} - train_loss: {train_losses[-1]:.4f} - val_loss: {val_losses[-1]:.4f}')

    metrics = {
        'train_losses': train_losses,
        'val_losses': val_losses,
        'val_metric': val_metric,
    }
    return model, metrics
