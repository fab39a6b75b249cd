"""How good a run is at an iteration: loss, accuracy and confusion over whole sets, and its output on new inputs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from engine.execution.cancellation import Wanted, check
from engine.execution.interpreter import Values, replay
from engine.execution.state import State
from engine.foundation.errors import ShapeError
from engine.model.losses import estimates, predicted_classes, probabilities
from engine.ops.core.op import Array
from engine.run.memory_cost import rows_at_once
from engine.run.run import Run
from engine.run.supervised_task import Fitting
from engine.run.trace import Trace

ROWS = 1024  # evaluated at once at the most: more are no faster
LISTED = 2000  # rows up to which each one's own numbers are given


@dataclass(frozen=True, slots=True)
class Misses:
    """How far outputs are from targets that are numbers, in the targets' own unit: root mean square, and mean size."""

    root_mean_square: float
    mean_absolute: float


@dataclass(frozen=True, slots=True)
class Score:
    """One set's loss and, for classes, accuracy and confusion (rows: true, columns: predicted); else R², how far off it
    is in the targets' own unit, and outputs.

    outputs: (N, K), a row for each of the set; none for classes, and none for more than `LISTED` rows.
    """

    loss: float
    accuracy: float | None
    confusion: Array | None
    r2: float | None
    outputs: Array | None
    misses: Misses | None = None


