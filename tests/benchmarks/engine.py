"""How fast the engine trains beside straight-line numpy that can show nothing, and how fast a trace gets on the wire.

Everything is measured in turn, a little of each at a time, so that a busy machine slows all alike: what counts is the
ratio. One BLAS thread by default (`OPENBLAS_NUM_THREADS` says otherwise): two are slower on arrays as small as most of
these. Of PyTorch, JAX and scikit-learn, what is installed is measured too. Times are those of the processor.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported

import numpy as np

from app.convert.traces import whole_trace
from app.http.responses import encode
from app.wire.json_numbers import JSON, SAFETENSORS
from engine import Run, RunConfig, Store
from engine.run.checkpoints import STRIDE
from tests.benchmarks import _past
from tests.benchmarks._cases import config, full_batches, of_engine
from tests.benchmarks._straight import CASES, Case, straight
from tests.benchmarks._timing import Work, in_turn, ratio, repeated

PEERS = {"PyTorch": ("torch", "_peers"), "JAX": ("jax", "_jax"), "scikit-learn": ("sklearn", "_sklearn")}
TYPES = ("float64", "float32")


def main() -> None:
    """Prints the tables."""
    peers = {name: module for name, (package, module) in PEERS.items() if find_spec(package)}
    for table in (training(peers), layers("PyTorch" in peers), tracing("PyTorch" in peers), past()):
        for line in table:
            print(line, flush=True)
        print()


# --- training --------------------------------------------------------------------------------------------------------


def training(peers: dict[str, str]) -> Iterator[str]:
    """A line for every case and type: medians of all who take part, and how often the second goes into the first."""
    columns = ["engine", "straight", "ratio", *peers]
    yield "microseconds per iteration  " + "".join(f"{name:>13}" for name in columns)
    makers = [import_module(f"tests.benchmarks.{module}").training_of for module in peers.values()]
    for case in CASES.values():
        for dtype in TYPES:
            run = Run(RunConfig.from_dict(config(case, dtype)))
            ours, theirs, *others = in_turn(
                [of_engine(run), of_numpy(case, run), *(make(case, run) for make in makers)]
            )
            numbers = [median(ours), median(theirs), ratio(ours, theirs), *map(median, others)]
            yield f"{case.name} {dtype:25}" + "".join(f"{n:13.2f}" for n in numbers)


def of_numpy(case: Case, run: Run) -> Work:
    targets = np.eye(case.sizes[-1])[run.targets] if case.loss == "cross_entropy" else run.targets
    train = straight(case, run.inputs, np.ascontiguousarray(targets, run.dtype))
    batches = full_batches(case, run, 4 * STRIDE)

    def work(count: int) -> None:
        with np.errstate(all="ignore"):
            for at in range(0, count, len(batches)):
                train(batches[: count - at], at)

    return work


def layers(torch: bool) -> Iterator[str]:
    """A line for every layer with windows or attention, and for small nets of them."""
    if not torch:
        return
    from tests.benchmarks._layers import net, pieces, torch_net

    yield f"{'microseconds, forward and backward':40}{'engine':>10}{'PyTorch':>10}{'ratio':>8}"
    for dtype in TYPES:
        runs = [(f"net of images, 32x{side}x{side} {dtype}", net(side, dtype)) for side in (28, 8)]
        for name, works in [(name, [of_engine(run), torch_net(run)]) for name, run in runs] + pieces(dtype):
            ours, theirs = in_turn(works)
            yield f"{name:40}{median(ours):10.1f}{median(theirs):10.1f}{ratio(ours, theirs):8.2f}"


# --- showing ---------------------------------------------------------------------------------------------------------


def tracing(torch: bool) -> Iterator[str]:
    """A line for two cases: one iteration with all values in bytes, and how often that goes into PyTorch's own way."""
    peers = ["PyTorch", "/ JSON", "/ tensors"] if torch else []
    yield "microseconds for a trace  " + "".join(f"{name:>13}" for name in ["JSON", "safetensors", *peers])
    for case in (CASES["W1"], CASES["W4"]):
        times = in_turn(_tracers(case, torch))
        ratios = [ratio(times[2], own) for own in times[:2]] if torch else []
        yield f"{case.name:26}" + "".join(f"{n:13.1f}" for n in [*map(median, times), *ratios])


def _tracers(case: Case, torch: bool) -> list[Work]:
    """As a request does it, from the state on; PyTorch with hooks, lists and the json module."""
    run = Run(RunConfig.from_dict(config(case, "float64")), Store(max_bytes=0))
    state = run.initial_state()
    works = [
        repeated(lambda: encode(whole_trace(run, run._trace(0, state)), JSON)),
        repeated(lambda: encode(whole_trace(run, run._trace(0, state)), SAFETENSORS)),
    ]
    if torch:
        from tests.benchmarks._peers import traced_by_torch

        works.append(repeated(traced_by_torch(case, run)))
    return works


def past() -> Iterator[str]:
    """Time travel, and what is remembered for it."""
    yield f"jump of {_past.FAR} iterations on W1: {_past.jump():.3f} s"
    yield f"from a warm checkpoint to any iteration of W1 and its trace: {_past.warm():.2f} ms"
    bound, kept, apart = _past.memory()
    yield f"kept of {_past.LONG} iterations of W4: {kept:.0f} MB of {bound:.0f}, a state every {apart} iterations"
