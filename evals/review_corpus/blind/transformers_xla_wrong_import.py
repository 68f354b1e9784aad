# expect: IMP002
# data: tokens
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from transformers import BertConfig, BertForSequenceClassification


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    config = BertConfig(
        vocab_size=int(X_train.max()) + 1, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, num_labels=int(y_train.max()) + 1,
    )
    model = BertForSequenceClassification(config).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=hyperparams.get("lr", 5e-5))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(2):
        model.train()
        ls = []
        for ids, labels in loader:
            ids, labels = ids.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = model(input_ids=ids, labels=labels).loss
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            ls.append(loss.detach())
        metrics["train_losses"].append(torch.stack(ls).mean().item())
        model.eval()
        with torch.no_grad():
            logits = model(input_ids=X_val.to(device)).logits
            metrics["val_losses"].append(F.cross_entropy(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
    return model, metrics
