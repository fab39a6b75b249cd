"""How training goes over many iterations: learning, finished, standing still, overfitting."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise

import numpy as np

from engine.analysis.diagnosis.cures import anew, from_now, without_given
from engine.analysis.diagnosis.explosion import blew_up, momentum
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Result, Severity
from engine.analysis.diagnosis.finiteness import CLIMBS, decay
from engine.analysis.diagnosis.flow.steps import creeping
from engine.analysis.diagnosis.look import DONE_R2, POOR_ACCURACY, POOR_R2, Look, evenly, falling
from engine.analysis.diagnosis.penalty import PENALTY
from engine.analysis.diagnosis.units import not_settled, steep, without_flat_output
from engine.analysis.diagnosis.words import answered, apart, span, times
from engine.analysis.evaluation import mean_loss_of, merged, merged_targets, outputs
from engine.analysis.history import point
from engine.foundation.numbers import number
from engine.run.checkpoints import STRIDE

# --- learns, finished --------------------------------------------------------------------------------------------


def _falls(look: Look) -> Result:
    losses = look.losses
    low, high = float(losses.min()), float(losses.max())
    fell = falling(losses)
    text = f"batch losses of {span(low, high)} over {len(losses)} iterations"
    if fell is None:
        return Result(text, ("loss",), low, high)
    before, now = fell
    words = f"Over the last {len(losses)} iterations the loss fell from about {number(before, 3)} to {number(now, 3)}."
    found = Finding("learns", "good", "It learns", words, "loss", look.at("loss", ()))
    return Result(text, ("loss",), low, high, (found,))


def short_window(look: Look) -> str | None:
    """A few losses say nothing of where they go."""
    if look.climbs:
        return CLIMBS
    if not look.run.has_data:
        return "the last step is looked at instead"
    return None if len(look.losses) >= 25 else "asked from iteration 24 on"


def _done(look: Look) -> Result:
    if look.perfect:
        words = f"The loss of {look.asked} is 0: there is nothing left to learn."
        found = Finding("finished", "good", "Finished", words, "loss", look.at("loss", ()))
        return Result("loss 0", ("loss",), 0.0, 0.0, (found,))
    fit = look.fit
    assert fit is not None, "asked where targets differ"
    text = answered(fit, look.labels is not None)
    if fit < (1.0 if look.labels is not None else DONE_R2) or falling(look.losses):
        return Result(text, (look.run.prediction,), fit, fit)
    right = "all answers are right" if look.labels is not None else f"R² is {number(fit, 5)}"
    words = f"Of {look.asked} {right}: there is hardly anything left to learn."
    found = Finding("finished", "good", "Finished", words, "loss", look.at(look.run.prediction))
    return Result(text, (look.run.prediction,), fit, fit, (found,))


def without_fit(look: Look) -> str | None:
    """Where answers are neither right nor wrong; a loss of 0 says enough."""
    if look.perfect:
        return None
    if reason := not_settled(look):
        return reason
    return None if look.fit is not None else "the targets are all the same"


# --- standstill --------------------------------------------------------------------------------------------------

LONG = 400  # iterations over which a loss that stands still has to have stood
STANDS = 0.005  # of the loss: what it may change from one quarter of them to the next


def _stands(look: Look) -> Result:
    """Whole epochs are compared, so that every row counts as often on both sides."""
    quarter = -(-LONG // 4 // look.run.batches.per_epoch) * look.run.batches.per_epoch
    losses = look.recent(4 * quarter).reshape(4, quarter)
    before, now = float(losses[0].mean()), float(losses[-1].mean())
    means = losses.mean(axis=1)
    low, high = float(means.min()), float(means.max())
    text = f"{span(low, high)} over {losses.size} iterations"
    noise = float(losses.std()) / np.sqrt(quarter)
    still = abs(high - low) <= max(STANDS * abs(now), 2 * noise)
    fit = look.fit
    assert fit is not None, "asked where targets differ"
    if not still or creeping(look) or fit > (POOR_ACCURACY if look.labels is not None else POOR_R2):
        return Result(text, ("loss",), low, high)
    good = answered(fit, look.labels is not None)
    first, last = number(before, 3), number(now, 3)
    moved = f"has stood at {last}" if first == last else f"has only gone from {first} to {last}"
    words = (
        f"Over the last {losses.size} iterations the loss {moved}, and {good}: a flat place or a local "
        "minimum, or all that this network can do."
    )
    found = Finding("standstill", "warning", "The loss stands still", words, "loss", look.at("loss", ()), _moved(look))
    return Result(text, ("loss",), low, high, (found,))


def _moved(look: Look) -> tuple[Cure, ...]:
    config = look.config.to_dict()
    wider = [without_given(layer) for layer in config["layers"]]
    for layer in wider[:-1]:
        if layer["type"] == "dense":
            layer["units"] *= 2
    plain = all(layer["type"] in ("dense", "dropout", "activation") for layer in wider) and len(wider) > 1
    why = "With more units there are more ways out of such a place."
    cures = [*_steeper(look), *([anew(look, "Twice as many hidden units", why, layers=wider)] if plain else [])]
    if wider and all(without_given(layer) == layer for layer in config["layers"]):
        seed = config["seed"] + 1
        cures.append(
            anew(look, f"Other random weights (seed {seed})", "From elsewhere it may end elsewhere.", seed=seed)
        )
    return tuple(cures)


def _steeper(look: Look) -> tuple[Cure, ...]:
    """For classes behind a curve that flattens out, a loss that undoes its slope."""
    return steep(look) if look.labels is not None and without_flat_output(look) is None else ()


def not_long(look: Look) -> str | None:
    """A standstill takes its time to be seen."""
    if reason := without_fit(look):
        return reason
    if look.perfect:
        return "the loss is 0"
    needed = 4 * (-(-LONG // 4 // look.run.batches.per_epoch) * look.run.batches.per_epoch)
    if look.rate == 0 or not look.gradients:
        return "nothing moves"
    return None if look.t + 1 >= needed else f"asked from iteration {needed - 1} on"


# --- overfitting -------------------------------------------------------------------------------------------------

POINTS = 24  # of the past, evenly spaced, at which the test loss is looked at beside the first few
ROSE = 1.2  # the test loss now over its least: less than that is the luck of its rows
GAP = 1.5  # the test loss over the training loss


def _overfits(look: Look) -> Result:
    """Goodfellow et al. 2016, section 7.8: the test loss turns while the training loss goes on falling."""
    train, test = _train_loss(look), _test_loss(look, look.t)
    text = f"test {number(test, 3)}, train {number(train, 3)}"
    if test <= GAP * train:
        return Result(text, ("loss",), min(train, test), max(train, test))
    now = point(look.run, look.t, look.cancelled)
    assert now.test_loss is not None, "asked where there is a test set"
    text = f"test {number(now.test_loss, 3)}, train {number(now.train_loss, 3)}"
    rests_on, loss = ("loss",), cache(partial(_test_loss, look))
    low, high = sorted((now.train_loss, now.test_loss))
    least = point(look.run, min(_looked_back(look.t), key=loss), look.cancelled)
    assert least.test_loss is not None, "as above"
    if now.test_loss < ROSE * least.test_loss or now.train_loss >= least.train_loss:
        return Result(text, rests_on, low, high)
    if blew_up(look):  # a fit that only looks like one: a few rows lie where the rest is out of all bounds
        return Result(text, rests_on, low, high)
    # only told, not judged by: of batches the least of all losses is their luck
    closer = point(look.run, _turned(look.t, least.iteration, loss), look.cancelled)
    least = closer if closer.train_loss > now.train_loss else least
    assert least.test_loss is not None, "as above"
    risen = now.test_loss / least.test_loss
    severity: Severity = "bad" if risen >= 2 else "warning"
    words = (
        f"Since iteration {least.iteration} the test loss rose from {number(least.test_loss, 3)} to "
        f"{number(now.test_loss, 3)}, {times(risen)} as much, while the training loss fell from "
        f"{number(least.train_loss, 3)} to {number(now.train_loss, 3)}."
    )
    at = look.at("loss", (), least.iteration)
    found = Finding("overfits", severity, "It overfits", words, "loss", at, _held_back(look, least.iteration))
    return Result(text, rests_on, low, high, (found,))


def _train_loss(look: Look) -> float:
    return mean_loss_of(look.run, look.outputs, look.targets)


def _test_loss(look: Look, t: int) -> float:
    """Of the test rows, or of some evenly spaced, before an iteration."""
    run, rows = look.run, evenly(len(look.run.test_inputs), look.most)
    state = run.state_at(t, look.cancelled)
    given = outputs(run, state, run.test_inputs[rows], cancelled=look.cancelled)
    return mean_loss_of(run, merged(run, given), merged_targets(run.fitting, run.test_targets[rows]))


def _turned(now: int, least: int, loss: Callable[[int], float]) -> int:
    """Where the test loss was least: from one of the places looked at by ever shorter steps."""
    step = max((b - a for a, b in pairwise(_looked_back(now)) if least in (a, b)), default=0)
    while step := step // 2:
        least = min((t for t in (least, least - step, least + step) if 0 <= t <= now), key=loss)
    return least


def _looked_back(t: int) -> list[int]:
    """Checkpoints of the past, and a few in the first stride, where small sets turn."""
    every = STRIDE
    while t // every > POINTS:
        every *= 2
    return sorted({*(n for n in (8, 16, 32, 48) if n < t), *range(0, t, every), t})


def _held_back(look: Look, turned: int) -> tuple[Cure, ...]:
    strength = max(0.01, 3 * decay(look))
    l2 = f"L2 of {number(strength)} from {turned} on"
    cures = [
        from_now(
            look, l2, "A price on large weights, which make steep curves.", {"regularization.l2": strength}, turned
        )
    ]
    config, dense = look.config.to_dict()["layers"], [n for n in look.run.names if n.startswith("dense")]
    if len(dense) > 1 and all(layer["type"] == "dense" for layer in config):
        dropped = [part for layer in config[:-1] for part in (layer, {"type": "dropout", "p": 0.3})]
        why = "No unit may lean on a single other one."
        cures.append(anew(look, "Dropout of 0.3", why, layers=[*dropped, config[-1]]))
    return tuple(cures)


def without_test(look: Look) -> str | None:
    """Where there is nothing to generalize to."""
    if reason := not_settled(look):
        return reason
    return None if len(look.run.test_inputs) else "there is no test set"


# --- an expression's last step -----------------------------------------------------------------------------------


def _last_step(look: Look) -> Result:
    before, now = float(look.losses[-2]), float(look.losses[-1])
    shown = apart(before, now) if before != now else (number(before), number(now))
    text = ", then ".join(shown)
    ends = (min(before, now), max(before, now))
    at = look.at("loss", ())
    if now > before and not _swings(look):
        words = f"The last step raised the loss from {shown[0]} to {shown[1]}: it went too far, or uphill."
        rate = float(f"{look.rate / 10:.3g}")
        title, why = f"Learning rate {number(rate)}", "A shorter step stays where the slope holds."
        cures = (
            () if look.update.schedule else (from_now(look, title, why, {"optimizer.learning_rate": rate}, look.t - 1),)
        )
        found = Finding("large_steps", "warning", "The last step went up", words, "loss", at, cures)
        return Result(text, ("loss",), *ends, (found,))
    if now >= before:
        return Result(text, ("loss",), *ends)
    words = f"The last step lowered the loss from {shown[0]} to {shown[1]}."
    return Result(text, ("loss",), *ends, (Finding("learns", "good", "The last step went down", words, "loss", at),))


SWING = 10  # steps over which one that goes up is made good again by others


def _swings(look: Look) -> bool:
    """Whether a step up is no fault: with a momentum the way leads past the lowest point and back."""
    if not momentum(look) and "beta1" not in look.update.optimizer.settings:
        return False
    return bool(look.losses[-1] < look.losses[-SWING:][0])


def without_last_step(look: Look) -> str | None:
    """A step before this one, of an expression: between batches the loss goes up and down."""
    if look.climbs:
        return CLIMBS
    if look.run.has_data:
        return "batches differ, so one step says little"
    return None if len(look.losses) > 1 else "this is the first iteration"


COURSE = (
    Check("the loss falls", ("learns",), _falls, short_window),
    Check("the last step", ("large_steps", "learns"), _last_step, without_last_step),
    Check("what is left to learn", ("finished",), _done, without_fit),
    Check("the loss moves", ("standstill",), _stands, not_long),
    Check("test beside training", ("overfits",), _overfits, without_test),
    PENALTY,
)
