r"""What a cell's derivation says: in symbols, with the numbers in place, and in one or two plain sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from string import Template

from engine.explain.blocks import layer_title
from engine.explain.derivation import Chain, Derivation, NamedFactor, NamedTerm, of_gradient, whole
from engine.explain.sums import Sum, tied_by
from engine.foundation.numbers import number, total
from engine.foundation.value_name import ValueName, gradient_name, member_name
from engine.model.activations import ACTIVATIONS
from engine.ops import OPS
from engine.program.feedback_alignment import FEEDBACK_WEIGHT, SIGN_WEIGHT
from engine.program.program import Program, Step
from engine.run.run import Run
from engine.run.trace import Trace

_STATISTICS = {"through_mean": "mean", "through_variance": "variance"}

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
    if _is_back_in_time(step):
        return f"What {where} hands back in time: each unit's gradient, through its weights, to the state before."
    if text := step.words or step.function.says:
        return Template(text).safe_substitute(where=where, p=step.parameter)
    return _backward_sentence(step, where) if step.phase == "backward" else _applies(step, where)


def _is_back_in_time(step: Step) -> bool:
    """Whether a recurrent layer's gradient goes to the time before, not to the layer before."""
    name = ValueName.parse(step.output)
    op = OPS.get(step.op)
    is_affine = step.phase == "backward" and op is not None and op.affine
    return is_affine and name.moment is not None and name.key == "h"


def _applies(step: Step, where: str) -> str:
    if step.phase == "batch":
        if step.output == "x":
            return "Takes the batch: the rows 𝓑 of the training inputs that this iteration trains on."
        return "Takes the targets of the same rows 𝓑."
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
    if found.sample is not None:
        return _share_sentence(run, traced, found, found.sample)
    named = bool(traced.program.symbols) and step.phase != "update"  # an expression's: values that the user has named
    if named and step.phase == "backward" and step.words and found.counts.count == 1:
        return f"{step.words} {_rates(traced.program, found)}"
    if any(term.name for term in found.terms):
        return _ways(found)
    of_sum = not found.short and step.output == gradient_name(member_name(step.layer, "z"))
    if step.phase == "backward" and of_sum and found.counts.count == 1:
        return _slope_sentence(run, step, found.terms[0].factors, found.index)
    if not found.counts.count:
        return f"{step_sentence(step)} Nothing comes to this cell, so it is 0."
    if found.counts.count == 1 or (named and step.words):
        return f"{step_sentence(step)} Here it is {number(found.result)}."
    return (
        f"{step_sentence(step)} {_sum_sentence(found, traced.program.batch)}"
        if step.op == "accumulate"
        else _sum_sentence(found, traced.program.batch)
    )


def ways_sentence(ways: Mapping[str, float], together: float, elsewhere: float = 0.0) -> str:
    """The gradient's ways back through a normalization: the direct one, and those through its statistics.

    Args: elsewhere: what comes from other uses of the number that is normalized.
    """
    through = {statistic: ways[way] for way, statistic in _STATISTICS.items() if way in ways}
    held = f"With {' and '.join(through)} held still the gradient would be {number(ways['direct'])}"
    gets = " and ".join(f"through the {statistic} it gets {number(amount)}" for statistic, amount in through.items())
    others = f", from its other uses {number(elsewhere)}" if elsewhere else ""
    return f"{held}; {gets}{others}: together {number(together)}."


def _ways(found: Derivation) -> str:
    ways = {name: total(t.product for t in found.terms if t.name == name) for name in {t.name for t in found.terms}}
    return ways_sentence(ways, found.result, ways.get("", 0.0))


def _share_sentence(run: Run, traced: Trace, found: Derivation, sample: int) -> str:
    """What one sample brings to a parameter's gradient, and how."""
    batch = traced.program.batch
    brings = f"Sample {sample + 1} brings {number(found.result)} to this gradient"
    rest = number(found.whole - found.result)
    others = f"the other {batch - 1} bring {rest}" if batch > 2 else f"the other brings {rest}"
    text = f"{brings}, {others}: in all {number(found.whole)}." if batch > 1 else f"{brings}, which is all of it."
    layer = tied_by(traced.program, found.value) if batch > 1 else ""
    if found.chain is not None:
        text = f"{_chain_sentence(run, found.chain, of_gradient(found.value), bool(layer))} {text}"
    elif found.counts.count > 1:
        text = f"{text} {_sum_sentence(found, traced.program.batch)}"
    if not layer:
        return text
    ties = f"{layer_title(layer).capitalize()} ties the samples of a batch together"
    return f"{text} {ties}: in sample {sample + 1}'s part here is also what its numbers do to the losses of the others."


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


