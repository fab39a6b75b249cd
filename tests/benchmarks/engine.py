"""How fast the engine trains beside straight-line numpy that can show nothing, and how fast a trace gets on the wire.

Everything is measured in turn, a little of each at a time, so that a busy machine slows all alike: what counts is the
ratio. One BLAS thread by default (`OPENBLAS_NUM_THREADS` says otherwise): two are slower on arrays as small as most of
these. `--large` adds W5. PyTorch is measured where it is installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from statistics import median
from time import process_time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported

import numpy as np

from app.wire import dumps, to_safetensors
from engine import Run, RunConfig, Store
from engine.run import STRIDE
from tests.benchmarks._straight import CASES, Case, straight

ROUNDS = 9
SECONDS = 0.03  # about how long one candidate runs before it is the next one's turn
Work = Callable[[int], Any]  # does this many iterations


def main() -> None:
    """Prints the tables."""
    names = [name for name in CASES if name != "W5" or "--large" in sys.argv]
    print("microseconds per iteration: engine, straight-line numpy, their ratio" + (", PyTorch" if torch() else ""))
    for name in names:
        for dtype in ("float64", "float32"):
            print(training(CASES[name], dtype), flush=True)
    if torch():
        print("\nmicroseconds per iteration, or forward and backward: engine, PyTorch, their ratio")
        for line in beside_torch():
            print(line, flush=True)
    print("\njump of 10,000 iterations on W1, seconds:", f"{jump(CASES['W1']):.3f}")
    print("\nmicroseconds for the trace of one iteration: all values, + JSON, + safetensors")
    for name in ("W1", "W4"):
        print(tracing(CASES[name]), flush=True)


def torch() -> bool:
    return find_spec("torch") is not None


def config(case: Case, dtype: str) -> dict[str, Any]:
    """The case as a run's configuration, on random data."""
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(case.rows, case.sizes[0]))
    labels = rng.integers(0, max(case.sizes[-1], 2), case.rows)
    targets = labels if case.loss == "cross_entropy" else labels[:, None].astype(float)
    optimizer = {"type": "sgd", "momentum": 0.9} if case.optimizer == "momentum" else {"type": case.optimizer}
    return {
        "dtype": dtype,
        "data": {"inputs": inputs.tolist(), "targets": targets.tolist()},
        "batch_size": case.batch,
        "layers": [
            {"units": units, "activation": case.output if i == case.last else case.activation}
            for i, units in enumerate(case.sizes[1:], 1)
        ],
        "loss": case.loss,
        "optimizer": optimizer | {"learning_rate": case.rate},
    }


def training(case: Case, dtype: str) -> str:
    """One line: the medians of all who take part, the first two also divided."""
    run = Run(RunConfig.from_dict(config(case, dtype)))
    works = [of_engine(run), of_numpy(case, run)]
    if torch():
        from tests.benchmarks._peers import of_torch

        works.append(of_torch(case, run))
    ours, theirs, *others = in_turn(works)
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    columns = [f"{median(times):9.1f}" for times in (ours, theirs)]
    return " ".join([f"{case.name} {dtype}", *columns, f"{ratio:7.2f}", *(f"{median(t):9.1f}" for t in others)])


def beside_torch() -> Iterator[str]:
    """A line for every layer with windows or attention, and for small nets of them."""
    from tests.benchmarks._layers import net, pieces, torch_net

    for dtype in ("float64", "float32"):
        runs = [(f"net of images, 32x{side}x{side} {dtype}", net(side, dtype)) for side in (28, 8)]
        for name, works in [(name, [of_engine(run), torch_net(run)]) for name, run in runs] + pieces(dtype):
            ours, theirs = in_turn(works)
            ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
            yield f"{name:40} {median(ours):9.1f} {median(theirs):9.1f} {ratio:7.2f}"


def of_engine(run: Run) -> Work:
    """Strides of the fast path, with all that a jump does: state in, iterations, state out and kept."""
    start = run.initial_state()

    def work(count: int) -> None:
        state = start
        for at in range(0, count, STRIDE):
            _, state = run.advance(at, min(at + STRIDE, count), state)

    return work


def of_numpy(case: Case, run: Run) -> Work:
    targets = np.eye(case.sizes[-1])[run.targets] if case.loss == "cross_entropy" else run.targets
    train = straight(case, run.inputs, np.ascontiguousarray(targets, run.dtype))
    full = [t for t in range(4 * STRIDE) if run.batches.size_at(t) == case.batch]
    batches = [run.batches.indices(t) for t in full]

    def work(count: int) -> None:
        with np.errstate(all="ignore"):
            for at in range(0, count, len(batches)):
                train(batches[: count - at], at)

    return work


def in_turn(works: Sequence[Work]) -> list[list[float]]:
    """Microseconds per iteration of each, `ROUNDS` times, one after the other in every round."""
    counts = [enough(work) for work in works]
    rounds = [[clock(work, count) for work, count in zip(works, counts, strict=True)] for _ in range(ROUNDS)]
    return [list(times) for times in zip(*rounds, strict=True)]


def enough(work: Work) -> int:
    """How many iterations take about `SECONDS`; finding out also warms up."""
    count = 1
    clock(work, count)
    while clock(work, count) * count / 1e6 < SECONDS:
        count *= 2
    return count


def clock(work: Work, count: int) -> float:
    start = process_time()
    work(count)
    return (process_time() - start) / count * 1e6


def jump(case: Case) -> float:
    """From nothing to iteration 10,000, batches drawn anew."""

    def work(_: int) -> None:
        Run(parsed).state_at(10_000)

    parsed = RunConfig.from_dict(config(case, "float64"))
    return median(clock(work, 1) for _ in range(ROUNDS)) / 1e6


def tracing(case: Case) -> str:
    """One line: a trace by itself, with its JSON, with its safetensors; then PyTorch's own way with hooks and lists."""
    run = Run(RunConfig.from_dict(config(case, "float64")), Store(max_bytes=0))
    state = run.initial_state()

    def repeated(make: Callable[[], object]) -> Work:
        def work(count: int) -> None:
            for _ in range(count):
                make()

        return work

    makes: list[Callable[[], object]] = [
        lambda: run._trace(0, state),
        lambda: dumps(dict(run._trace(0, state))),
        lambda: to_safetensors(dict(run._trace(0, state)), {}),
    ]
    if torch():
        from tests.benchmarks._peers import traced_by_torch

        makes.append(traced_by_torch(case, run))
    return " ".join([case.name, *(f"{median(times):9.1f}" for times in in_turn([repeated(make) for make in makes]))])
