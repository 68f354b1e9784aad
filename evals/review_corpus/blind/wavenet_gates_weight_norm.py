# expect: none
# data: sequence
# held-out: blind

import torch, torch_xla
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import weight_norm

class Gate(nn.Module):
    def __init__(s, c, d):
        super().__init__()
        s.f = weight_norm(nn.Conv1d(c, c, 3, padding=d, dilation=d))
        s.g = weight_norm(nn.Conv1d(c, c, 3, padding=d, dilation=d))
        s.r = nn.Conv1d(c, c, 1)
    def forward(s, x):
        return x + s.r(torch.tanh(s.f(x)) * torch.sigmoid(s.g(x)))

class Wave(nn.Module):
    def __init__(s, cin, c, k):
        super().__init__()
        s.i = nn.Conv1d(cin, c, 1)
        s.b = nn.ModuleList([Gate(c, 2 ** j) for j in range(3)])
        s.o = nn.Linear(2 * c, k)
    def forward(s, x):
        x = s.i(x.permute(0, 2, 1))
        for b in s.b: x = b(x)
        return s.o(torch.cat([x.mean(-1), x.amax(-1)], 1))

def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = Wave(X_train.shape[2], 8, int(y_train.max())+1).to(device)
    o = torch.optim.Adam(net.parameters(), hyperparams.get('lr', 1e-3))
    h = {'train_losses':[], 'val_losses':[], 'val_acc':[]}
    B = int(hyperparams.get('batch', 16))
    for e in range(int(hyperparams.get('epochs', 2))):
        net.train(); L = []
        p = torch.randperm(len(X_train))
        for i in range(len(p)//B):
            j = p[i*B:(i+1)*B]
            x, y = X_train[j].to(device), y_train[j].to(device)
            o.zero_grad(); l = F.cross_entropy(net(x), y); l.backward(); o.step(); torch_xla.sync()
            L.append(l.detach())
        net.eval()
        with torch.no_grad(): q = net(X_val.to(device)); t = y_val.to(device)
        h['train_losses'].append(float(sum(L)/len(L)))
        h['val_losses'].append(float(F.cross_entropy(q, t)))
        h['val_acc'].append(float((q.argmax(1)==t).float().mean()))
    return net, h
