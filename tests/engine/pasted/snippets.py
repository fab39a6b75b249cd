"""Scripts in the style of courses and tutorials, each with the layers that it has to become."""

from __future__ import annotations

TEXTBOOK = """
import torch
import torch.nn as nn
import torch.optim as optim

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(10, 5)
        self.fc2 = nn.Linear(5, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        return self.fc2(x)

net = Net()
criterion = nn.MSELoss()
optimizer = optim.SGD(net.parameters(), lr=0.01)
inputs = torch.randn(32, 10)
targets = torch.randn(32, 1)

for epoch in range(100):
    optimizer.zero_grad()
    outputs = net(inputs)
    loss = criterion(outputs, targets)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        print(f"{epoch}: {loss.item():.4f}")
"""

# name: (source, what the layers are: type, or type:units, or type:activation)
TORCH: dict[str, tuple[str, list[str]]] = {
    "textbook": (TEXTBOOK, ["dense:5:relu", "dense:1:identity"]),
    "sequential": (
        "model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())\n"
        "loss_fn = nn.BCELoss()\nopt = torch.optim.Adam(model.parameters(), lr=1e-3)",
        ["dense:8:tanh", "dense:8:tanh", "dense:1:sigmoid"],
    ),
    "ordered": (
        "from collections import OrderedDict\n"
        "model = nn.Sequential(OrderedDict([('a', nn.Linear(4, 6)), ('b', nn.ReLU()), ('c', nn.Linear(6, 3))]))\n"
        "criterion = nn.CrossEntropyLoss()",
        ["dense:6:relu", "dense:3:identity"],
    ),
    "starred": (
        "layers = 3\nmodel = nn.Sequential(*[nn.Linear(3, 4), nn.ELU(alpha=0.5), nn.Linear(4, 1)])",
        ["dense:4:elu", "dense:1:identity"],
    ),
    "sizes": (
        """
class MLP(nn.Module):
    def __init__(self, n_in, n_hidden=16, n_out=1):
        super().__init__()
        self.layer1 = nn.Linear(n_in, n_hidden)
        self.layer2 = nn.Linear(n_hidden, n_hidden // 2)
        self.layer3 = nn.Linear(n_hidden // 2, n_out)
        self.act = nn.LeakyReLU(0.1)

    def forward(self, x):
        x = self.act(self.layer1(x))
        x = F.gelu(self.layer2(x))
        return self.layer3(x)

model = MLP(7, n_out=2)
""",
        ["dense:16:leaky_relu", "dense:8:gelu", "dense:2:identity"],
    ),
    "residual": (
        """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(3, 6)
        self.a = nn.Linear(6, 6)
        self.b = nn.Linear(6, 6)
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        x = self.inp(x)
        y = torch.sigmoid(self.a(x))
        x = x + self.b(y)
        return self.out(x)
model = Block()
""",
        ["dense:6:identity", "dense:6:sigmoid", "dense:6:identity", "add", "dense:1:identity"],
    ),
    "dense_block": (
        """
class Joined(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Linear(3, 4)
        self.right = nn.Linear(3, 5)
        self.out = nn.Linear(9, 2)
    def forward(self, x):
        a = torch.tanh(self.left(x))
        b = F.relu(self.right(x))
        return self.out(torch.cat([a, b], dim=1))
model = Joined()
""",
        ["dense:4:tanh", "dense:5:relu", "concat", "dense:2:identity"],
    ),
    "norm": (
        "net = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 6), nn.LayerNorm(6),\n"
        "                    nn.SiLU(), nn.Linear(6, 2))",
        [
            "dense:6:identity",
            "batch_norm",
            "activation:relu",
            "dense:6:identity",
            "layer_norm",
            "activation:silu",
            "dense:2",
        ],
    ),
    "no_bias": (
        "model = nn.Sequential(nn.Linear(3, 4, bias=False), nn.Softplus(), nn.Linear(4, 1, bias=False))",
        ["dense:4:softplus", "dense:1:identity"],
    ),
    "log_softmax": (
        """
class C(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
    def forward(self, x):
        return F.log_softmax(self.fc(x), dim=1)
model = C()
loss_fn = nn.NLLLoss()
""",
        ["dense:3:log_softmax"],
    ),
    "lenet": (
        """
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 6, kernel_size=3)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(6, 3)
    def forward(self, x):
        x = x.view(-1, 1, 8, 8)
        x = self.pool(F.relu(self.conv1(x)))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        return self.fc(x)
model = LeNet()
criterion = nn.CrossEntropyLoss()
""",
        ["reshape", "conv2d:4:relu", "max_pool2d", "conv2d:6:relu", "max_pool2d", "flatten", "dense:3:identity"],
    ),
    "viewed": (
        """
class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(12, 5)
        self.fc2 = nn.Linear(5, 2)
    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.fc1(x).relu()
        return self.fc2(x)
model = Flat()
""",
        ["flatten", "dense:5:relu", "dense:2:identity"],
    ),
    "embedding": (
        """
class Tagger(nn.Module):
    def __init__(self, vocab=5, dim=4):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, 6, batch_first=True)
        self.out = nn.Linear(6, 3)
    def forward(self, x):
        x = self.emb(x)
        out, h = self.rnn(x)
        return self.out(out[:, -1])
model = Tagger()
loss_fn = nn.CrossEntropyLoss()
""",
        ["embedding", "gru:6", "last_position", "dense:3:identity"],
    ),
    "nested": (
        """
class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU())
        self.head = nn.Linear(4, 1)
    def forward(self, x):
        return torch.sigmoid(self.head(self.body(x)))
model = Deep()
criterion = nn.BCELoss(reduction="sum")
""",
        ["dense:4:relu", "dense:4:relu", "dense:1:sigmoid"],
    ),
    "starts": (
        """
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
nn.init.xavier_uniform_(model[0].weight) if False else None
""",
        ["dense:4:tanh", "dense:1:identity"],
    ),
}

KERAS: dict[str, tuple[str, list[str]]] = {
    "first": (
        """
from tensorflow import keras
from tensorflow.keras import layers
model = keras.Sequential([
    layers.Dense(16, activation="relu", input_shape=(8,)),
    layers.Dropout(0.2),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(X, y, epochs=10, batch_size=16)
""",
        ["dense:16:relu", "dropout", "dense:1:sigmoid"],
    ),
    "added": (
        """
model = Sequential()
model.add(Input(shape=(4,)))
model.add(Dense(8, activation='tanh'))
model.add(Dense(3, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy', optimizer=SGD(learning_rate=0.1, momentum=0.9))
""",
        ["dense:8:tanh", "dense:3:identity"],
    ),
    "image": (
        """
model = models.Sequential()
model.add(layers.Conv2D(4, (3, 3), activation='relu', input_shape=(8, 8, 1)))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(10))
model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
""",
        ["reshape", "conv2d:4:relu", "max_pool2d", "flatten", "dense:10:identity"],
    ),
}