@dataclass(frozen=True, slots=True)
class BatchScore:
    """The batch of an iteration, row by row: each row's own loss, and what it is taken for.

    losses: (N), none for more than `LISTED` rows; see `row_losses`.
    """

    losses: Array | None
    labels: Array | None
    predicted: Array | None
    probabilities: Array | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Training set, test set (none without one) and the batch, before the update of an iteration."""

    iteration: int
    train: Score
    test: Score | None
    batch: BatchScore


def outputs(run: Run, state: State, inputs: Array, value: str | None = None, cancelled: Wanted | None = None) -> Array:
    """What the model gives for input rows: its prediction, or any other forward value.

    Args:   inputs (N, D) in the model's units; value: for example ``dense1.a``.
    Raises: CancelledWorkError.
    """
    name = value or run.prediction
    return forward_values(run, state, inputs, [name], min(ROWS, rows_at_once(run.outline)), cancelled)[name]


def forward_values(
    run: Run,
    state: State,
    inputs: Array,
    names: Collection[str],
    rows: int | None = None,
    cancelled: Wanted | None = None,
) -> Values:
    """Some forward values for input rows, which go through the model in chunks.

    Args:   names: of the values to keep; rows: of a chunk, without it as many as memory is meant for.
    Raises: CancelledWorkError.
    """
    parts = []
    for chunk in _chunks(inputs, rows or rows_at_once(run.outline)):
        check(cancelled)
        found = _forward(run, state, chunk)
        parts.append({name: found[name] for name in names})
    return parts[0] if len(parts) == 1 else {name: np.concatenate([part[name] for part in parts]) for name in names}


def _chunks(inputs: Array, rows: int) -> list[Array]:
    return [inputs[i : i + rows] for i in range(0, max(len(inputs), 1), rows)]


def _forward(run: Run, state: State, inputs: Array) -> Values:
    program = run.evaluation_program(len(inputs))
    steps = [step for step in program.steps if step.phase == "forward"]
    known = {**parameters(run, state), **state.memory, **program.constants}
    return replay(steps, known, {"x": np.ascontiguousarray(inputs, run.fitting.model.input_dtype)})


def parameters(run: Run, state: State) -> Values:
    """The parameters of a state by name."""
    return {p.name: run.layout.view(state.parameters, p.name) for p in run.parameters}


def predict(run: Run, iteration: int, inputs: Array, cancelled: Wanted | None = None) -> Array:
    """The model's outputs before an iteration for raw inputs: the same scaling as the training data.

    Args:    inputs (M, D) in the units of the data.
    Returns: (M, units).
    Raises:  ShapeError if rows do not have D numbers; ConfigError for tokens that there are none of.
    """
    return outputs(run, run.state_at(iteration, cancelled), model_inputs(run, inputs), cancelled=cancelled)


def in_own_unit(run: Run, prediction: Array) -> Array | None:
    """What outputs say in the unit of the targets before these were moved and scaled; None where they were not.

    Formula: y s + m, with the targets' mean m and deviation s
    """
    mean, deviation = run.fitting.config.data.target_scale
    if run.data.task != "regression" or (mean, deviation) == (0.0, 1.0):
        return None
    with np.errstate(all="ignore"):
        return np.asarray(estimates(run.fitting.config.loss, prediction) * deviation + mean)


def model_inputs(run: Run, inputs: Array, path: str = "inputs") -> Array:
    """Raw inputs in the model's units: scaled as the training data were, tokens as whole numbers.

    Raises: as `predict`.
    """
    features = run.inputs.shape[1]
    if inputs.ndim != 2 or inputs.shape[1] != features:
        raise ShapeError(f"inputs are rows of {features} numbers; given shape {list(inputs.shape)}", path)
    scaled = (inputs - run.data.mean) / run.data.std
    return run.fitting.tokens(scaled, np.arange(len(scaled)), path) if run.fitting.takes_tokens else scaled


def mean_loss(run: Run, state: State, test: bool = False, cancelled: Wanted | None = None) -> float:
    """The loss over the whole training (or test) set, see `set_loss`."""
    inputs, targets = run.fitting.rows(test)
    return set_loss(run, outputs(run, state, inputs, cancelled=cancelled), targets)


def set_loss(run: Run, prediction: Array, targets: Array) -> float:
    """The loss over a whole set. A loss that is a sum is the set's times the share of it that a batch is.

    So the training set, the test set and a batch can be compared, whatever their sizes: a sum over all of 140 rows and
    one over 10 cannot. With one batch that is the whole training set, it is the batch's loss.

    Formula: L = B/N sum_n l_n, with B rows in a batch, N in the set; for a mean L = 1/N sum_n l_n
    """
    loss = _loss_of(run, prediction, targets)
    if run.fitting.config.loss.reduction == "mean":
        return loss
    return loss * (run.batches.size / len(prediction))


def _loss_of(run: Run, prediction: Array, targets: Array) -> float:
    return mean_loss_of(run, merged(run, prediction), merged_targets(run.fitting, targets))


def mean_loss_of(run: Run, prediction: Array, targets: Array) -> float:
    """The loss of outputs, both as rows."""
    loss = run.fitting.config.loss
    with np.errstate(all="ignore"):
        return float(loss.op(targets.shape).forward(prediction, targets, **loss.params))


def merged(run: Run, prediction: Array) -> Array:
    """Outputs as rows: those of sequences with every position a row of its own."""
    return prediction.reshape(-1, prediction.shape[-1])


def merged_targets(fitting: Fitting, targets: Array) -> Array:
    """Targets as rows, like the outputs."""
    positions = len(fitting.outline.shapes[fitting.outline.prediction]) == 3
    return targets.reshape(-1, *targets.shape[2:]) if positions else targets


def row_losses(run: Run, prediction: Array, targets: Array) -> Array:
    """The loss of every row by itself: the loss op on a batch of that one row.

    Their mean is the loss of the batch where the loss is a mean, and their sum where it is a sum. With class weights
    that mean is a weighted one, of rows that are not: alone, a row has nothing to be weighed against.

    Formula: l_n = L(y_n, t_n); L = sum_n w_n l_n / sum_n w_n, with w_n = 1 if classes have no weights
    Args:    prediction (N, K); targets (N, K), or (N) class indices.
    Returns: (N), float64.
    """
    rows = range(len(prediction))
    return np.array([_loss_of(run, prediction[i : i + 1], targets[i : i + 1]) for i in rows])


def evaluate(run: Run, iteration: int, cancelled: Wanted | None = None) -> Evaluation:
    """The scores of the training set, the test set and the batch of an iteration, before its update."""
    has_test, state = len(run.test_inputs) > 0, run.state_at(iteration, cancelled)
    test = score(run, state, test=True, cancelled=cancelled) if has_test else None
    train = score(run, state, cancelled=cancelled)
    return Evaluation(iteration, train, test, _batch(run, run.trace_at(iteration, cancelled)))


def score(run: Run, state: State, test: bool = False, cancelled: Wanted | None = None) -> Score:
    """Loss, and accuracy or R² and outputs, over the training (or test) set."""
    inputs, targets = run.fitting.rows(test)
    prediction = outputs(run, state, inputs, cancelled=cancelled)
    return score_of(run, prediction, set_loss(run, prediction, targets), test)


def score_of(run: Run, prediction: Array, loss: float, test: bool = False) -> Score:
    """The same of outputs over the whole set, and their loss."""
    _, targets = run.fitting.rows(test)
    if run.data.task == "regression":
        told = estimates(run.fitting.config.loss, prediction)
        return Score(loss, None, None, _r2(told, targets), _listed(prediction), _misses(run, told, targets))
    labels = run.data.test_labels if test else run.data.train_labels
    assert labels is not None, "a classification has labels"
    labels, predicted = labels.reshape(-1), classes_of(run, merged(run, prediction))
    confusion = np.zeros((len(run.classes),) * 2, np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    return Score(loss, float(np.mean(labels == predicted)), confusion, None, None)


def classes_of(run: Run, prediction: Array) -> Array:
    """The class that each row of outputs stands for."""
    config = run.fitting.config
    last = config.layers[-1].output_activation
    found = predicted_classes(config.loss, last, prediction, len(run.classes))
    assert found is not None, "classes_of is asked of classifications only"
    return found


def _r2(prediction: Array, targets: Array) -> float | None:
    """1 - sum of squared errors / sum of squares around the mean; none if the targets are all the same."""
    with np.errstate(all="ignore"):
        spread = float(np.sum((targets - targets.mean(axis=0)) ** 2))
        return 1 - float(np.sum((targets - prediction) ** 2)) / spread if spread else None


def _misses(run: Run, prediction: Array, targets: Array) -> Misses:
    """Formula: s sqrt(1/NK sum_nk (y_nk - t_nk)^2) and s/NK sum_nk |y_nk - t_nk|; s is what targets were divided by."""
    with np.errstate(all="ignore"):
        off = prediction - targets
        scale = run.fitting.config.data.target_scale[1]
        return Misses(float(np.sqrt(np.mean(off**2)) * scale), float(np.mean(np.abs(off)) * scale))


def _listed(rows: Array) -> Array | None:
    return rows if len(rows) <= LISTED else None


def _batch(run: Run, traced: Trace) -> BatchScore:
    outputs = traced[traced.program.prediction]
    prediction = merged(run, outputs)
    config = run.fitting.config
    chances = probabilities(config.loss, config.layers[-1].output_activation, prediction)
    losses = row_losses(run, outputs, traced["target"]) if len(outputs) <= LISTED else None
    if run.data.train_labels is None:
        return BatchScore(losses, None, None, chances)
    labels = run.data.train_labels[traced["batch.indices"]].reshape(-1)
    return BatchScore(losses, labels, classes_of(run, prediction), chances)
