"""The batch's loss taken apart: what each sample's own loss is, and what it counts for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.analysis.evaluation import merged, merged_targets, row_losses
from engine.ops.core.op import Array
from engine.run.run import Run
from engine.run.trace import Trace


@dataclass(frozen=True, slots=True)
class SampleLosses:
    """The losses of a batch's samples, and what each is multiplied by in the loss of the batch.

    Formula: L = sum_n w_n l_n; of a mean w_n = 1/N, of a sum 1; with class weights those of the samples' classes
    """

    losses: Array
    weights: Array
    loss: float


def sample_losses(run: Run, traced: Trace) -> SampleLosses:
    """Every sample's own loss in the batch of an iteration; of a sequence over all of its positions."""
    prediction, targets = traced[run.prediction], traced["target"]
    rows, wanted = merged(run, prediction), merged_targets(run.fitting, targets)
    every, counted = row_losses(run, rows, wanted), _counted(run, rows, wanted)
    samples = len(prediction)
    weights = counted.reshape(samples, -1).sum(axis=1)
    with np.errstate(all="ignore"):
        losses = (every * counted).reshape(samples, -1).sum(axis=1) / weights
    return SampleLosses(losses, weights, float(traced["loss"]))


def mean_factor(run: Run, batch: int) -> float | None:
    """1/N where the loss of a batch is the plain mean of its samples' losses; None where it is anything else."""
    return 1 / batch if run.fitting.config.loss.is_plain_mean else None


def _counted(run: Run, prediction: Array, targets: Array) -> Array:
    """What each row counts for: all the same, or as much as the weight of its class."""
    loss = run.fitting.config.loss
    if loss.reduction != "mean":
        return np.ones(len(prediction))
    weight = loss.params.get("weight", 1.0)
    if np.ndim(weight) and targets.ndim == 1:
        own = np.asarray(weight, float)[targets]
        return np.asarray(own / own.sum())
    return np.full(len(prediction), 1 / len(prediction))
