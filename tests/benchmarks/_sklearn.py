"""The nets as scikit-learn trains them: what it calls an MLP, with as much of a case as it can do."""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from engine import Run
from tests.benchmarks._cases import full_batches
from tests.benchmarks._straight import Case
from tests.benchmarks._timing import Work


def training_of(case: Case, run: Run) -> Work:
    """One `partial_fit` an iteration; outputs are always linear where targets are numbers."""
    kind = MLPRegressor if case.loss == "mse" else MLPClassifier
    model = kind(
        hidden_layer_sizes=case.sizes[1:-1],
        activation=case.activation,
        solver="adam" if case.optimizer == "adam" else "sgd",
        alpha=0.0,
        batch_size=case.batch,
        learning_rate_init=case.rate,
        momentum=0.9 if case.optimizer == "momentum" else 0.0,
    )
    targets = run.targets.ravel()
    classes = {} if case.loss == "mse" else {"classes": np.unique(targets)}
    batches = full_batches(case, run)

    def work(count: int) -> None:
        for i in range(count):
            rows = batches[i % len(batches)]
            model.partial_fit(run.inputs[rows], targets[rows], **classes)

    return work