def _sum_sentence(found: Derivation, batch: int) -> str:
    """How many terms there are, which way they pull, and the largest as a share of all sizes."""
    counts = found.counts
    if counts.still == counts.count:
        return f"All of its {counts.count} terms are 0{_why(counts)}."
    text = f"A sum of {counts.count} terms{_spread(found, batch)} that comes to {number(found.result)}"
    if not (math.isfinite(found.result) and math.isfinite(counts.sizes) and counts.sizes):
        return text + "."
    if counts.up + counts.down == 1:
        why = f": {_still(counts)}" if any(zeros.why for zeros in counts.zeros) else ""
        return f"Of {counts.count} terms one alone is not 0, {number(found.result)}{why}."
    largest = max(found.terms, key=lambda term: abs(term.product) if not term.rest else 0)
    share = f"{abs(largest.product) / counts.sizes:.0%} of their sizes added up"
    return f"{text}: {_pulls(counts)}. {_alone(found, largest)}, {number(largest.product)}, is {share}."


def _spread(found: Derivation, batch: int) -> str:
    """Of a kernel's weight, which acts at many places of every sample, what its terms are counted over."""
    count, terms = found.counts.count, [term for term in found.terms if not term.rest]
    in_places = all(len(term.place) == 2 for term in terms) and len({term.sample for term in terms}) > 1
    if found.sample is not None or not in_places or count % batch:
        return ""
    each = count // batch
    return f", {each} {'place' if each == 1 else 'places'} of each of {batch} samples," if batch > 1 < each else ""


def _why(counts: Sum) -> str:
    """The reasons of terms that are all 0."""
    known = [(zeros.count, zeros.why) for zeros in counts.zeros if zeros.why]
    return f": {known[0][1]}" if len(known) == 1 else "".join(f", {n} as {why}" for n, why in known)


def _alone(found: Derivation, term: NamedTerm) -> str:
    """Whose term it is where each is another sample's or time's: `That of sample 4`."""
    others = [other for other in found.terms if not other.rest]
    for what, own, all_of_them in (
        ("time", term.time, [other.time for other in others]),
        ("sample", None if term.sample is None else term.sample + 1, [other.sample for other in others]),
    ):
        if (
            own is not None
            and None not in all_of_them
            and len(set(all_of_them)) == found.counts.count - found.counts.still
        ):
            return f"That of {what} {own}"
    return "The largest"


def _pulls(counts: Sum) -> str:
    """`7 pull it up, 3 pull it down, 2 are 0: blocked by ReLU`; `all pull it up` where none pulls it down."""
    every = "both" if counts.count == 2 else "all"
    if counts.count in (counts.up, counts.down):
        return f"{every} pull it {'up' if counts.up else 'down'}"
    ways = ((counts.up, "up"), (counts.down, "down"))
    told = [f"{count} pull{'s' * (count == 1)} it {way}" for count, way in ways if count]
    return ", ".join(told + [_still(counts)] * bool(counts.zeros))


def _still(counts: Sum) -> str:
    """`31 are 0 (blocked by ReLU), 1 is 0 (the input is 0)`."""
    told = (f"{z.count} {'is' if z.count == 1 else 'are'} 0{f' ({z.why})' * bool(z.why)}" for z in counts.zeros)
    return ", ".join(told)


def _chain_sentence(run: Run, chain: Chain, parameter: str, tied: bool) -> str:
    """What reaches the unit, what its activation lets through, what the weight saw, and where it should move."""
    incoming, *middle, last = chain.factors[1:] if chain.mean else chain.factors
    name, index = incoming.value or "", incoming.index
    layer = ValueName.parse(name).layer
    text = f"{_unit(layer, index)} receives a gradient of {number(incoming.number)}{_sender(run, layer)}."
    if chain.mean:
        own = f"That is of sample {chain.sample + 1}'s own loss"
        text = f"{text} {own}: L is the mean of {chain.mean}, so 1/{chain.mean} of it counts."
    if middle:
        text += " " + _slope_words(run, layer, middle[-1])
    return text + _seen(parameter, last) + _direction(chain.product, tied)


def _seen(parameter: str, factor: NamedFactor) -> str:
    """What a parameter is multiplied by."""
    if factor.value is not None:
        return f" The weight saw an input of {number(factor.number)}"
    is_bias = ValueName.parse(parameter).key.startswith("bias")
    return " A bias always sees an input of 1" if is_bias else " What is added as it is has slope 1"


def _direction(product: float, tied: bool) -> str:
    """Where to move; where samples are tied together, what acts on one is felt by all."""
    if product == 0 or math.isnan(product):
        return ", so this sample does not move it." if product == 0 else "; the result is not a number."
    way = "down" if product > 0 else "up"
    if tied:
        return f": as far as it acts on this sample, the batch's loss falls if it moves {way}."
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
