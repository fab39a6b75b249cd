"""Skills: what can be practised, in the order in which one builds on the other, and which steps each is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.foundation.value_name import LayerName, ValueName
from engine.ops import LOSS_OPS, OPS
from engine.practice.question import Kind
from engine.program.program import Program, Step
from engine.update.equations import RATE

Lane = Literal["forward", "backward", "update"]
Picks = Callable[[Step, Program], bool]
NUMERIC: tuple[Kind, ...] = ("number", "chain")
PRODUCT: tuple[Kind, ...] = (*NUMERIC, "factor")
_LOSSES = frozenset(op.name for op in LOSS_OPS)
_CLASSES = ("cross_entropy", "nll", "weighted_nll", "weighted_cross_entropy")
_DENSE = ("linear", "linear_without_bias", "linear_sequence", "linear_sequence_without_bias")
_NORMS = ("batch_mean", "batch_mean_square", "sample_mean", "sample_mean_square", "center", "inverse_root", "rescale")
_GATES = ("relu", "leaky_relu", "relu6")
_PRODUCTS = ("multiply", "square", "divide", "subtract", "scale_by", "raise_to", "add", "negative", "power")


@dataclass(frozen=True, slots=True)
class Skill:
    """One thing to be able to do.

    needs:  the skills that it builds on; kinds: of exercises on it.
    about:  two sentences; picks: the steps of a program that its questions are about.
    hides:  whether a question may leave out the step before, so that two have to be made.
    zero:   whether 0 may be the right answer.
    net, iteration: of `nets`, a run and an iteration that have questions on it.
    """

    name: str
    title: str
    phase: Lane
    needs: tuple[str, ...]
    kinds: tuple[Kind, ...]
    about: str
    picks: Picks
    net: str
    iteration: int = 20
    hides: bool = False
    zero: bool = False


def _phase(phase: str, *ops: str) -> Picks:
    return lambda step, program: step.phase == phase and (not ops or step.op in ops)


def _vjp(argument: str, *ops: str) -> Picks:
    return lambda step, program: step.phase == "backward" and step.op in ops and step.argument == argument


def _is_activation(step: Step) -> bool:
    op = OPS.get(step.op)
    return op is not None and op.args == ("z",) and step.op not in (*_PRODUCTS, "identity")


def _activation(step: Step, program: Program) -> bool:
    return step.phase == "forward" and _is_activation(step)


def _slope(step: Step, program: Program) -> bool:
    return step.phase == "backward" and _is_activation(step) and step.op not in (*_GATES, "softmax")


def _gate(step: Step, program: Program) -> bool:
    return step.phase == "backward" and step.op in _GATES


def _loss(classes: bool) -> Picks:
    def picks(step: Step, program: Program) -> bool:
        return step.phase == "loss" and step.op in _LOSSES and step.op.endswith(_CLASSES) is classes

    return picks


def _last_delta(classes: bool) -> Picks:
    def picks(step: Step, program: Program) -> bool:
        return step.phase == "backward" and step.op in _LOSSES and step.op.endswith(_CLASSES) is classes

    return picks


def _recurrent(step: Step) -> bool:
    return ValueName.parse(step.output).moment is not None


def _state(step: Step, program: Program) -> bool:
    return step.phase == "forward" and _recurrent(step) and step.op in (*_DENSE, "tanh", "sigmoid", "multiply", "add")


def _through_time(step: Step, program: Program) -> bool:
    times = step.op == "accumulate" and any(ValueName.parse(name).part for name in step.inputs)
    return step.phase == "backward" and (
        (times and _layer_type(step) in _CELLS) or (_recurrent(step) and step.argument == "x")
    )


_CELLS = ("recurrent", "rnn", "gru", "lstm", "elman")


def _layer_type(step: Step) -> str:
    return LayerName.parse(step.layer).type


def _several_uses(step: Step, program: Program) -> bool:
    return step.op == "accumulate" and _layer_type(step) not in _CELLS and "norm" not in step.layer


def _norm_forward(step: Step, program: Program) -> bool:
    return step.phase == "forward" and step.op in _NORMS


def _norm_backward(step: Step, program: Program) -> bool:
    return step.phase == "backward" and (step.op in _NORMS or (step.op == "accumulate" and "norm" in step.layer))


def _plain_step(step: Step, program: Program) -> bool:
    return step.phase == "update" and step.op == "descend"


def _renewed(step: Step, program: Program) -> bool:
    return step.phase == "update" and step.op == "sum"


def _scheduled(step: Step, program: Program) -> bool:
    return step.phase == "update" and (step.output == RATE or ValueName.parse(step.output).layer == "schedule")


def _clipped(step: Step, program: Program) -> bool:
    ops = ("square_norm", "norm", "norm_of_all", "clip_factor", "clip", "scale_gradient", "largest")
    return step.phase == "update" and step.op in ops


def _weights(step: Step, program: Program) -> bool:
    return step.phase == "backward" and step.op in _DENSE and step.argument == "weight"


def _conv_backward(step: Step, program: Program) -> bool:
    return step.phase == "backward" and step.op in ("conv2d", "conv2d_without_bias", "max_pool2d")


_FORWARD = (
    Skill(
        "shape", "shape", "forward", (), ("shape",),
        "Says how many numbers there are and in which order. Half of all errors in code are shapes.",
        lambda step, program: bool(step.shape), "iris",
    ),
    Skill(
        "forward_cell", "forward cell", "forward", ("shape",), NUMERIC,
        "A unit sums its weighted inputs and adds its bias. This is where every iteration begins.",
        _phase("forward", *_DENSE), "circle",
    ),
    Skill(
        "activation", "activation", "forward", ("forward_cell",), NUMERIC,
        "The sum goes through a curve. Without it, layers would be one single layer.",
        _activation, "circle", hides=True,
    ),
    Skill(
        "loss", "loss", "forward", ("activation",), ("number", "table"),
        "One number for the whole batch says how far the outputs are from their targets.",
        _loss(False), "one_neuron",
    ),
    Skill(
        "class_loss", "cross-entropy", "forward", ("loss",), ("number",),
        "The loss of a sample is minus the logarithm of the share that its class got.",
        _loss(True), "label_smoothing",
    ),
    Skill(
        "conv_window", "convolution's window", "forward", ("forward_cell",), NUMERIC,
        "A kernel lies on a window of the image: the same weights at every place.",
        _phase("forward", "conv2d", "conv2d_without_bias", "conv1d", "conv1d_without_bias"), "digits_conv",
    ),
    Skill(
        "pooling", "pooling", "forward", ("conv_window",), NUMERIC,
        "Of each window the largest number stays.",
        _phase("forward", "max_pool2d", "avg_pool2d", "global_avg_pool"), "digits_conv",
    ),
    Skill(
        "norm_statistics", "norm's statistics", "forward", ("activation",), NUMERIC,
        "Every unit is centered and brought to spread 1, by the mean and variance of its batch.",
        _norm_forward, "batch_norm",
    ),
    Skill(
        "initialization", "initialization", "forward", ("forward_cell", "activation"), NUMERIC,
        "The size of the first weights decides whether sums and gradients shrink or grow from layer to layer.",
        _phase("forward", *_DENSE), "kaiming", iteration=0,
    ),
    Skill(
        "overfitting", "overfitting", "forward", ("loss",), ("number",),
        "Rows that were learned by heart have hardly a loss, and so hardly a gradient, whatever happens to new ones.",
        lambda step, program: step.phase == "loss" or _last_delta(False)(step, program), "overfitting", iteration=400,
    ),
    Skill(
        "dropout_mask", "dropout's mask", "forward", ("activation",), ("number",),
        "Some units are switched off at random, the others are scaled up so that the sum stays the same on average.",
        _phase("forward", "apply_mask", "bernoulli_mask"), "dropout",
    ),
    Skill(
        "state", "recurrent state", "forward", ("activation",), NUMERIC,
        "What a step hands to the next one: the same weights are used at every time.",
        _state, "forgetting",
    ),
    Skill(
        "attention_scores_forward", "attention's scores", "forward", ("forward_cell",), NUMERIC,
        "How well a query fits a key: their product, divided by the root of their length.",
        _phase("forward", "scaled_scores"), "reversing",
    ),
    Skill(
        "attention_weights", "attention's weights", "forward", ("attention_scores_forward",), NUMERIC,
        "The scores of a row become shares that sum to 1.",
        _phase("forward", "attention_weights", "attend"), "reversing",
    ),
)  # fmt: skip
_BACKWARD = (
    Skill(
        "last_delta", "last δ", "backward", ("loss",), (*PRODUCT, "line", "debug"),
        "How the loss changes with each output: here the way back begins.",
        _last_delta(False), "one_neuron",
    ),
    Skill(
        "softmax_delta", "softmax's δ", "backward", ("last_delta", "class_loss"), ("number", "factor", "line"),
        "Softmax and cross-entropy together leave what was given minus what was right.",
        _last_delta(True), "iris",
    ),
    Skill(
        "through_weights", "through W", "backward", ("last_delta",), (*NUMERIC, "line", "debug"),
        "A unit's gradient goes back through its weights, and what arrives over several connections adds up.",
        _vjp("x", *_DENSE), "circle", iteration=168,
    ),
    Skill(
        "slope", "× slope", "backward", ("through_weights",), (*PRODUCT, "line", "debug"),
        "On its way through an activation the gradient is multiplied by the slope there.",
        _slope, "circle", iteration=168, hides=True,
    ),
    Skill(
        "gate", "ReLU's gate", "backward", ("slope",), ("number", "chain", "line"),
        "A ReLU passes the gradient whole or not at all: it depends on the sign of its sum.",
        _gate, "moons", zero=True,
    ),
    Skill(
        "weight_gradient", "weight gradient", "backward", ("slope",), (*PRODUCT, "sign", "line", "debug", "rank"),
        "The gradient at the unit times what the weight saw. This is what learning moves along.",
        _weights, "circle", iteration=168, hides=True,
    ),
    Skill(
        "symmetry", "equal start", "backward", ("weight_gradient", "initialization"), ("number", "chain", "rank"),
        "Units that start with equal weights get equal gradients and stay equal. A random start breaks the tie.",
        _weights, "equal_start", iteration=0,
    ),
    Skill(
        "sum_over_batch", "sum over the batch", "backward", ("weight_gradient",), (*NUMERIC, "line", "debug"),
        "Every sample brings its part, and the parts add up: the mean is in the loss already.",
        _vjp("bias", *_DENSE), "circle", iteration=168,
    ),
    Skill(
        "several_uses", "several uses", "backward", ("weight_gradient",), NUMERIC,
        "What is used several times gets the gradients of all its uses, added up.",
        _several_uses, "micrograd", iteration=0,
    ),
    Skill(
        "chain_rule", "chain rule by hand", "backward", (), (*NUMERIC, "table", "sign"),
        "Slopes along a path multiply. With single numbers nothing else is needed.",
        _phase("backward", *_PRODUCTS, "sigmoid"), "chain_rule", iteration=0, hides=True,
    ),
    Skill(
        "vanishing", "vanishing", "backward", ("slope",), NUMERIC,
        "Every sigmoid leaves a quarter at most. After ten of them a millionth is left.",
        _slope, "vanishing", hides=True,
    ),
    Skill(
        "exploding", "exploding", "backward", ("through_weights",), NUMERIC,
        "Where weights and rate are too large, the gradient grows with every layer and every step.",
        _vjp("x", *_DENSE), "diverging", iteration=4,
    ),
    Skill(
        "conv_gradient", "convolution's gradient", "backward", ("conv_window", "sum_over_batch"), NUMERIC,
        "A kernel's weight is used at every place: the parts of all places and samples add up.",
        _conv_backward, "digits_conv",
    ),
    Skill(
        "norm_ways", "norm's three ways", "backward", ("norm_statistics", "several_uses"), NUMERIC,
        "The gradient goes back directly, through the mean, and through the variance: all three add up.",
        _norm_backward, "batch_norm",
    ),
    Skill(
        "dropout_gradient", "dropout's gradient", "backward", ("dropout_mask", "slope"), ("number",),
        "What was switched off gets no gradient; what stayed is scaled as in the forward pass.",
        _vjp("x", "apply_mask"), "dropout",
    ),
    Skill(
        "through_time", "back through time", "backward", ("state", "several_uses"), NUMERIC,
        "The gradient runs back from step to step, and the weights gather what arrives at each.",
        _through_time, "forgetting",
    ),
    Skill(
        "attention_gradient", "attention's gradient", "backward", ("attention_weights", "softmax_delta"), NUMERIC,
        "Back through the shares every score of a row is moved by every other.",
        lambda step, program: step.phase == "backward" and step.op in ("attention_weights", "scaled_scores", "attend"),
        "reversing",
    ),
)  # fmt: skip
_UPDATE = (
    Skill(
        "update", "update", "update", ("sum_over_batch",), (*NUMERIC, "rank"),
        "A step against the gradient, as long as the learning rate says.",
        _plain_step, "circle", iteration=168,
    ),
    Skill(
        "renewed", "new weight", "update", ("update",), NUMERIC,
        "What a weight was plus its step is what the next iteration starts from.",
        _renewed, "circle", iteration=168, hides=True,
    ),
    Skill(
        "learning_rate", "learning rate", "update", ("update",), NUMERIC,
        "A schedule says how long the step of each iteration is.",
        _scheduled, "range_test",
    ),
    Skill(
        "momentum", "momentum", "update", ("update",), (*NUMERIC, "table"),
        "A share of the last direction is kept, and the new gradient comes on top.",
        _phase("update", "momentum", "damped_momentum", "nesterov", "momentum_ratio"), "valley",
    ),
    Skill(
        "decay", "L2 and L1", "update", ("update",), NUMERIC,
        "A penalty on large weights pulls each towards zero, beside what the data say.",
        _phase("update", "weight_decay", "decoupled_decay", "l2_gradient", "l1_gradient", "sum_of_three"),
        "weight_penalty",
    ),
    Skill(
        "clipping", "clipping", "update", ("update",), NUMERIC,
        "A gradient that is too long is shortened before the step.",
        _clipped, "clipping",
    ),
    Skill(
        "adam_averages", "Adam's averages", "update", ("momentum",), NUMERIC,
        "A running average of the gradient, and one of its square.",
        _phase("update", "average", "average_square", "accumulate_square"), "moons",
    ),
    Skill(
        "adam_correction", "Adam's correction", "update", ("adam_averages",), (*NUMERIC, "rank"),
        "The averages started at 0: each is divided by the weight that it has by now.",
        _phase("update", "bias_correction", "correct"), "moons", iteration=3,
    ),
    Skill(
        "adam_step", "Adam's step", "update", ("adam_correction",), NUMERIC,
        "The averaged gradient divided by its own size: every parameter moves about equally far.",
        _phase("update", "root", "adaptive_descend"), "moons", iteration=3, hides=True,
    ),
)  # fmt: skip
SKILLS: Mapping[str, Skill] = {skill.name: skill for skill in (*_FORWARD, *_BACKWARD, *_UPDATE)}


def steps_of(skill: Skill, program: Program) -> Iterator[Step]:
    """The steps of a program that a skill is about; what a variant of backpropagation sends back is no gradient."""
    return (step for step in program.steps if _is_asked(step) and skill.picks(step, program))


def _is_asked(step: Step) -> bool:
    return step.phase != "batch" and ValueName.parse(step.output).gradient != "feedback"
