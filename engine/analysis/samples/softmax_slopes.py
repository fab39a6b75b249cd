"""What two losses send to the scores of one sample behind a softmax: cross-entropy beside squared error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.config.run_config import RunConfig
from engine.execution.cancellation import Wanted
from engine.foundation.errors import ConfigError
from engine.ops.core.op import Array
from engine.run.run import Run


@dataclass(frozen=True, slots=True)
class SoftmaxSlopes:
    """One sample with K classes: scores z and probabilities p (K,), both slopes in z (K,), the cross-entropy."""

    scores: Array
    probabilities: Array
    cross_entropy: Array
    squared_error: Array
    loss: float


def softmax_slopes(scores: Array, right: int) -> SoftmaxSlopes:
    """The slopes of cross-entropy and of squared error in the scores of a sample of the class `right`.

    Formula: p = softmax(z); d = p - y; dl/dz = d for l = -ln p_t; dl/dz_i = 2 p_i (d_i - sum_j d_j p_j) for |p - y|^2.
    Args:    scores (K,).
    Source:  Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs".
    """
    shifted = scores - scores.max()
    loss = np.log(np.exp(shifted).sum()) - shifted[right]
    p = np.exp(shifted - np.log(np.exp(shifted).sum()))
    d = p.copy()
    d[right] -= 1
    return SoftmaxSlopes(scores, p, d, 2 * p * (d - d @ p), float(loss))


def slopes_of_sample(
    run: Run, iteration: int, sample: int, until: int, wanted: Wanted | None = None
) -> Iterator[SoftmaxSlopes]:
    """What becomes of a sample of an iteration's batch: its slopes with the parameters of iterations 0 to `until`.

    Raises: ConfigError unless the run tells classes apart by a softmax; CancelledWorkError.
    """
    config = run.config
    loss = config.loss.type if isinstance(config, RunConfig) else "an expression"
    if loss != "cross_entropy":
        raise ConfigError(f"two slopes behind a softmax are those of cross_entropy; given {loss}", "loss")
    row = run.batches.indices(iteration)[sample : sample + 1]
    right = int(np.ravel(run.targets[row])[0])
    for t in range(until + 1):
        yield softmax_slopes(np.array(run.trace_of_rows(t, row, wanted)[run.prediction][0]), right)
