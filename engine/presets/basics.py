"""Presets of dense networks: the classic shapes, real tables, and what goes wrong in deep ones."""

from __future__ import annotations

from engine.presets.shorthand import TEN_LAYERS, Described, adam, conv, dense, sgd

BASICS: tuple[Described, ...] = (
    (
        "pytorch",
        "PyTorch module 10→5→1",
        "What PyTorch does inside backward() and optimizer.step(), one step at a time and with the same numbers.",
        {
            "data": {"name": "linear10"},
            "batch_size": 10,
            "layers": dense((5, "relu"), (1, "identity"), initializer="torch_default"),
            "loss": "mse",
            "optimizer": sgd(0.01),
        },
    ),
    (
        "xor",
        "exclusive or",
        "No straight line parts these classes: watch each hidden unit turn its own line until together they do.",
        {
            "seed": 2,
            "data": {"name": "xor"},
            "batch_size": 10,
            "layers": dense((4, "tanh"), (1, "sigmoid"), initializer="xavier_uniform"),
            "loss": "bce",
            "optimizer": sgd(0.3),
        },
    ),
    (
        "circle",
        "circle",
        "Each unit of the first layer draws one straight edge: watch the next layer close them around the disc.",
        {
            "data": {"name": "circle"},
            "batch_size": 10,
            "layers": dense((4, "tanh"), (3, "tanh"), (1, "tanh"), initializer="xavier_normal"),
            "loss": "mse",
            "optimizer": sgd(0.12),
        },
    ),
    (
        "spiral",
        "two spirals",
        "The boundary winds up from the outside to the centre: see in the second layer which bend each unit adds.",
        {
            "seed": 1,
            "data": {"name": "spiral", "samples": 300, "noise": 0.05},
            "batch_size": 30,
            "layers": dense((8, "tanh"), (8, "tanh"), (1, "tanh"), initializer="xavier_uniform"),
            "loss": "mse",
            "optimizer": adam(0.02),
        },
    ),
    (
        "moons",
        "two moons",
        "A ReLU passes the gradient whole or not at all: look for units that block it for the sample you picked.",
        {
            "data": {"name": "moons"},
            "batch_size": 10,
            "layers": dense((6, "relu"), (6, "relu"), (1, "sigmoid"), initializer="kaiming_uniform"),
            "loss": "bce",
            "optimizer": adam(0.02),
        },
    ),
    (
        "sine",
        "sine curve",
        "The output is a sum of tanh steps: watch each hidden unit find the bend of the curve that it makes.",
        {
            "seed": 1,
            "data": {"name": "sine"},
            "batch_size": 20,
            "layers": dense((8, "tanh"), (8, "tanh"), (1, "identity"), initializer="xavier_uniform"),
            "loss": "mse",
            "optimizer": adam(0.02),
        },
    ),
    (
        "iris",
        "iris flowers",
        "Setosa is learned at once; after that most of the gradient comes from the few flowers between the other "
        "two species.",
        {
            "data": {"name": "iris"},
            "batch_size": 15,
            "layers": dense((8, "tanh"), (3, "identity"), initializer="xavier_uniform"),
            "loss": "cross_entropy",
            "optimizer": sgd(0.2),
        },
    ),
    (
        "digits",
        "handwritten digits",
        "Look at the first layer's weights as images: pieces of strokes appear in them, but those of dead units stay "
        "noise.",
        {
            "data": {"name": "digits"},
            "batch_size": 32,
            "layers": dense((32, "relu"), (10, "identity"), initializer="torch_default"),
            "loss": "cross_entropy",
            "optimizer": adam(0.005),
        },
    ),
    (
        "digits_conv",
        "digits by convolution",
        "One kernel looks at every place, so that fewer weights than in the dense net make fewer errors: look at the "
        "channels of the first convolution, in which each kernel marks its kind of stroke wherever it lies.",
        {
            "data": {"name": "digits"},
            "batch_size": 32,
            "layers": [
                {"type": "reshape", "shape": [1, 8, 8]},
                conv(8),
                {"type": "max_pool2d"},
                conv(16),
                {"type": "max_pool2d"},
                {"type": "flatten"},
                *dense((10, "identity"), initializer="torch_default"),
            ],
            "loss": "cross_entropy",
            "optimizer": adam(0.01),
        },
    ),
    (
        "vanishing",
        "ten sigmoid layers",
        "Each sigmoid lets through a quarter of the gradient at most: look at the norms per layer, which fall by about "
        "six orders of magnitude, and at the loss, which stands still.",
        {
            **TEN_LAYERS,
            "layers": dense(
                *[(6, "sigmoid")] * 10, (1, "sigmoid"), initializer="xavier_uniform", bias_initializer="zeros"
            ),
        },
    ),
    (
        "kaiming",
        "ten ReLU layers",
        "As deep as the ten sigmoid layers, but with ReLU and weights scaled for it: the gradient arrives at the "
        "first layer as large as it set out.",
        {
            **TEN_LAYERS,
            "layers": dense(
                *[(6, "relu")] * 10, (1, "sigmoid"), initializer="kaiming_normal", bias_initializer="zeros"
            ),
        },
    ),
    (
        "diverging",
        "learning rate too high",
        "It seems to learn, then every step overshoots further than the last: follow the loss to the step that "
        "makes the first infinity.",
        {
            "data": {"name": "plane"},
            "batch_size": 10,
            "layers": dense((6, "silu"), (1, "identity"), initializer="torch_default"),
            "loss": "mse",
            "optimizer": sgd(0.9),
        },
    ),
    (
        "one_neuron",
        "one neuron",
        "Two weights and a bias place one straight boundary: step through an iteration and check every number by hand.",
        {
            "seed": 2,
            "data": {"name": "gauss"},
            "batch_size": 10,
            "layers": dense((1, "sigmoid"), initializer="xavier_uniform"),
            "loss": "bce",
            "optimizer": sgd(0.1),
        },
    ),
    (
        "feedback",
        "random feedback",
        "Errors reach the hidden layer through fixed random weights only: watch its angle to the true gradient fall "
        "from 136° to below 40°.",
        {
            "data": {"name": "circle"},
            "batch_size": 10,
            "layers": dense((8, "tanh"), (1, "sigmoid"), initializer="xavier_uniform"),
            "loss": "bce",
            "optimizer": sgd(0.3),
            "backward": "feedback_alignment",
        },
    ),
)
