"""What `backscope.watch` costs a loop, by processor time: the hooks in every iteration, and each recording.

`python -m tests.app.watched.cost`: an iteration alone, one that is watched and not recorded, and one that is recorded,
in one process. A recording is so short that on a busy machine only its own time tells, not that of a loop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import backscope

EVERY, TURNS, BATCH = 50, 25, 64
SHORT = 20  # times as many short blocks
NEVER = 10**6


def main(turns: int = TURNS) -> None:
    """Print what watching adds to a 784-128-64-10 loop.

    What the hooks take does not depend on sizes, so it is measured on the same loop with nets of two units, where it
    can be seen: many short blocks, watched and not turn about, the best tenth of each.
    """
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    hooks = _hooks(turns * SHORT)
    loop, model, optimizer = _loop([784, 128, 64, 10])
    loop(20)
    alone, recorded = [], []
    for _ in range(turns):
        alone.append(_milliseconds(loop, 20))
        with backscope.watch(model, optimizer, every=1):
            loop(1)
            recorded.append(_milliseconds(loop, 4))
    one, kept = _best(alone), _best(recorded)
    added = hooks + (kept - one) / EVERY
    print(
        f"{one:.3f} ms an iteration alone, {kept:.3f} recorded, hooks {hooks:.3f}; every {EVERY}th adds "
        f"{100 * added / one:.1f} %, {100 * hooks / one:.1f} % of it hooks"
    )


def _hooks(turns: int) -> float:
    """Milliseconds that watching adds to an iteration that is not recorded."""
    plain, watched = _loop([2, 2, 2, 10]), _loop([2, 2, 2, 10])
    alone, idle = [], []
    with backscope.watch(*watched[1:], every=NEVER):
        watched[0](1)  # which is recorded
        for _ in range(turns):
            alone.append(_milliseconds(plain[0], 8))
            idle.append(_milliseconds(watched[0], 8))
    return _best(idle) - _best(alone)


def _best(found: list[float]) -> float:
    """A tenth are better: the very best of a busy machine is luck."""
    return sorted(found)[len(found) // 10]


def _milliseconds(loop: Callable[[int], None], steps: int) -> float:
    begin = time.process_time()
    loop(steps)
    return 1000 * (time.process_time() - begin) / steps


def _loop(sizes: list[int]) -> tuple[Callable[[int], None], Any, Any]:
    import torch
    from torch import nn

    x, y = torch.randn(BATCH, sizes[0]), torch.randint(0, 10, (BATCH,))
    layers: list[Any] = []
    for a, b in pairwise(sizes):
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
