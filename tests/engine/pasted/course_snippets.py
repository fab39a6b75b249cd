"""Scripts in the style of courses, each with the names of its model, loss and optimizer."""

from __future__ import annotations

COURSES: dict[str, tuple[str, str, str, str]] = {
    "a method counts the numbers of an image": (
        """
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

class LeNet(nn.Module):

    def __init__(self):
        super(LeNet, self).__init__()
        # 1 input image channel, 6 output channels, 5x5 square convolution
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, self.num_flat_features(x))
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x

    def num_flat_features(self, x):
        size = x.size()[1:]
        num_features = 1
        for s in size:
            num_features *= s
        return num_features

net = LeNet()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
""",
        "net",
        "criterion",
        "optimizer",
    ),
    "settings in a class": (
        """
from dataclasses import dataclass
import torch
import torch.nn as nn

@dataclass
class Config:
    n_in: int = 7
    n_hidden: int = 16
    n_out: int = 2
    lr: float = 0.05

cfg = Config()

class Net(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.fc1 = nn.Linear(cfg.n_in, cfg.n_hidden)
        self.fc2 = nn.Linear(cfg.n_hidden, cfg.n_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(torch.tanh(self.fc1(x)))

model = Net(cfg)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=cfg.lr, nesterov=True, momentum=0.9)
""",
        "model",
        "criterion",
        "optimizer",
    ),
    "a kind of layer as an argument": (
        """
import torch.nn as nn, torch
def block(i, o, act=nn.ReLU):
    return nn.Sequential(nn.Linear(i, o), nn.BatchNorm1d(o), act())

net = nn.Sequential(block(8, 16), block(16, 16, nn.SiLU), nn.Linear(16, 4))
crit = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), 1e-2)
""",
        "net",
        "crit",
        "opt",
    ),
    "states that start at zeros": (
        """
import torch
import torch.nn as nn
class LSTMModel(nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.lstm = nn.LSTM(input_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, output_dim)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.hidden_dim, dtype=x.dtype)
        c0 = torch.zeros(1, x.size(0), self.hidden_dim, dtype=x.dtype)
        out, (hn, cn) = self.lstm(x, (h0, c0))
        out = self.fc(out[:, -1, :])
        return out
model = LSTMModel(3, 5, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
""",
        "model",
        "criterion",
        "optimizer",
    ),
    "three numbers in one line": (
        """
import torch
import torch.nn as nn
vocab_size, embed_dim, hidden = 20, 6, 8
class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, embed_dim)
        self.gru = nn.GRU(embed_dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 2)
    def forward(self, tokens):
        e = self.emb(tokens)
        _, h = self.gru(e)
        return self.out(h.squeeze(0))
model = Classifier()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9)
""",
        "model",
        "criterion",
        "optimizer",
    ),
    "a choice in a loop": (
        """
import torch
from torch import nn
sizes = [4, 10, 10, 3]
layers = []
for i in range(len(sizes) - 1):
    layers.append(nn.Linear(sizes[i], sizes[i + 1]))
    if i < len(sizes) - 2:
        layers.append(nn.ReLU())
model = nn.Sequential(*layers)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-1, weight_decay=1e-3)
criterion = nn.CrossEntropyLoss(reduction="sum")
""",
        "model",
        "criterion",
        "optimizer",
    ),
    "the last layer taken off": (
        """
import torch
from torch import nn
dims = (5, 8, 6, 1)
mods = []
for a, b in zip(dims[:-1], dims[1:]):
    mods += [nn.Linear(a, b), nn.Tanh()]
mods.pop()
net = nn.Sequential(*mods)
opt = torch.optim.Rprop(net.parameters(), lr=0.01)
loss_fn = nn.L1Loss()
""",
        "net",
        "loss_fn",
        "opt",
    ),
    "a loss by its function": (
        """
import torch
from torch import nn
import torch.nn.functional as F
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False)
        self.c2 = nn.Conv2d(6, 8, 3)
        self.fc = nn.Linear(8, 5)
    def forward(self, x):
        x = F.leaky_relu(self.c1(x), 0.1)
        x = F.relu(self.c2(x))
        x = x.mean(dim=[2, 3])
        return F.log_softmax(self.fc(x), dim=-1)
model = Small()
loss_fn = F.nll_loss
optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0, rho=0.95)
""",
        "model",
        "loss_fn",
        "optimizer",
    ),
    "layers that are not trained": (
        """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
for p in net[0].parameters():
    p.requires_grad = False
optimizer = torch.optim.Adam(filter(lambda p: p.requires_grad, net.parameters()), lr=0.01)
criterion = nn.CrossEntropyLoss()
""",
        "net",
        "criterion",
        "optimizer",
    ),
    "an output at each position": (
        """
import torch
from torch import nn
class CharRNN(nn.Module):
    def __init__(self, n_chars=9, n_hidden=6):
        super().__init__()
        self.embed = nn.Embedding(n_chars, 5)
        self.rnn = nn.RNN(5, n_hidden, nonlinearity='tanh', batch_first=True)
        self.decoder = nn.Linear(n_hidden, n_chars)
    def forward(self, x):
        x = self.embed(x)
        x, _ = self.rnn(x)
        x = self.decoder(x)
        return x
model = CharRNN()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
""",
        "model",
        "criterion",
        "optimizer",
    ),
    "starts by a function": (
        """
import torch
from torch import nn
def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        m.bias.data.fill_(0.01)
net = nn.Sequential(nn.Linear(3, 4), nn.ELU(alpha=0.7), nn.Linear(4, 2))
net.apply(init_weights)
optimizer = torch.optim.Adagrad(net.parameters(), lr=0.02, lr_decay=0.001)
criterion = nn.SmoothL1Loss(beta=0.5)
""",
        "net",
        "criterion",
        "optimizer",
    ),
    "blocks in a loop": (
        """
import torch
from torch import nn

class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.lin1 = nn.Linear(dim, dim)
        self.lin2 = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        residual = x
        out = torch.relu(self.lin1(x))
        out = self.lin2(out)
        out += residual
        return self.norm(out)

class ResNet(nn.Module):
    def __init__(self, in_dim, dim, n_classes, depth=2):
        super().__init__()
        self.stem = nn.Linear(in_dim, dim)
        self.blocks = nn.ModuleList([ResidualBlock(dim) for _ in range(depth)])
        self.head = nn.Linear(dim, n_classes)

    def forward(self, x):
        x = self.stem(x)
        for blk in self.blocks:
            x = blk(x)
        return self.head(x)

model = ResNet(6, 10, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, amsgrad=True)
""",
        "model",
        "criterion",
        "optimizer",
    ),
}
