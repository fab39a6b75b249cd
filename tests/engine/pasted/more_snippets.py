"""More scripts, each written the way one course or another writes it, with the layers that it has to become."""

from __future__ import annotations


def _module(body: str, forward: str, more: str = "", arguments: str = "", made: str = "") -> str:
    """A class with these lines in `__init__` and `forward`, and what stands below it."""
    lines = "\n".join(f"        {line}" for line in body.split("; "))
    steps = "\n".join(f"        {line}" for line in forward.split("; "))
    return (
        f"class Net(nn.Module):\n    def __init__(self{arguments}):\n        super().__init__()\n{lines}\n"
        f"    def forward(self, x):\n{steps}\n\nmodel = Net({made})\n{more}\n"
    )


def _sequential(*modules: str, more: str = "") -> str:
    return f"model = nn.Sequential({', '.join(modules)})\n{more}\n"


MORE: dict[str, tuple[str, list[str]]] = {
    "perceptron": (_sequential("nn.Linear(2, 1)", "nn.Sigmoid()", more="loss = nn.BCELoss()"), ["dense:1:sigmoid"]),
    "line": ("model = nn.Linear(1, 1)\ncriterion = nn.MSELoss()", ["dense:1:identity"]),
    "logistic": (
        _sequential(
            "nn.Linear(4, 3)", more="criterion = nn.CrossEntropyLoss()\nopt = torch.optim.SGD(model.parameters(), 0.1)"
        ),
        ["dense:3:identity"],
    ),
    "leaky": (
        _sequential("nn.Linear(3, 5)", "nn.LeakyReLU(0.2)", "nn.Linear(5, 1)"),
        ["dense:5:leaky_relu", "dense:1"],
    ),
    "softplus": (_sequential("nn.Linear(3, 5)", "nn.Softplus()", "nn.Linear(5, 1)"), ["dense:5:softplus", "dense:1"]),
    "selu": (_sequential("nn.Linear(3, 5)", "nn.SELU()", "nn.Linear(5, 1)"), ["dense:5:selu", "dense:1"]),
    "gelu": (_sequential("nn.Linear(3, 5)", "nn.GELU()", "nn.Linear(5, 1)"), ["dense:5:gelu", "dense:1"]),
    "silu": (_sequential("nn.Linear(3, 5)", "nn.SiLU()", "nn.Linear(5, 1)"), ["dense:5:silu", "dense:1"]),
    "mish": (_sequential("nn.Linear(3, 5)", "nn.Mish()", "nn.Linear(5, 1)"), ["dense:5:mish", "dense:1"]),
    "hardtanh": (_sequential("nn.Linear(3, 5)", "nn.Hardtanh()", "nn.Linear(5, 1)"), ["dense:5:hardtanh", "dense:1"]),
    "relu6": (_sequential("nn.Linear(3, 5)", "nn.ReLU6()", "nn.Linear(5, 1)"), ["dense:5:relu6", "dense:1"]),
    "softsign": (_sequential("nn.Linear(3, 5)", "nn.Softsign()", "nn.Linear(5, 1)"), ["dense:5:softsign", "dense:1"]),
    "log softmax": (
        _sequential(
            "nn.Linear(4, 8)", "nn.ReLU()", "nn.Linear(8, 3)", "nn.LogSoftmax(dim=1)", more="loss_fn = nn.NLLLoss()"
        ),
        ["dense:8:relu", "dense:3:log_softmax"],
    ),
    "without bias": (
        _sequential("nn.Linear(3, 5, bias=False)", "nn.Tanh()", "nn.Linear(5, 1)"),
        ["dense:5:tanh", "dense:1"],
    ),
    "keywords": (
        _sequential(
            "nn.Linear(in_features=3, out_features=4)",
            "nn.ReLU(inplace=True)",
            "nn.Linear(in_features=4, out_features=2)",
        ),
        ["dense:4:relu", "dense:2"],
    ),
    "batch norm": (
        _sequential("nn.Linear(3, 6)", "nn.BatchNorm1d(6)", "nn.ReLU()", "nn.Linear(6, 1)"),
        ["dense:6:identity", "batch_norm", "activation:relu", "dense:1"],
    ),
    "layer norm": (
        _sequential("nn.Linear(3, 6)", "nn.LayerNorm(6)", "nn.Tanh()", "nn.Linear(6, 1)"),
        ["dense:6:identity", "layer_norm", "activation:tanh", "dense:1"],
    ),
    "functional": (
        _module("self.a = nn.Linear(3, 4); self.b = nn.Linear(4, 1)", "x = F.relu(self.a(x)); x = self.b(x); return x"),
        ["dense:4:relu", "dense:1"],
    ),
    "nested calls": (
        _module("self.a = nn.Linear(3, 4); self.b = nn.Linear(4, 1)", "return self.b(torch.tanh(self.a(x)))"),
        ["dense:4:tanh", "dense:1"],
    ),
    "methods": (
        _module(
            "self.a = nn.Linear(3, 4); self.b = nn.Linear(4, 1)", "x = self.a(x).relu(); return self.b(x).sigmoid()"
        ),
        ["dense:4:relu", "dense:1:sigmoid"],
    ),
    "one activation twice": (
        _module(
            "self.a = nn.Linear(3, 4); self.act = nn.ReLU(); self.b = nn.Linear(4, 4); self.c = nn.Linear(4, 1)",
            "x = self.act(self.a(x)); x = self.act(self.b(x)); return self.c(x)",
        ),
        ["dense:4:relu", "dense:4:relu", "dense:1"],
    ),
    "old super": (
        _module("self.a = nn.Linear(3, 4); self.b = nn.Linear(4, 1)", "return self.b(F.tanh(self.a(x)))").replace(
            "super().__init__()", "super(Net, self).__init__()"
        ),
        ["dense:4:tanh", "dense:1"],
    ),
    "sizes by arguments": (
        _module(
            "self.a = nn.Linear(n, h); self.b = nn.Linear(h, k)",
            "return self.b(torch.sigmoid(self.a(x)))",
            arguments=", n, h, k",
            made="6, 7, 2",
        ),
        ["dense:7:sigmoid", "dense:2"],
    ),
    "sizes by keywords": (
        _module(
            "self.a = nn.Linear(n, h); self.b = nn.Linear(h, k)",
            "return self.b(torch.relu(self.a(x)))",
            arguments=", n=4, h=8, k=3",
            made="h=5",
        ),
        ["dense:5:relu", "dense:3"],
    ),
    "sequential inside": (
        _module(
            "self.net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU()); "
            "self.head = nn.Linear(4, 2)",
            "return self.head(self.net(x))",
        ),
        ["dense:4:relu", "dense:4:relu", "dense:2"],
    ),
    "two parts": (
        _module(
            "self.encoder = nn.Sequential(nn.Linear(8, 3), nn.Tanh()); self.decoder = nn.Linear(3, 8)",
            "code = self.encoder(x); return self.decoder(code)",
        ),
        ["dense:3:tanh", "dense:8"],
    ),
    "constants above": (
        "HIDDEN = 12\nINPUTS = 5\n" + _sequential("nn.Linear(INPUTS, HIDDEN)", "nn.ReLU()", "nn.Linear(HIDDEN, 1)"),
        ["dense:12:relu", "dense:1"],
    ),
    "arithmetic": (
        "n = 4\n" + _sequential("nn.Linear(n, 2 * n)", "nn.ReLU()", "nn.Linear(2 * n, n // 2)"),
        ["dense:8:relu", "dense:2"],
    ),
    "flattened images": (
        _sequential(
            "nn.Flatten()",
            "nn.Linear(64, 16)",
            "nn.ReLU()",
            "nn.Linear(16, 10)",
            more="criterion = nn.CrossEntropyLoss()",
        ),
        ["flatten", "dense:16:relu", "dense:10"],
    ),
    "residual": (
        _module(
            "self.a = nn.Linear(4, 4); self.b = nn.Linear(4, 1)", "h = torch.relu(self.a(x)); return self.b(x + h)"
        ),
        ["dense:4:relu", "add", "dense:1"],
    ),
    "concatenated": (
        _module(
            "self.a = nn.Linear(4, 3); self.b = nn.Linear(7, 1)",
            "h = torch.tanh(self.a(x)); return self.b(torch.cat([x, h], dim=1))",
        ),
        ["dense:3:tanh", "concat", "dense:1"],
    ),
    "a typed forward": (
        _module("self.a = nn.Linear(3, 2)", "return self.a(x)").replace(
            "def forward(self, x):", "def forward(self, x: torch.Tensor) -> torch.Tensor:"
        ),
        ["dense:2"],
    ),
    "documented": (
        _module('"""Layers."""; self.a = nn.Linear(3, 2)', '"""A pass."""; return self.a(x)'),
        ["dense:2"],
    ),
    "to a device": (
        'device = "cuda" if torch.cuda.is_available() else "cpu"\n'
        + _sequential("nn.Linear(3, 4)", "nn.ReLU()", "nn.Linear(4, 1)").replace(")\n\n", ").to(device)\n", 1),
        ["dense:4:relu", "dense:1"],
    ),
    "adam": (
        _sequential(
            "nn.Linear(3, 1)", more="optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4)"
        ),
        ["dense:1"],
    ),
    "momentum": (
        _sequential(
            "nn.Linear(3, 1)", more="optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)"
        ),
        ["dense:1"],
    ),
    "the last state of a gru": (
        _module(
            "self.emb = nn.Embedding(9, 4); self.gru = nn.GRU(4, 5, batch_first=True); self.fc = nn.Linear(5, 3)",
            "out, hidden = self.gru(self.emb(x)); return self.fc(hidden[-1])",
        ),
        ["embedding:4", "gru:5", "last_position", "dense:3"],
    ),
    "the last state of an lstm": (
        _module(
            "self.emb = nn.Embedding(9, 4); self.rnn = nn.LSTM(4, 5, batch_first=True); self.fc = nn.Linear(5, 1)",
            "e = self.emb(x); _, (h, c) = self.rnn(e); h = h.squeeze(0); return torch.sigmoid(self.fc(h))",
        ),
        ["embedding:4", "lstm:5", "last_position", "dense:1:sigmoid"],
    ),
    "huber": (_sequential("nn.Linear(3, 1)", more="criterion = nn.HuberLoss(delta=0.5)"), ["dense:1"]),
    "smooth l1": (_sequential("nn.Linear(3, 1)", more="criterion = nn.SmoothL1Loss()"), ["dense:1"]),
    "logits": (_sequential("nn.Linear(3, 1)", more="criterion = nn.BCEWithLogitsLoss()"), ["dense:1"]),
    "deep": (
        _sequential(*("nn.Linear(4, 4)", "nn.Tanh()") * 6, "nn.Linear(4, 1)"),
        [*["dense:4:tanh"] * 6, "dense:1"],
    ),
    "names on the way": (
        _module(
            "self.fc1 = nn.Linear(5, 6); self.fc2 = nn.Linear(6, 2)",
            "z1 = self.fc1(x); a1 = torch.sigmoid(z1); z2 = self.fc2(a1); return z2",
        ),
        ["dense:6:sigmoid", "dense:2"],
    ),
    "elu by function": (
        _module("self.a = nn.Linear(3, 4); self.b = nn.Linear(4, 1)", "return self.b(F.elu(self.a(x), alpha=0.5))"),
        ["dense:4:elu", "dense:1"],
    ),
    "print of the model": (
        _sequential("nn.Linear(3, 4)", "nn.ReLU()", "nn.Linear(4, 1)", more="print(model)"),
        ["dense:4:relu", "dense:1"],
    ),
    "a whole script": (
        "import torch\nfrom torch import nn, optim\n\ntorch.manual_seed(1)\n"
        "X = torch.randn(100, 6)\ny = torch.randn(100, 1)\n"
        + _module(
            "self.hidden = nn.Linear(6, 10); self.out = nn.Linear(10, 1)",
            "x = torch.relu(self.hidden(x)); return self.out(x)",
        )
        + "opt = optim.RMSprop(model.parameters(), lr=0.005)\nlosses = []\nfor step in range(200):\n"
        "    pred = model(X)\n    loss = F.mse_loss(pred, y)\n"
        "    opt.zero_grad()\n    loss.backward()\n    opt.step()\n"
        "    losses.append(loss.item())\n",
        ["dense:10:relu", "dense:1"],
    ),
}
