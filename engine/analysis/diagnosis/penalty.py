"""A penalty that holds the weights down against what the data ask for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.analysis.diagnosis.cures import anew
from engine.analysis.diagnosis.finding import Check, Cure, Finding, Result, Severity
from engine.analysis.diagnosis.finiteness import decay
from engine.analysis.diagnosis.look import POOR_ACCURACY, POOR_R2, Look, of_layers
from engine.analysis.diagnosis.words import answered, count, percent
from engine.analysis.layer_statistics import norm
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name, member_name, update_name
from engine.ops.core.op import Array
from engine.update.penalties import Regularization

OUTWEIGHS = 0.6  # the penalty's share of what pulls: in balance it is a half
BALANCED, OPPOSED = 0.45, 0.7  # a share, and a cosine with the gradient, at which the two hold each other
SHRUNK, GONE = 0.5, 0.1  # the weights over those that they started from
EARLY, PACE = 0.58, 1 / 500  # what is told before it has shrunk anything: a share, and of the norm in a step


@dataclass(frozen=True, slots=True)
class _Pull:
    """What pulls at the weights: the penalty and the loss, as vectors, and how far the weights have come.

    In AdamW each makes a step of its own; elsewhere they add up to one gradient, which then makes the step.
    """

    names: tuple[str, ...]
    penalty: Array
    loss: Array
    began: float
    size: float
    step: float

    @property
    def share(self) -> float:
        """Of the penalty, by norm."""
        return _share(norm(self.penalty), norm(self.loss))

    @property
    def opposed(self) -> float:
        """The cosine between the penalty's pull and the opposite of the loss's."""
        both = norm(self.penalty) * norm(self.loss)
        return -float(self.penalty @ self.loss) / both if both else 0.0

    @property
    def left(self) -> float:
        """The norm of the weights over that at the start."""
        return self.size / self.began if self.began else 1.0


def _share(pull: float, against: float) -> float:
    return pull / (pull + against) if pull + against else 0.0


def _pull(look: Look) -> _Pull:
    names = tuple(w for weights in look.weights for w in weights.trained if w.endswith("weight") or "weight_" in w)
    traced, l1, l2 = look.traced, _strengths(look)["L1"], decay(look)
    start = look.run.state_at(0, look.cancelled).parameters

    def flat(value: Callable[[str], Array]) -> Array:
        return np.concatenate([value(name).ravel() for name in names] or [np.zeros(0)])

    weights, step = flat(lambda w: traced[w]), flat(lambda w: traced[update_name(w)])
    if _decoupled(look, names):
        penalty = -flat(lambda w: traced[member_name(w, "decay")])
        loss = -step - penalty
    else:
        penalty, loss = l2 * weights + l1 * np.sign(weights), flat(lambda w: traced[gradient_name(w)])
    began = norm(flat(lambda w: look.run.layout.view(start, w)))
    return _Pull(names, penalty, loss, began, norm(weights), norm(step))


def _decoupled(look: Look, names: tuple[str, ...]) -> bool:
    """Whether the decay is a step of its own, as in AdamW, and the only penalty."""
    alone = look.update.regularization is None
    return alone and all(member_name(name, "decay") in look.traced.table for name in names)


def _strengths(look: Look) -> dict[str, float]:
    spec, settings = look.update.regularization or Regularization(), look.update.optimizer.settings
    return {"L1": spec.l1, "L2": spec.l2, "weight decay": float(settings.get("weight_decay", 0.0))}


def _pulled(look: Look) -> Result:
    """The pull of the penalty beside that of the loss, and what is left of the weights."""
    pull = _pull(look)
    text = f"{percent(pull.share)} of the pull, weights {number(pull.left, 3)} of the start"
    told = _has_shrunk(look, pull) or _holds(look, pull) or _will_shrink(look, pull)
    return Result(text, pull.names, pull.share, pull.share, (told,) if told else ())


def _has_shrunk(look: Look, pull: _Pull) -> Finding | None:
    strong = pull.share > OUTWEIGHS
    if not (pull.left < GONE or (pull.left < SHRUNK and strong)):
        return None
    now = f", and makes {percent(pull.share)} of what pulls at them now" if strong else ""
    words = f"{_brought_down(look, pull)}{now}: they hold next to nothing of the data."
    return _too_strong(look, pull, "bad", words)


def _holds(look: Look, pull: _Pull) -> Finding | None:
    """Of a network that answers badly: the loss wants larger weights, and the penalty lets them go no further."""
    if pull.left >= SHRUNK or pull.share < BALANCED or pull.opposed < OPPOSED or not _poor(look):
        return None
    good = answered(look.fit or 0.0, look.labels is not None)
    words = (
        f"{_brought_down(look, pull)}, and makes {percent(pull.share)} of what pulls at them, against the loss, which "
        f"wants them larger: {good}."
    )
    return _too_strong(look, pull, "bad", words)


def _will_shrink(look: Look, pull: _Pull) -> Finding | None:
    """Told early, by the share of the pull and by rate times penalty, over all the rows that are looked at."""
    pace = _pace(look, pull)
    if look.t >= look.settled and not _poor(look):
        return None
    rows = norm(*(np.array([look.over_rows.get(name, 0.0)]) for name in pull.names))
    share = pull.share if _decoupled(look, pull.names) else _share(norm(pull.penalty), rows)
    if share < EARLY or not PACE <= pace < 1:
        return None
    half = math.ceil(math.log(0.5) / math.log1p(-pace))
    words = (
        f"The penalty ({_set(look)}) makes {percent(share)} of what pulls at the weights, and takes "
        f"{number(100 * pace, 2)}% of their norm away in a step: at that pace half of it is gone in "
        f"{count(half, 'iteration')}."
    )
    return _too_strong(look, pull, "warning", words)


def _pace(look: Look, pull: _Pull) -> float:
    """What the penalty takes away of the weights' norm in a step, as a share: of plain descent, rate times penalty."""
    if not pull.size:
        return 0.0
    if _decoupled(look, pull.names):
        return norm(pull.penalty) / pull.size
    if look.update.optimizer.type == "sgd":
        return look.rate * norm(pull.penalty) / pull.size
    return pull.share * pull.step / pull.size


