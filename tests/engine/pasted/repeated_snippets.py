"""Scripts that make layers by loops, comprehensions, functions and classes of their own."""

from __future__ import annotations

REPEATED: dict[str, tuple[str, list[str]]] = {
    "a list of modules from sizes": (
        """
class MLP(nn.Module):
    def __init__(self, sizes=(4, 6, 5, 3)):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = F.relu(x)
        return x

model = MLP()
""",
        ["dense:6:relu", "dense:5:relu", "dense:3"],
    ),
    "every second layer of a list": (
        """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)])

    def forward(self, x):
        for layer in self.layers[::2]:
            x = torch.tanh(layer(x))
        return x

model = Net()
""",
        ["dense:4:tanh", "dense:4:tanh", "dense:4:tanh"],
    ),
    "a depth": (
        """
class Net(nn.Module):
    def __init__(self, in_dim=2, hidden=5, depth=3):
        super().__init__()
        self.depth = depth
        self.inp = nn.Linear(in_dim, hidden)
        self.hidden = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(depth))
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        x = torch.tanh(self.inp(x))
        for i in range(self.depth):
            x = x + torch.tanh(self.hidden[i](x))
        return self.out(x)

model = Net(depth=2)
""",
        ["dense:5:tanh", "dense:5:tanh", "add", "dense:5:tanh", "add", "dense:1"],
    ),
    "a function that makes blocks": (
        """
def block(i, o):
    \"\"\"Linear, norm, curve.\"\"\"
    return nn.Sequential(nn.Linear(i, o), nn.BatchNorm1d(o), nn.ReLU())

model = nn.Sequential(block(3, 6), block(6, 4), nn.Linear(4, 1))
""",
        ["dense:6", "batch_norm", "activation:relu", "dense:4", "batch_norm", "activation:relu", "dense:1"],
    ),
    "a list that grows": (
        """
layers = []
size = 8
for width in [6, 4]:
    layers.append(nn.Linear(size, width))
    layers += [nn.ReLU()]
    size = width
layers.append(nn.Linear(size, 1))
model = nn.Sequential(*layers)
""",
        ["dense:6:relu", "dense:4:relu", "dense:1"],
    ),
    "a list that grows in a module": (
        """
class Net(nn.Module):
    def __init__(self, widths):
        super().__init__()
        parts = []
        for a, b in zip(widths, widths[1:]):
            parts.append(nn.Linear(a, b))
            parts.append(nn.Tanh())
        self.body = nn.Sequential(*parts)
        self.head = nn.Linear(widths[-1], 2)

    def forward(self, x):
        return self.head(self.body(x))

model = Net([3, 5, 4])
""",
        ["dense:5:tanh", "dense:4:tanh", "dense:2"],
    ),
    "blocks of a class": (
        """
class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

    def forward(self, x):
        residual = x
        out = F.relu(self.conv1(x))
        out = self.conv2(out)
        out += residual
        return F.relu(out)

class Net(nn.Module):
    def __init__(self, num_classes=3):
        super().__init__()
        self.stem = nn.Conv2d(1, 2, 3, padding=1)
        self.blocks = nn.Sequential(*[ResidualBlock(2) for _ in range(2)])
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2, num_classes)

    def forward(self, x):
        x = F.relu(self.stem(x.view(-1, 1, 6, 6)))
        x = self.pool(self.blocks(x))
        return self.fc(torch.flatten(x, 1))

model = Net()
""",
        [
            *("reshape", "conv2d:2:relu", "conv2d:2:relu", "conv2d:2", "add", "activation:relu"),
            *("conv2d:2:relu", "conv2d:2", "add", "activation:relu", "global_avg_pool", "flatten", "dense:3"),
        ],
    ),
    "settings in a dictionary": (
        """
cfg = {"hidden": 7, "lr": 0.05, "sizes": [2, 3]}
WIDE = cfg["hidden"] * 2 if cfg["hidden"] > 5 else 4
model = nn.Sequential(nn.Linear(cfg["sizes"][0], WIDE), nn.ReLU(), nn.Linear(WIDE, cfg["sizes"][-1]))
""",
        ["dense:14:relu", "dense:3"],
    ),
}
