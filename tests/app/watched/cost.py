"""What `backscope.watch` costs a loop, by processor time: the hooks in every iteration, and each recording.

`python -m tests.app.watched.cost`: an iteration alone, one that is watched and not recorded, and one that is recorded,
turn about in one process. A recording is so short that on a busy machine only its own time tells, not that of a loop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import backscope

EVERY, TURNS, BATCH = 50, 25, 64
NEVER = 10**6


def main(turns: int = TURNS) -> None:
    """Print what watching adds to a 784-128-64-10 loop."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    loop, model, optimizer = _loop()
    loop(20)
    alone, idle, recorded = [], [], []
    for _ in range(turns):
        alone.append(_milliseconds(loop, 20))
        with backscope.watch(model, optimizer, every=NEVER):
            loop(1)  # which is recorded
            idle.append(_milliseconds(loop, 20))
        with backscope.watch(model, optimizer, every=1):
            loop(1)
            recorded.append(_milliseconds(loop, 4))
    for name, of in (("median", median), ("best", min)):
        one, hooked, kept = of(alone), of(idle), of(recorded)
        added = (hooked - one) + (kept - hooked) / EVERY
        print(
            f"{name}: {one:.3f} ms an iteration alone, {hooked:.3f} with hooks, {kept:.3f} recorded; "
            f"every {EVERY}th adds {100 * added / one:.1f} %, {100 * (kept - one) / EVERY / one:.1f} % of it recording"
        )


def _milliseconds(loop: Callable[[int], None], steps: int) -> float:
    begin = time.process_time()
    loop(steps)
    return 1000 * (time.process_time() - begin) / steps


def _loop() -> tuple[Callable[[int], None], Any, Any]:
    import torch
    from torch import nn

    x, y = torch.randn(BATCH, 784), torch.randint(0, 10, (BATCH,))
    layers: list[Any] = []
    for a, b in pairwise([784, 128, 64, 10]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    optimizer, loss_of = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()

    def loop(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            loss_of(model(x), y).backward()
            optimizer.step()

    return loop, model, optimizer


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
