"""What `backscope.watch` costs a loop: both in one process, turn about. `python -m tests.app.watched.cost`."""

from __future__ import annotations

import time
from itertools import pairwise
from statistics import median
from typing import Any

import backscope

EVERY, STEPS, TURNS, BATCH = 50, 500, 7, 64


def main() -> None:
    """Print the ratio of a watched 784-128-64-10 loop's time to the same loop's alone."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    x, y = torch.randn(BATCH, 784), torch.randint(0, 10, (BATCH,))
    alone, watched = [], []
    for _ in range(TURNS):
        alone.append(_seconds(x, y, None))
        watched.append(_seconds(x, y, EVERY))
    ratios = [b / a for a, b in zip(alone, watched, strict=True)]
    print(
        f"{STEPS} steps of 784-128-64-10, batch {BATCH}: {median(alone):.3f} s alone, {median(watched):.3f} s watched"
    )
    print(f"ratio of the best times {min(watched) / min(alone):.3f}, median of the ratios {median(ratios):.3f}")


def _seconds(x: Any, y: Any, every: int | None) -> float:
    import torch
    from torch import nn

    sizes = [784, 128, 64, 10]
    layers: list[Any] = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    optimizer, loss_of = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()

    def loop() -> None:
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss_of(model(x), y).backward()
            optimizer.step()

    begin = time.process_time()
    if every is None:
        loop()
    else:
        with backscope.watch(model, optimizer, every=every):
            loop()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
