"""The same nets in PyTorch, where it is installed: as anyone would write them, on one thread."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from engine import Run
from tests.benchmarks._straight import Case

torch.set_num_threads(1)

_ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "identity": nn.Identity}
_LOSSES = {"mse": nn.MSELoss, "bce_with_logits": nn.BCEWithLogitsLoss, "cross_entropy": nn.CrossEntropyLoss}


class Training:
    """A net with its data, loss and optimizer."""

    def __init__(self, case: Case, run: Run) -> None:
        self.inputs, self.targets = torch.tensor(run.inputs), torch.tensor(run.targets)
        kinds = [case.output if i == case.last else case.activation for i in case.layers]
        self.layers = [nn.Linear(case.sizes[i - 1], case.sizes[i], dtype=self.inputs.dtype) for i in case.layers]
        self.activations = [_ACTIVATIONS[kind]() for kind in kinds]
        self.loss = _LOSSES[case.loss]()
        self.parameters = [p for layer in self.layers for p in layer.parameters()]
        self.optimizer = _optimizer(case, self.parameters)
        self.batches = [torch.tensor(run.batches.indices(t)) for t in range(64)]

    def forward(self, rows: Any) -> tuple[list[Any], Any]:
        """Every z and a, and the loss."""
        values = [self.inputs[rows]]
        for layer, activation in zip(self.layers, self.activations, strict=True):
            values.append(layer(values[-1]))
            values.append(activation(values[-1]))
        return values, self.loss(values[-1], self.targets[rows])

    def iteration(self, rows: Any) -> None:
        self.optimizer.zero_grad()
        self.forward(rows)[1].backward()
        self.optimizer.step()

    def traced(self, rows: Any) -> bytes:
        """One iteration with every value, gradient and new parameter as JSON."""
        self.optimizer.zero_grad()
        values, loss = self.forward(rows)
        for value in values[1:]:
            value.retain_grad()
        before = [p.tolist() for p in self.parameters]
        loss.backward()
        self.optimizer.step()
        shown = [v.tolist() for v in values] + [v.grad.tolist() for v in values[1:]]
        shown += before + [p.grad.tolist() for p in self.parameters] + [p.tolist() for p in self.parameters]
        return json.dumps([loss.item(), *shown]).encode()


def _optimizer(case: Case, parameters: list[Any]) -> Any:
    if case.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=case.rate)
    return torch.optim.SGD(parameters, lr=case.rate, momentum=0.9 if case.optimizer == "momentum" else 0)


def training_of(case: Case, run: Run) -> Callable[[int], None]:
    """Trains for a number of iterations."""
    training = Training(case, run)

    def work(count: int) -> None:
        for i in range(count):
            training.iteration(training.batches[i % len(training.batches)])

    return work


def of_training(model: Any, optimizer: Any, run: Run) -> Callable[[int], None]:
    """Trains a classifier on a run's data and batches for a number of iterations."""
    inputs, targets = torch.tensor(run.inputs), torch.tensor(run.targets)
    batches, loss = [torch.tensor(run.batches.indices(t)) for t in range(64)], nn.CrossEntropyLoss()

    def work(count: int) -> None:
        for i in range(count):
            rows = batches[i % len(batches)]
            optimizer.zero_grad()
            loss(model(inputs[rows]), targets[rows]).backward()
            optimizer.step()

    return work


def traced_by_torch(case: Case, run: Run) -> Callable[[], bytes]:
    """Makes the JSON of one iteration."""
    training = Training(case, run)
    return lambda: training.traced(training.batches[0])
