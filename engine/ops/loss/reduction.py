"""A loss as the mean, the sum, or half the sum of its cells: one definition, of the mean, makes all three.

A loss divides by a count: the cells, the samples, or the weight of the classes in the batch. A sum divides by 1, half a
sum by 2, and nothing else about the loss is different: not in its kernels, nor in formulas, code or terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from engine.ops.core.op import Factor, Function, Index, Op, Operands, Term, Terms
from engine.ops.core.slips import Slip, sign_reversed, two_left_out

TOTAL_WEIGHT = r"\frac{1}{\sum_n {$weight}_{{$target}_{n}}}"  # as a formula writes it
SHARE_OF_WEIGHT = r"\frac{1}{\sum_n {$weight}_{t_n}}"  # as a term does
_TIMES = {
    r"\frac{1}{NK}": 1.0,
    r"\frac{2}{NK}": 2.0,
    r"\frac{1}{N}": 1.0,
    r"-\frac{1}{N}": -1.0,
    TOTAL_WEIGHT: 1.0,
    SHARE_OF_WEIGHT: 1.0,
}
_SCALE = re.compile("({})(\\\\,)? ?".format("|".join(re.escape(s) for s in _TIMES if s[0] != "-")))
_TARGET = re.compile(r"(?<=softmax\(\$prediction\)) - np\.eye\(\$prediction\.shape\[1\]\)\[\$target\]")
_UNDER = re.compile(r" / np\.maximum\(\$prediction \* \(1 - \$prediction\), np\.float32\(1e-12\)\)")
LONGEST = 300  # characters of a line that has slips
_COUNTED = re.compile(r" / (?:\$prediction\.size|len\(\$target\)|np\.sum\(class_weights\(.*?\)\[\$target\]\))")


@dataclass(frozen=True, slots=True)
class Reduction:
    """What becomes of the cells of a loss; `over` is what their sum is divided by."""

    name: str
    over: float
    word: str


REDUCTIONS = (Reduction("sum", 1.0, "summed"), Reduction("half_sum", 2.0, "half-summed"))


def with_reductions(*ops: Op) -> tuple[Op, ...]:
    """Losses that are means, each followed by its sum and its half sum, named `sum_mse` and `half_sum_mse`."""
    return tuple(
        _with_slips(made) for op in ops for made in (op, *(_reduced(op, reduction) for reduction in REDUCTIONS))
    )


def _reduced(op: Op, reduction: Reduction) -> Op:
    title = f"{reduction.word} {op.title.removeprefix('mean ')}"
    backward = {argument: _backward(function, reduction) for argument, function in op.vjps.items()}
    return replace(
        op,
        name=f"{reduction.name}_{op.name}",
        title=title,
        function=_forward(op.function, reduction),
        vjps=backward,
        source=_source(op.source, reduction),
    )


def _with_slips(op: Op) -> Op:
    """The slips of every loss: they follow from its lines, as what it divides by and its distance stand there."""
    backward = {argument: replace(f, slips=(*f.slips, *_backward_slips(f.code))) for argument, f in op.vjps.items()}
    forward = replace(op.function, slips=(*op.function.slips, *_forward_slips(op.function.code)))
    return replace(op, function=forward, vjps=backward)


def _forward_slips(code: str) -> tuple[Slip, ...]:
    if len(code) > LONGEST or "finfo" in code:
        return ()
    summed = _COUNTED.sub("", code.replace("np.mean(", "np.sum(", 1))
    says = "You left out the mean: the loss divides by how many there are."
    return (Slip("sum_for_mean", "sum for mean", says, summed),) if summed != code else ()


def _backward_slips(code: str) -> tuple[Slip, ...]:
    if len(code) > LONGEST:  # of a margin over classes: nobody writes that down by hand
        return ()
    turned = code.replace("($prediction - $target)", "($target - $prediction)", 1)
    slips = [sign_reversed(turned if turned != code else f"-({code})")]
    if (summed := _COUNTED.sub("", code, count=1)) != code:
        says = "You left out the 1/N: the loss is a mean, so every part of it counts by that share."
        slips.append(Slip("mean_left_out", "1/N left out", says, summed))
    if "$grad * 2 " in code:
        slips.append(two_left_out(code.replace("$grad * 2 ", "$grad ", 1)))
    if (alone := _TARGET.sub("", code)) != code:
        says = "That is the softmax alone: of the right class 1 is taken away."
        slips.append(Slip("target_left_out", "target left out", says, alone))
    if (linear := _UNDER.sub("", code)) != code:
        says = "You left out y(1 − y), which the distance is divided by until the sigmoid's slope takes it away."
        slips.append(Slip("divisor_left_out", "divisor left out", says, linear))
    return tuple(slips)


def _source(text: str, reduction: Reduction) -> str:
    """Whose it is; PyTorch has the sum, half the sum is a textbook's."""
    text = text.removesuffix(".").removesuffix(", averaged over all cells")
    if reduction.over == 2:
        return f"{text.split('; matches')[0]}; half the sum, as in Rumelhart, Hinton and Williams 1986."
    return re.sub(r'reduction="\w+"', 'reduction="sum"', text) + ("." if "reduction=" in text else ", summed.")


def _forward(function: Function, reduction: Reduction) -> Function:
    code = _COUNTED.sub("", function.code.replace("np.mean(", "np.sum(", 1))
    half = " / 2" if reduction.over == 2 else ""
    return replace(_with(function, reduction, code + half), torch=_summed_in_torch(function.torch, half))


def _summed_in_torch(torch: str, half: str) -> str:
    """PyTorch's own loss, with its sum for its mean."""
    without = torch.replace(', reduction="batchmean"', "").removesuffix(")")
    return f'{without}, reduction="sum"){half}' if torch else ""


def _backward(function: Function, reduction: Reduction) -> Function:
    double = function.code.startswith("$grad * 2 /") or function.code.startswith("-$grad * 2 /")
    code = _COUNTED.sub("", function.code, count=1)
    if reduction.over == 2:
        code = code.replace("$grad * 2", "$grad", 1) if double else code.replace("$grad", "$grad / 2", 1)
    return _with(function, reduction, code)


def _with(function: Function, reduction: Reduction, code: str) -> Function:
    return replace(
        function,
        kernel=partial(function.kernel, over=reduction.over),
        formula=_SCALE.sub(lambda found: _scale(found, reduction), function.formula),
        code=code,
        terms=_terms(function.terms, reduction),
    )


def _scale(found: re.Match[str], reduction: Reduction) -> str:
    """What stands before the sum: nothing, 1/2, or the 2 of a square's slope."""
    number = _TIMES[found[1]] / reduction.over
    return {1.0: "", 0.5: r"\frac{1}{2} ", 2.0: r"2 \cdot "}[number]


def _terms(terms: Terms, reduction: Reduction) -> Terms:
    def reduced(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        for term in terms(index, operands, params):
            yield tuple(made for factor in term if (made := _factor(factor, reduction)) is not None)

    return reduced


def _factor(factor: Factor, reduction: Reduction) -> Factor | None:
    """The factor; where it is one over the count, what is left of it, if anything."""
    if factor.operand is not None or factor.symbol not in _TIMES:
        return factor
    number = _TIMES[factor.symbol] / reduction.over
    symbol = {-1.0: "-1", -0.5: r"-\frac{1}{2}", 0.5: r"\frac{1}{2}", 2.0: "2"}
    return None if number == 1 else Factor(number, symbol=symbol[number])
