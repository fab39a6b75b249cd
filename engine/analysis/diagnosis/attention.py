"""Attention whose softmax has nearly one winner a row, so that hardly any gradient reaches its scores."""

from __future__ import annotations

import numpy as np

from engine.analysis.diagnosis.cures import random_weights
from engine.analysis.diagnosis.finding import Check, Finding, Result
from engine.analysis.diagnosis.look import Look, of_layers
from engine.analysis.diagnosis.units import SHUT
from engine.analysis.diagnosis.words import answered, listed, percent
from engine.explain.blocks import layer_title
from engine.model.activations import NEARLY_FLAT
from engine.ops.core.op import Array
from engine.program.program import Step

RIGHT = 0.9  # share of right answers, or R², from which on one winner a row is what was to be learned


def _steps(look: Look) -> list[Step]:
    return [step for step in look.forward if step.op == "attention_weights"]


def flat_rows(weights: Array, causal: bool) -> float:
    """The share of rows in which every slope α(1 - α) is below `NEARLY_FLAT`: one place has nearly all the weight.

    Args: weights (..., T, S): rows sum to 1; causal: the first row has one place only, and is left out.
    """
    choices = weights[..., 1:, :] if causal else weights
    steepest = (choices * (1 - choices)).max(axis=-1)
    return float(np.mean(steepest < NEARLY_FLAT))


def _attention(look: Look) -> Result:
    """One winner a row is what attention may have learned: it is a fault while the answers are wrong."""
    steps = {step.output: step for step in _steps(look)}
    shares = {value: flat_rows(look.traced[value], bool(step.params["causal"])) for value, step in steps.items()}
    low, high = min(shares.values()), max(shares.values())
    rests_on = tuple(steps)
    text = f"one place has nearly all the weight in {percent(high)} of a layer's rows at the most"
    fit = look.fit
    flat = {value: share for value, share in shares.items() if share >= SHUT}
    if not flat or fit is None or fit >= RIGHT:
        return Result(text, rests_on, low, high)
    names = [f"{percent(share)} of the rows of {layer_title(steps[value].layer)}" for value, share in flat.items()]
    words = (
        f"In {listed(names, 'layers')} one place has nearly all the weight: every slope of the softmax is below "
        f"{NEARLY_FLAT} there, so hardly any gradient reaches the scores, and "
        f"{answered(fit, look.labels is not None)}."
    )
    cure = random_weights(
        look, tuple(steps[value].layer for value in flat), "Scores of this size leave every place a share."
    )
    at = look.at(next(iter(flat)))
    found = Finding("saturated_units", "warning", "Saturated attention", words, "forward", at, (cure,))
    return Result(text, rests_on, low, high, (found,))


def without_attention(look: Look) -> str | None:
    """Where no row of attention weights has more than one place."""
    if reason := of_layers(look):
        return reason
    if not _steps(look):
        return "no layer attends"
    return None if all(step.shape[-1] > 1 for step in _steps(look)) else "there is one place to attend to"


ATTENTION = (Check("attention weights leave a choice", ("saturated_units",), _attention, without_attention),)
