"""Where to look in a preset: an iteration, a cell, and one sentence that is true there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """One number of a value; the index counts from 0, as in code."""

    value: str
    index: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A telling place of a run: where the cursor stands, the cell that is chosen, and what is to be seen there."""

    iteration: int
    step: int
    selection: Selection
    sentence: str


@dataclass(frozen=True, slots=True)
class ClaimedLook:
    """A look, and what makes its sentence true: conditions at iterations of their own, such as `loss @ 30 < 1`."""

    look: Look
    claims: tuple[str, ...]


def _look(
    place: tuple[int, int], value: str, index: tuple[int, ...], sentence: str, claims: tuple[str, ...]
) -> ClaimedLook:
    return ClaimedLook(Look(*place, Selection(value, index), sentence), claims)


LOOKS = {
    "pytorch": _look(
        (0, 14),
        "dense1.weight.grad",
        (1, 0),
        "What loss.backward() leaves in one cell of weight.grad: of the ten samples, those whose ReLU is "
        "shut add nothing.",
        ("share(dense1.a == 0) @ 0 > 0.2", "abs(dense1.weight.grad[1,0]) @ 0 > 0"),
    ),
    "xor": _look(
        (112, 16),
        "dense1.weight",
        (0, 0),
        "Four hidden units, four lines, none of which parts the classes: nearly all points are right all the same, "
        "because the output adds the lines up.",
        ("accuracy @ 112 > 0.95", "train_loss @ 112 < 0.2"),
    ),
    "circle": _look(
        (280, 22),
        "dense2.weight",
        (0, 0),
        "By now the second layer adds the straight edges of the first to a closed shape: the loss is a tenth "
        "of what it was.",
        ("train_loss @ 280 < 0.1 * train_loss @ 0",),
    ),
    "spiral": _look(
        (560, 22),
        "dense2.weight",
        (0, 0),
        "Look along the columns: straight edges in the first layer, bends in the second, a winding boundary "
        "at the output.",
        ("train_loss @ 560 < 0.3 * train_loss @ 0",),
    ),
    "moons": _look(
        (56, 15),
        "dense2.z.grad",
        (0, 0),
        "Half of the second layer's outputs are zero here: behind each of them the gradient stops.",
        ("share(dense2.a == 0) @ 56 > 0.4", "share(dense2.a == 0) @ 56 < 0.6"),
    ),
    "sine": _look(
        (210, 22),
        "dense3.weight",
        (0, 0),
        "Each weight of the output says how much of one hidden curve goes into the sum: the loss has lost nine tenths.",
        ("train_loss @ 210 < 0.1 * train_loss @ 0",),
    ),
    "iris": _look(
        (56, 9),
        "dense2.z.grad",
        (0, 0),
        "At the logits the gradient is probability minus target: near zero for the flowers that it is sure of.",
        ("min(abs(dense2.z.grad)) @ 56 < 0.1 * max(abs(dense2.z.grad)) @ 56", "accuracy @ 56 > 0.9"),
    ),
    "digits": _look(
        (240, 16),
        "dense1.weight",
        (0, 0),
        "Every image is one hidden unit's weights, one for each pixel: some units are dead for this batch, "
        "and nothing "
        "changes their weights.",
        ("dead(dense1) @ 240 > 0", "accuracy @ 240 > 0.9"),
    ),
    "digits_conv": _look(
        (240, 27),
        "conv2d1.weight.grad",
        (0, 0, 0, 0),
        "One weight of a kernel acts at every place of every image: its gradient is the sum over all of them.",
        ("abs(conv2d1.weight.grad[0,0,0,0]) @ 240 > 0",),
    ),
    "vanishing": _look(
        (30, 68),
        "dense1.weight.grad",
        (0, 0),
        "The gradient that the first layer gets is less than a hundred-thousandth of the last one's: nothing "
        "can be learnt "
        "from that.",
        ("norm(dense1.weight.grad) @ 30 < 1e-5 * norm(dense11.weight.grad) @ 30",),
    ),
    "kaiming": _look(
        (30, 68),
        "dense1.weight.grad",
        (0, 0),
        "As deep as the ten sigmoid layers, and yet the first layer's gradient is larger than the last one's.",
        ("norm(dense1.weight.grad) @ 30 > norm(dense11.weight.grad) @ 30",),
    ),
    "diverging": _look(
        (44, 17),
        "dense1.weight.update",
        (0, 0),
        "Eight iterations on, the loss is hundreds of times as large: follow it to the step that makes the "
        "first infinity.",
        ("loss @ 52 > 200 * loss @ 44", "loss @ 56 > 1e100"),
    ),
    "one_neuron": _look(
        (0, 8),
        "dense1.weight.grad",
        (0, 0),
        "Two weights, one bias: this gradient is the mean of error times input over ten points, and each "
        "term is listed.",
        ("abs(dense1.weight.grad[0,0]) @ 0 > 0",),
    ),
    "feedback": _look(
        (0, 14),
        "dense1.weight.grad",
        (0, 0),
        "This is not the true gradient: it came back through fixed random weights. Compare both under Check.",
        ("abs(dense1.weight.grad[0,0]) @ 0 > 0",),
    ),
    "overfitting": _look(
        (600, 22),
        "dense2.weight",
        (0, 0),
        "The curve runs through the training points and wildly between them: the test loss is more than ten "
        "times the "
        "training loss, and higher than at the start.",
        ("test_loss @ 600 > 10 * train_loss @ 600", "test_loss @ 600 > test_loss @ 0"),
    ),
    "weight_penalty": _look(
        (600, 26),
        "dense2.weight.total_grad",
        (0, 0),
        "The gradient of the data and the pull of the penalty stand side by side here, and the test loss "
        "stays below three "
        "times the training loss.",
        ("test_loss @ 600 < 3 * train_loss @ 600",),
    ),
    "dropout": _look(
        (20, 4),
        "dropout1.mask",
        (0, 0),
        "The mask of this iteration: what is silenced on the way forward gets no gradient on the way back.",
        ("share(dropout1.mask == 0) @ 20 > 0.1", "share(dropout1.mask == 0) @ 20 < 0.3"),
    ),
    "early_stopping": _look(
        (100, 22),
        "dense2.weight",
        (0, 0),
        "Near here training would have ended: the test loss only gets worse from now on.",
        ("test_loss @ 100 < 0.5 * test_loss @ 600",),
    ),
    "features": _look(
        (560, 12),
        "dense1.weight",
        (0, 0),
        "One unit, two weights of one sign and nearly one size, a bias of the other sign: the equation of a circle.",
        (
            "abs(dense1.weight[0,0] - dense1.weight[0,1]) @ 560 < 0.15 * abs(dense1.weight[0,0]) @ 560",
            "dense1.weight[0,0] @ 560 < 0",
            "dense1.bias[0] @ 560 > 0",
        ),
    ),
    "batch_norm": _look(
        (30, 288),
        "dense1.weight.grad",
        (0, 0),
        "Ten sigmoid layers again, with a batch norm after each: the first layer's gradient is about as "
        "large as the last "
        "one's.",
        (
            "norm(dense1.weight.grad) @ 30 > 0.3 * norm(dense11.weight.grad) @ 30",
            "norm(dense1.weight.grad) @ 30 < 3 * norm(dense11.weight.grad) @ 30",
        ),
    ),
    "residual": _look(
        (30, 94),
        "dense1.weight.grad",
        (0, 0),
        "Choose Paths: the ones that take every shortcut bring the most of this gradient.",
        ("norm(dense1.weight.grad) @ 30 > 0.3 * norm(dense12.weight.grad) @ 30",),
    ),
    "clipping": _look(
        (40, 24),
        "dense1.weight.clipped_grad",
        (0, 0),
        "All gradients together were longer than the clip allows, so that each is made shorter by the same factor.",
        ("clip.norm @ 40 > 0.1",),
    ),
    "range_test": _look(
        (199, 19),
        "optimizer.learning_rate",
        (),
        "The rate has grown ten thousand times: go back along the loss to where it fell fastest.",
        ("optimizer.rate @ 199 > 9.9e3 * optimizer.rate @ 0",),
    ),
    "label_smoothing": _look(
        (300, 7),
        "dense1.z.grad",
        (0, 0),
        "With smoothed targets the logits come to rest: what is left of the gradient is a small part of the first one.",
        ("norm(dense1.z.grad) @ 300 < 0.3 * norm(dense1.z.grad) @ 0",),
    ),
    "characters": _look(
        (300, 84),
        "rnn1.a",
        (0, 0, 0),
        "Forty-eight numbers are all that it remembers of the text so far: the loss is down to a half.",
        ("loss @ 300 < 0.5 * loss @ 0",),
    ),
    "forgetting": _look(
        (30, 219),
        "embedding1.a.grad",
        (0, 0, 0),
        "The first token decides, and this is what its gradient has left: less than a ten-thousandth of the "
        "last token's.",
        ("abs(embedding1.a.grad[0,0,0]) @ 30 < 1e-4 * abs(embedding1.a.grad[0,19,0]) @ 30",),
    ),
    "remembering": _look(
        (594, 364),
        "gru1.a",
        (0, 0),
        "The gates keep the first token over twenty steps: every test sequence is answered right.",
        ("test_accuracy @ 594 == 1",),
    ),
    "transformer": _look(
        (100, 11),
        "attention1.weights",
        (0, 0, 0, 0),
        "No token puts four fifths of its attention in one place: to sort letters it is enough to count them.",
        ("max(attention1.weights) @ 100 < 0.8",),
    ),
    "reversing": _look(
        (300, 11),
        "attention1.weights",
        (0, 0, 0, 0),
        "Each row of weights has gathered in one place: the first query looks at the last token.",
        ("attention1.weights[0,0,0,7] @ 300 > 0.8",),
    ),
    "chain_rule": _look(
        (0, 12),
        "w.grad",
        (),
        "One path leads from w to the loss: multiply the slopes along it and this number comes out.",
        ("abs(w.grad) @ 0 > 0",),
    ),
    "micrograd": _look(
        (0, 69),
        "a.grad",
        (),
        "a is used in several places: what comes back from each is added, and the sum is the number in "
        "micrograd's README.",
        ("a.grad @ 0 > 138.83", "a.grad @ 0 < 138.84"),
    ),
    "valley": _look(
        (3, 16),
        "y.update",
        (),
        "Across the valley the steps change sign and cancel in the momentum, along it they add up.",
        ("y.update @ 1 < 0", "y.update @ 3 > 0", "x.update @ 1 > 0", "x.update @ 3 > x.update @ 1"),
    ),
    "rosenbrock": _look(
        (36, 19),
        "x.update",
        (),
        "The gradient pulls ten times as hard on y as on x, across the valley, and yet x moves three times as far: "
        "that is its momentum, along the floor.",
        (
            "abs(y.grad) @ 36 > 10 * abs(x.grad) @ 36",
            "abs(x.update) @ 36 > 3 * abs(y.update) @ 36",
        ),
    ),
    "saddle": _look(
        (38, 13),
        "y.grad",
        (),
        "Nowhere before was the gradient as small, and yet this is no minimum: along y it points away from the saddle, "
        "and grows by nearly a tenth in each iteration.",
        (
            "sqrt(x.grad**2 + y.grad**2) @ 38 < 0.03 * sqrt(x.grad**2 + y.grad**2) @ 0",
            "sqrt(x.grad**2 + y.grad**2) @ 38 < sqrt(x.grad**2 + y.grad**2) @ 37",
            "abs(y.grad) @ 39 > 1.09 * abs(y.grad) @ 38",
            "abs(y.grad) @ 39 < 1.1 * abs(y.grad) @ 38",
        ),
    ),
}
