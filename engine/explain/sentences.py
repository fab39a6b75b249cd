r"""What a cell's derivation says: in symbols, with the numbers in place, and in one or two plain sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import Template

from engine.explain.blocks import layer_title
from engine.explain.derivation import Chain, Derivation, NamedFactor, of_gradient, whole
from engine.foundation.numbers import number, total
from engine.foundation.value_name import ValueName, gradient_name, member_name
from engine.model.activations import ACTIVATIONS
from engine.program.feedback_alignment import FEEDBACK_WEIGHT, SIGN_WEIGHT
from engine.program.program import Program, Step
from engine.run.run import Run
from engine.run.trace import Trace

# --- sentences -------------------------------------------------------------------------------------------------


def step_sentence(step: Step) -> str:
    """What a step does, in one sentence: its own, or that of its function, or one made of the op's title.

    What a variant of backpropagation sends back is no gradient, and not called one.
    """
    text = _sentence(step)
    return text.replace("gradient", "feedback") if ValueName.parse(step.output).gradient == "feedback" else text


def _sentence(step: Step) -> str:
    where = layer_title(step.layer)
    if _stands_in(step):
        return _feedback_sentence(step, where)
    if text := step.words or step.function.says:
        return Template(text).safe_substitute(where=where, p=step.parameter)
    return _backward_sentence(step, where) if step.phase == "backward" else _applies(step, where)


def _applies(step: Step, where: str) -> str:
    if step.phase == "batch":
        what = "rows of the inputs" if step.output == "x" else "targets of those rows"
        return f"Takes the {what} that this iteration trains on."
    if step.phase == "loss":
        return f"The {step.title} says how far the outputs are from their targets: one number for the batch."
    taken = "sum" if ValueName.parse(step.inputs[0]).key == "z" else "input"
    return f"Every unit of {where} passes its {taken} through {step.title}."


def _backward_sentence(step: Step, where: str) -> str:
    through = step.title.removeprefix("gradient through ")
    if step.layer == "loss":
        return f"How the {through} changes with each output."
    if step.argument == "z":
        return f"The gradient passes back through {through}: it is multiplied by the slope at each unit."
    return f"What comes back through {through} of {where}."


def _stands_in(step: Step) -> bool:
    """Whether a variant of backpropagation takes something else in place of a weight."""
    key = ValueName.parse(step.inputs[-1]).key if step.phase == "backward" else ""
    return key in (FEEDBACK_WEIGHT, SIGN_WEIGHT)


def _feedback_sentence(step: Step, where: str) -> str:
    grad, weight = step.inputs
    if ValueName.parse(grad).layer != step.layer:
        return f"What is sent to the layer before {where}: the errors of the outputs, straight through random weights."
    way = "the signs of its weights" if ValueName.parse(weight).key == SIGN_WEIGHT else "fixed random weights"
    return f"What {where} hands back: errors through {way} instead of its own weights."


def explanation(run: Run, traced: Trace, found: Derivation) -> str:
    """A derivation in one to three plain sentences."""
    step = found.step
    if step is None:
        return _source_sentence(run, traced, found)
    if found.chain is not None:
        return _chain_sentence(run, found.chain, of_gradient(found.value))
    named = bool(traced.program.symbols) and step.phase != "update"  # an expression's: values that the user has named
    if named and step.phase == "backward" and step.words and len(found.terms) == 1:
        return f"{step.words} {_rates(traced.program, found)}"
    of_sum = step.output == gradient_name(member_name(step.layer, "z"))
    if step.phase == "backward" and of_sum and len(found.terms) == 1:
        return _slope_sentence(run, step, found.terms[0].factors, found.index)
    if not found.terms:
        return f"{step_sentence(step)} Nothing comes to this cell, so it is 0."
    if len(found.terms) == 1 or (named and step.words):
        return f"{step_sentence(step)} Here it is {number(found.result)}."
    return f"{step_sentence(step)} {_sum_sentence(found)}" if step.op == "accumulate" else _sum_sentence(found)


def _source_sentence(run: Run, traced: Trace, found: Derivation) -> str:
    value = found.value
    trainable = {p.name: p.trainable for p in run.parameters}.get(value)
    if trainable is not None:
        origin = f"the update of iteration {traced.iteration - 1} left it" if traced.iteration else "it started"
        return (
            f"{value} is a parameter: {number(found.result)} is where {origin}."
            if trainable
            else (f"{value} is not trained: it stays at {number(found.result)}.")
        )
    if value == "optimizer.learning_rate":
        return f"The learning rate at this iteration is {number(found.result)}."
    if value in traced.program.constants:
        return f"{number(found.result)} is a number that no step changes."
    if value == "batch.indices":
        return f"Row {int(found.result)} of the training set is sample {found.index[0] + 1} of this batch."
    return f"{value} is {number(found.result)} before this iteration."


def _rates(program: Program, found: Derivation) -> str:
    """The chain rule between single numbers, as rates of change."""
    factors = found.terms[0].factors
    grad = next(f for f in factors if of_gradient(f.value or ""))
    slope = math.prod(f.number for f in factors if f is not grad)
    values = (of_gradient(found.value), of_gradient(grad.value or ""), "loss")
    here, onward, loss = (program.symbols[value].code for value in values)
    alone = "" if whole(found.value) == found.value else " through this use alone"
    change = f"per unit of {here}, {loss} changes by {number(found.result)}"
    if onward == loss:
        return f"So {change}{alone}."
    return (
        f"Per unit of {onward}, {loss} changes by {number(grad.number)}; per unit of {here}, {onward} changes by "
        f"{number(slope)}{alone}: so {change}{' that way' if alone else ''}."
    )


def _sum_sentence(found: Derivation) -> str:
    products = [term.product for term in found.terms]
    size = total(map(abs, products)) if math.isfinite(found.result) else math.nan
    text = f"A sum of {found.terms_total} terms that comes to {number(found.result)}"
    if not (math.isfinite(size) and size and len(products) == found.terms_total):
        return text + "."
    largest = max(products, key=abs)
    share = f"{abs(largest) / size:.0%} of their sizes added up"
    return f"{text}: {_add_or_take_away(products)}. The largest, {number(largest)}, is {share}."


def _add_or_take_away(products: Sequence[float]) -> str:
    """`7 add, 3 take away`; `all add` where none takes away."""
    up, down = sum(p > 0 for p in products), sum(p < 0 for p in products)
    every = "both" if len(products) == 2 else "all"
    if len(products) in (up, down):
        return f"{every} {'add' if up else 'take away'}"
    still = len(products) - up - down
    counts = (
        (up, "adds", "add"),
        (down, "takes away", "take away"),
        (still, "is 0", "are 0"),
    )
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)


def _chain_sentence(run: Run, chain: Chain, parameter: str) -> str:
    """What reaches the unit, what its activation lets through, what the weight saw, and where it should move."""
    incoming, *middle, last = chain.factors
    name, index = incoming.value or "", incoming.index
    layer = ValueName.parse(name).layer
    text = f"{_unit(layer, index)} receives a gradient of {number(incoming.number)}{_sender(run, layer)}."
    if middle:
        text += " " + _slope_words(run, layer, middle[-1])
    return text + _seen(parameter, last) + _direction(chain.product)


def _seen(parameter: str, factor: NamedFactor) -> str:
    """What a parameter is multiplied by."""
    if factor.value is not None:
        return f" The weight saw an input of {number(factor.number)}"
    is_bias = ValueName.parse(parameter).key.startswith("bias")
    return " A bias always sees an input of 1" if is_bias else " What is added as it is has slope 1"


def _direction(product: float) -> str:
    if product == 0 or math.isnan(product):
        return ", so this sample does not move it." if product == 0 else "; the result is not a number."
    way = "down" if product > 0 else "up"
    return f": to lower the loss on this sample it should move {way}."


def _sender(run: Run, layer: str) -> str:
    takers = [layer_title(name) for name in run.names if run.outline.outputs[layer] in run.outline.inputs[name]]
    return f" from {' and '.join(takers)}" if takers else " from the loss"


def _unit(layer: str, index: tuple[int, ...]) -> str:
    """`Unit 3 of dense 1`; of an image its channel, and the place."""
    channel, *place = index[1:] if len(index) == 4 else index[-1:]
    there = f" at row {place[0] + 1}, column {place[1] + 1}" if place else ""
    return f"Unit {channel + 1} of {layer_title(layer)}{there}"


def _slope_sentence(run: Run, step: Step, factors: Sequence[NamedFactor], index: tuple[int, ...]) -> str:
    layer = step.layer
    received = f"{_unit(layer, index)} receives {number(factors[0].number)}{_sender(run, layer)}."
    return f"{received} {_slope_words(run, layer, factors[-1])}" if len(factors) > 1 else received


def _slope_words(run: Run, layer: str, factor: NamedFactor) -> str:
    """What the activation does to the gradient: lets it pass, shrinks it, or stops it."""
    activation = run.config.layers[run.names.index(layer)].output_activation
    title = ACTIVATIONS[activation.type].title
    slope = factor.number
    at = (
        ""
        if factor.cell is None
        else f" at {'a' if ValueName.parse(factor.value or '').key == 'a' else 'z'} = {number(factor.cell)}"
    )
    if slope == 0:
        return f"Its {title} is flat{at}: the slope is 0, so nothing passes."
    if activation.type == "identity" or slope == 1:
        return f"Its {title} has slope 1{at}, so all of it passes."
    return f"The slope of its {title}{at} is {number(slope, 3)}, so {_left(slope)}."


def _left(slope: float) -> str:
    """What a slope leaves of the signal; a share that rounds to 0 or to all is not said as a number."""
    if not 0 < slope < 1:
        return f"the signal is multiplied by {number(slope, 3)}"
    lost = f"{1 - slope:.0%}"
    if lost in ("0%", "100%"):
        return f"nearly all of the signal {'passes' if lost == '0%' else 'is lost here'}"
    return f"{lost} of the signal is lost here"
