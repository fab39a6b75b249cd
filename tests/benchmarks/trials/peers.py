"""The benchmark's search as others do it: as many trials, updates and rows, one split, nothing ended early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from engine.ops.core.op import Array
from engine.run.run import Run
from tests.benchmarks._straight import Case, straight

Work = Callable[[int], object]  # does so many trials
NEEDS = {"scikit-learn": ("sklearn",), "Optuna with PyTorch": ("optuna", "torch"), "plain loop in PyTorch": ("torch",)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a trial is: a run whose net is 2-8-8-1, trained by Adam for some iterations, at one of some rates.

    activation: of the hidden layers, for scikit-learn.
    """

    run: Run
    iterations: int
    batch: int
    rates: Sequence[float]
    cores: int
    activation: str = "tanh"

    @property
    def batches(self) -> list[Array]:
        """The rows of every iteration."""
        return list(self.run.batches.between(0, self.iterations))


def missing(name: str) -> list[str]:
    """Libraries that a peer needs and that are not installed."""
    return [library for library in NEEDS.get(name, ()) if find_spec(library) is None]


def peers(asked: Asked) -> dict[str, Callable[[], Work]]:
    """By name what makes the work, so that a library is imported only where it is there."""
    return {
        "plain loop in numpy": lambda: by_numpy(asked),
        "plain loop in PyTorch": lambda: by_torch(asked),
        "Optuna with PyTorch": lambda: by_optuna(asked),
        "scikit-learn": lambda: by_sklearn(asked),
    }


def by_numpy(asked: Asked) -> Work:
    """One rate after the other in straight-line numpy that nobody could look into; the set is not evaluated."""
    run, batches = asked.run, [rows for rows in asked.batches if len(rows) == asked.batch]
    batches = [batches[i % len(batches)] for i in range(asked.iterations)]

    def work(trials: int) -> None:
        for rate in asked.rates[:trials]:
            case = Case(
                "", (2, 8, 8, 1), "tanh", "identity", "bce_with_logits", "adam", rate, asked.batch, len(run.inputs)
            )
            straight(case, run.inputs, run.targets)(batches, 0)

    return work


def by_torch(asked: Asked) -> Work:
    """One rate after the other, as anyone would write it."""
    loss = _torch_trial(asked)
    return lambda trials: [loss(rate) for rate in asked.rates[:trials]]


def by_optuna(asked: Asked) -> Work:
    """Its random sampler around the same loop."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    loss = _torch_trial(asked)

    def objective(trial: Any) -> float:
        return loss(trial.suggest_float("rate", asked.rates[0], asked.rates[-1], log=True))

    def work(trials: int) -> None:
        optuna.create_study(sampler=optuna.samplers.RandomSampler(0)).optimize(objective, n_trials=trials)

    return work


def _torch_trial(asked: Asked) -> Callable[[float], float]:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    x, y, test_x, test_y = map(torch.tensor, (*asked.run.fitting.rows(False), *asked.run.fitting.rows(True)))
    batches = [torch.tensor(rows) for rows in asked.batches]

    def trained(rate: float) -> float:
        sizes = ((2, 8), (8, 8), (8, 1))
        dense = [nn.Linear(*size, dtype=x.dtype) for size in sizes]
        net = nn.Sequential(dense[0], nn.Tanh(), dense[1], nn.Tanh(), dense[2])
        loss, optimizer = nn.BCEWithLogitsLoss(), torch.optim.Adam(net.parameters(), rate)
        for rows in batches:
            optimizer.zero_grad()
            loss(net(x[rows]), y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            return float(loss(net(test_x), test_y))

    return trained


def by_sklearn(asked: Asked) -> Work:
    """RandomizedSearchCV over MLPClassifier on all cores: no early end, no refit."""
    from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV
    from sklearn.neural_network import MLPClassifier

    run, batch = asked.run, asked.batch
    rows = np.concatenate([run.inputs, run.test_inputs])
    labels = np.concatenate([run.targets, run.test_targets]).ravel().astype(int)
    split = PredefinedSplit([-1] * len(run.inputs) + [0] * len(run.test_inputs))
    epochs = -(-asked.iterations // -(-len(run.inputs) // batch))
    settings = {"activation": asked.activation, "batch_size": batch, "max_iter": epochs}
    net = MLPClassifier((8, 8), tol=0, n_iter_no_change=epochs, **settings)

    def work(trials: int) -> None:
        rates = {"learning_rate_init": list(asked.rates[:trials])}
        RandomizedSearchCV(
            net, rates, n_iter=trials, cv=split, n_jobs=asked.cores, refit=False, scoring="neg_log_loss"
        ).fit(rows, labels)

    return work
