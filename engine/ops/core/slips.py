"""Slips: the mistakes that are typical of a function, each as the line that makes it.

A slip stands beside the function that it is a slip of. Its line is that function's line with one thing wrong, so that
the same interpreter runs it in place of the right one, and the number that somebody wrote down can be recognized.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Role = Literal["output", "input", "first", "second", "own", "before", "next weight"]
"""Where a slip takes a value from that the right line does not need; `engine.practice.slips` finds it."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One typical mistake.

    tag:   its name, which depends on no number: answers are counted by it.
    name:  the same in two or three words.
    says:  what was done, in a sentence: ``$where`` stands for the layer, ``$title`` for the op.
    code:  the wrong right-hand side, with the placeholders of the right one.
    takes: further placeholders, and the value that each stands for.
    """

    tag: str
    name: str
    says: str
    code: str
    takes: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))


# --- of many functions ------------------------------------------------------------------------------------------------


def sign_reversed(code: str) -> Slip:
    """Minus what is right, or plus what is wrong."""
    return Slip("sign_reversed", "sign reversed", "The size is right, the sign is the other one.", code)


def bias_left_out(code: str) -> Slip:
    """The weighted sum alone."""
    return Slip("bias_left_out", "bias left out", "You left out the bias of $where.", code)


def averaged(code: str) -> Slip:
    """A mean over the samples, where the loss has taken the mean already."""
    says = "You averaged over the batch. The loss has done that already: here the samples' parts add up."
    return Slip("mean_for_sum", "mean for sum", says, code)


def one_sample_only(code: str) -> Slip:
    """The first sample for the batch."""
    says = "That is the first sample alone: the parts of all samples of the batch add up."
    return Slip("one_sample_only", "one sample only", says, code)


def z_for_a(code: str) -> Slip:
    """What goes into the activation before, for what comes out of it."""
    says = "You took the sum z of the layer before: $where sees its activation a."
    return Slip("z_for_a", "z for a", says, code, {"before": "before"})


def transposed(code: str) -> Slip:
    """The weight matrix the other way round."""
    says = "You took the weights of $where transposed: the first index is the unit that a weight leads to."
    return Slip("weight_transposed", "weight transposed", says, code)


def weights_updated(code: str) -> Slip:
    """The weights after the update."""
    says = "You took the weights of $where after this update: the gradient goes back through those of the forward pass."
    return Slip("weights_updated", "weights updated already", says, code, {"next": "next weight"})


def kernel_flipped(code: str) -> Slip:
    """A kernel turned by half a turn, or not turned where it should be."""
    says = "You took the kernel of $where turned around: each window meets it as it is written."
    return Slip("kernel_flipped", "kernel turned around", says, code)


def largest_path_only(code: str) -> Slip:
    """One way of several."""
    says = "You followed the strongest connection alone: the parts of all of them add up."
    return Slip("largest_path_only", "largest path only", says, code)


def paths_averaged(code: str) -> Slip:
    """The mean of several ways."""
    return Slip("paths_averaged", "mean over paths", "You averaged over the paths: they add up.", code)


def factor_left_out(what: str, code: str) -> Slip:
    """The arriving gradient alone."""
    return Slip("factor_left_out", "factor left out", f"You left out the factor {what}.", code)


def gradient_left_out(code: str) -> Slip:
    """The local derivative alone."""
    says = "That is the local derivative alone: the gradient that arrives is a factor too."
    return Slip("gradient_left_out", "arriving gradient left out", says, code)


def two_left_out(code: str) -> Slip:
    """The 2 of a square's derivative."""
    says = "You left out the factor 2: the derivative of a square is twice what was squared."
    return Slip("factor_two_left_out", "factor 2 left out", says, code)


def diagonal_only(code: str) -> Slip:
    """Of softmax each unit's effect on itself."""
    says = "That is each unit's effect on itself alone: in a softmax every input moves every output."
    return Slip("diagonal_only", "only the diagonal", says, code)


def root_left_out(code: str) -> Slip:
    """Without √d, or without the root of a norm."""
    return Slip("root_left_out", "root left out", "You left out the root.", code)


def of_slope(operand: str, code: str) -> tuple[Slip, ...]:
    """Slips in ``grad * slope``, of an activation whose slope is a function of `operand` (``z`` or ``output``)."""
    if operand == "output":
        says = "You put z into a formula of a: the slope of $title is written with its result."
        swapped = Slip("slope_at_z", "slope taken at z", says, code.replace("$output", "$z"), {"z": "input"})
    else:
        says = "You put a into a formula of z: the slope of $title is that at what goes in."
        swapped = Slip("slope_at_a", "slope taken at a", says, code.replace("$z", "$a"), {"a": "output"})
    return (
        Slip("slope_left_out", "slope left out", "You left out the slope of $title.", "$grad"),
        Slip(
            *("value_for_slope", "value for slope", "You took the value of $title for its slope.", "$grad * $a"),
            takes={"a": "output"},
        ),
        swapped,
        gradient_left_out(code.replace("$grad", "1", 1)),
    )


def activation_left_out() -> Slip:
    """z for a."""
    return Slip("activation_left_out", "activation left out", "That is z: it goes through $title first.", "$z")


def of_parts(names: tuple[str, ...]) -> tuple[Slip, ...]:
    """Slips in a sum of contributions to one gradient."""
    total = " + ".join(f"${name}" for name in names)
    says = "That is one contribution alone: a value that is used several times gets the gradients of all its uses."
    return (
        Slip("one_path_only", "one path only", says, f"${names[0]}"),
        Slip("last_path_only", "last path only", says, f"${names[-1]}"),
        paths_averaged(f"({total}) / {len(names)}"),
    )
