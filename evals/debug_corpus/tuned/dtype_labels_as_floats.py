# category: dtype
# data: digits
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: expected scalar type Long but found Float|Expected floating point type for target with class probabilities|not implemented for 'Float'|0D or 1D target
# about: everything is cast to float on its way to the device, the class labels too
# twin-score: 0.967
# chance-score: 0.100
# mend: ["yield x.float(), y.float()", "yield x.float(), y.long()"]
# space: {"channels": {"default": 8, "type": "Integer", "low": 4, "high": 24}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "num_epochs": {"default": 6, "type": "Integer", "low": 2, "high": 12}}

from torch import nn, no_grad, optim
from torch.utils.data import DataLoader, TensorDataset


class Batches:
    """A loader whose batches are on the device, as floats."""

    def __init__(self, X, y, device, size, shuffle):
        self.loader = DataLoader(TensorDataset(X, y), batch_size=size, shuffle=shuffle, drop_last=shuffle)
        self.device = device

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        for x, y in self.loader:
            x, y = x.to(self.device), y.to(self.device)
            yield x.float(), y.float()


class DigitNet(nn.Sequential):
    def __init__(self, channels):
        super().__init__(
            nn.Conv2d(1, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(2 * channels * 16, 10),
        )


def train_model(X_train, y_train, X_val, y_val, device, channels=8, lr=0.005, num_epochs=6, **unused):
    train_set, val_set = Batches(X_train, y_train, device, 64, True), Batches(X_val, y_val, device, 64, False)
    model, loss_of = DigitNet(channels).to(device), nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=lr)
    record = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(num_epochs):
        model.train()
        losses = []
        for x, y in train_set:
            loss = loss_of(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        hits, lost, count = 0, 0.0, 0
        with no_grad():
            for x, y in val_set:
                out = model(x)
                lost += loss_of(out, y).item() * len(y)
                hits += int((out.argmax(dim=1) == y).sum())
                count += len(y)
        record["train_losses"].append(sum(losses) / len(losses))
        record["val_losses"].append(lost / count)
        record["val_acc"].append(hits / count)
    return model, record