def _poor(look: Look) -> bool:
    if look.t < look.settled or look.fit is None:
        return False
    return look.fit <= (POOR_ACCURACY if look.labels is not None else POOR_R2)


def _brought_down(look: Look, pull: _Pull) -> str:
    return (
        f"The penalty ({_set(look)}) has brought the norm of the weights from {number(pull.began, 3)} down to "
        f"{number(pull.size, 3)}"
    )


def _set(look: Look) -> str:
    return ", ".join(f"{name} = {number(value)}" for name, value in _strengths(look).items() if value)


def _too_strong(look: Look, pull: _Pull, severity: Severity, words: str) -> Finding:
    at = look.at(_of_penalty(look, pull.names[0]))
    return Finding("penalty_too_strong", severity, "The penalty is too strong", words, "update", at, _weaker(look))


def _of_penalty(look: Look, name: str) -> str:
    penalties = (member_name(name, part) for part in ("l2_grad", "l1_grad", "decayed_grad", "decay"))
    return next((value for value in penalties if look.traced.table.get(value) is not None), name)


def _weaker(look: Look) -> tuple[Cure, ...]:
    config = look.config.to_dict()
    changes: dict[str, object] = {}
    if config["regularization"]:
        given = config["regularization"]
        changes["regularization"] = {**given, "l1": given["l1"] / 100, "l2": given["l2"] / 100}
    if config["optimizer"].get("weight_decay"):
        changes["optimizer"] = {**config["optimizer"], "weight_decay": config["optimizer"]["weight_decay"] / 100}
    return (anew(look, "A hundredth of the penalty", "The loss then decides where the weights go.", **changes),)


def without_penalty(look: Look) -> str | None:
    """Where nothing pulls at weights but the loss."""
    if reason := of_layers(look):
        return reason
    spec = look.update.regularization
    if not (spec and (spec.l1 or spec.l2)) and not decay(look):
        return "no penalty is set"
    return None if any(weights.trained for weights in look.weights) else "nothing is trained"


PENALTY = Check("the penalty's pull", ("penalty_too_strong",), _pulled, without_penalty)
