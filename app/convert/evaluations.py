"""Predictions and scores over whole sets in the wire's form."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from app.http.problems import Problem, over_limit
from app.http.responses import Answer
from app.runs.workers import Ticket
from app.settings import Limits
from app.wire.forms import Array, Series
from engine.analysis.evaluation import BatchScore, Score, evaluate, predict
from engine.run.run import Run


def predictions(run: Run, t: int, rows: Any, limits: Limits, ticket: Ticket) -> Answer:
    """The model's outputs before an iteration for rows of raw inputs."""
    inputs = matrix(rows, "inputs")
    if len(inputs) > limits.predict_rows:
        raise over_limit("predict_rows", limits.predict_rows, f"{len(inputs)} rows", "inputs")
    outputs = predict(run, t, inputs, ticket)
    return Answer({"iteration": t, "outputs": outputs}, {"outputs": outputs}, {"run": run.config.id})


def matrix(rows: Any, path: str) -> Array:
    """Rows of numbers as an array.

    Raises: Problem if they are not rows of equally many numbers.
    """
    listed = isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows)
    flat = [cell for row in rows for cell in row] if listed else []
    if not listed or len({len(row) for row in rows}) > 1 or not {type(c) for c in flat} <= {int, float}:
        raise Problem(422, "shape", f"{path} is a list of equally long rows of numbers", path)
    return np.array(flat, np.float64).reshape(len(rows), -1)


def evaluation(run: Run, t: int, ticket: Ticket) -> Answer:
    """Scores of the training set, the test set and the batch."""
    found = evaluate(run, t, ticket)
    return Answer(
        {
            "iteration": found.iteration,
            "train": _score(found.train),
            "test": _score(found.test) if found.test else None,
            "batch": _batch(found.batch),
        }
    )


def _score(score: Score) -> dict[str, Any]:
    return asdict(score) | {"confusion": None if score.confusion is None else score.confusion.tolist()}


def _batch(batch: BatchScore) -> dict[str, Any]:
    return {
        "losses": None if batch.losses is None else Series(batch.losses),
        "labels": None if batch.labels is None else Series(batch.labels.astype(np.int64)),
        "predicted": None if batch.predicted is None else Series(batch.predicted),
        "probabilities": batch.probabilities,
    }
