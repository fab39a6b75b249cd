"""Watch a PyTorch loop: some of its iterations with every value, gradient and update, as a file for Backscope.

    with backscope.watch(model, optimizer, every=50, to="run.backscope"):
        train(model, optimizer)

It never raises into the loop: what it cannot record it says in `notes`. Tensor hooks alone are used, set while a
forward pass runs; a module's own backward hooks break where an operation writes in place.
"""

from __future__ import annotations

import functools
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from backscope.sample import Sample, parted, plain, settings_of

MEGABYTE = 2**20
FORMAT = "backscope watch"
LOSSES: tuple[str, ...] = (
    *("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "cross_entropy", "nll_loss", "binary_cross_entropy"),
    "binary_cross_entropy_with_logits",
)
KNOWN = {"Linear", "ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "ELU", "SELU", "LeakyReLU", "Softplus", "Softmax"}
KNOWN |= {"Identity", "Flatten", "Dropout", "Conv2d", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Mish", "ReLU6"}
KNOWN |= {"BatchNorm1d", "BatchNorm2d", "LayerNorm", "Hardtanh", "Hardsigmoid", "Hardswish", "Softsign", "LogSigmoid"}
KNOWN |= {"Tanhshrink", "LogSoftmax"}  # modules whose inside is read op by op; of others what goes in and comes out


class Watch:
    """A recording that grows while a loop runs; made by `watch`.

    Args: see `watch`. `notes`: what could not be recorded, and why; `kept`: the iterations that are in it.
    """

    def __init__(
        self, model: Any, optimizer: Any, every: int, values: str, budget: int, to: str | Path | None, caller: Any
    ) -> None:
        self.every = every
        self.notes: list[str] = []
        self._compiled = hasattr(model, "_orig_mod")
        model = getattr(model, "_orig_mod", model)
        self._model = model.module if type(model).__name__ == "DistributedDataParallel" else model
        self._optimizer = optimizer
        self._values, self._budget, self._to = values, budget, to
        self._source, self._script = Path(caller.f_code.co_filename).name, caller.f_globals
        self._samples: list[Sample] = []
        self._sample: Sample | None = None
        self._iteration = 0
        self._handles: list[Any] = []
        self._ear: Any = None  # hears the forward pass of an iteration that is to be recorded
        self._patched: list[tuple[Any, str, Any]] = []
        self._renamed: list[tuple[str, Any]] = []
        self._mode: Any = None
        self._inside: str | None = None  # the module whose inside is not read, while it runs
        self._module = ""

    @property
    def kept(self) -> list[int]:
        """The iterations that are in the recording."""
        return [sample.about["iteration"] for sample in self._samples]

    def __enter__(self) -> Watch:
        self._safely(self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._safely(self._finish)
        self.remove()
        if self._to is not None:
            self._safely(self.save, self._to)

    def remove(self) -> None:
        """Take all hooks off; the model is as it was and can be pickled."""
        self._deafen()
        for handle in self._handles:
            handle.remove()
        if self._sample is not None:
            self._sample.let_go()
        for place, name, original in self._patched:
            setattr(place, name, original)
        for name, original in self._renamed:
            self._script[name] = original
        self._handles, self._patched, self._renamed, self._sample = [], [], [], None

    def save(self, path: str | Path) -> None:
        """Write the recording, for `backscope open FILE` or to be dropped on the studio."""
        from safetensors.torch import save_file

        tensors = {f"{k}/{name}": t for k, sample in enumerate(self._samples) for name, t in sample.tensors.items()}
        save_file(tensors, str(path), {FORMAT: json.dumps(self.about())})

    def about(self) -> dict[str, Any]:
        """All of the recording but its tensors."""
        import torch

        return {
            "version": 1,
            "source": self._source,
            "torch": torch.__version__,
            "every": self.every,
            "of": self._iteration,
            "optimizer": self._update(),
            "notes": self.notes,
            "records": [sample.about for sample in self._samples],
        }

    # --- hooks ---------------------------------------------------------------------------------------------------

    def _safely(self, work: Callable[..., Any], *given: Any) -> Any:
        """What fails here is noted once and ends the watching, not the loop that is watched."""
        try:
            return work(*given)
        except Exception as error:
            self.notes.append(f"stopped at iteration {self._iteration}: {type(error).__name__}: {error}")
            warnings.warn(f"backscope.watch {self.notes[-1]}", stacklevel=2)
            self._leave()
            self._to = self._to if self._samples else None
            self.remove()
            return None

    def _begin(self) -> None:
        if self._compiled:
            self.notes.append(
                "the model is compiled: only parameters, gradients and updates are seen, not the values inside. "
                "Watch the model before torch.compile, or run a few iterations without it"
            )
        # What stands here is called in every iteration; all else comes and goes with one that is recorded.
        if self._optimizer is not None:
            self._handles.append(self._optimizer.register_step_post_hook(self._stepped))
        self._patch_losses()
        self._listen()

    def _listen(self) -> None:
        if self._ear is None:
            self._ear = self._model.register_forward_pre_hook(lambda *_: self._safely(self._before))

    def _deafen(self) -> None:
        if self._ear is not None:
            self._ear.remove()
            self._ear = None

    def _stepped(self, *_: Any) -> None:
        """An iteration is over; of most iterations this is all that is done."""
        if self._sample is not None:
            self._safely(self._finish)
        self._iteration += 1
        if self._iteration % self.every == 0:
            self._safely(self._listen)
        elif self._ear is not None and not self._compiled:  # which does not see hooks that come later
            self._deafen()

    def _patch_losses(self) -> None:
        import torch.nn.functional as functional

        for name in LOSSES:
            original = getattr(functional, name)
            told = self._told(name, original)
            setattr(functional, name, told)
            self._patched.append((functional, name, original))
            for own in [own for own, value in self._script.items() if value is original]:  # from ... import mse_loss
                self._script[own] = told
                self._renamed.append((own, original))

    def _told(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def loss(*given: Any, **settings: Any) -> Any:
            result = original(*given, **settings)
            if self._sample is not None:
                self._safely(self._loss, name, given, settings, result)
            return result

        return loss

    def _before(self) -> None:
        """A forward pass begins: of one that is trained on in a sampled iteration everything is kept."""
        import torch

        if not (self._model.training and torch.is_grad_enabled()):
            return
        if self._optimizer is None:
            self._finish()
        if self._sample is None and self._iteration % self.every == 0:
            about = {"iteration": self._iteration, "ops": [], "forwards": 0}
            self._sample = Sample(about, list(self._model.named_parameters()))
            self._parameters_before(self._sample)
        if self._sample is not None:
            self._sample.forwards += 1
            if self._sample.forwards == 1 and not self._compiled:
                self._read_inside(self._sample)

    def _read_inside(self, sample: Sample) -> None:
        for name, module in self._model.named_modules():
            if not list(module.children()):
                sample.handles += [
                    module.register_forward_pre_hook(functools.partial(self._enter, name)),
                    module.register_forward_hook(functools.partial(self._exit, name)),
                ]
        after = self._model.register_forward_hook(lambda *_: self._safely(self._after), always_call=True)
        sample.handles.append(after)
        self._mode = _mode(self)
        self._mode.__enter__()

    def _leave(self) -> None:
        if self._mode is not None:
            self._mode.__exit__(None, None, None)
            self._mode = None

    def _after(self) -> None:
        self._leave()
        self._module, self._inside = "", None

    def _enter(self, name: str, module: Any, given: Any) -> None:
        self._module = name
        if type(module).__name__ not in KNOWN:
            self._inside = name

    def _exit(self, name: str, module: Any, given: Any, out: Any) -> None:
        if self._inside == name:
            self._inside = None
            self._safely(self._op, type(module).__name__, given, {}, out)
        self._module = ""

    def _op(self, name: str, given: tuple[Any, ...], settings: dict[str, Any], out: Any) -> None:
        """One operation of the forward pass: what came out, where it came from, and later its gradient."""
        import torch

        sample, out = self._sample, out[0] if isinstance(out, tuple) and out else out
        tensors, rest = parted(torch.Tensor, (*given, *settings.values()), given)
        if sample is None or self._inside is not None or not isinstance(out, torch.Tensor):
            return
        if all(id(tensor) in self._buffers for tensor in tensors):
            return  # as a norm counts its batches
        ops, number = sample.about["ops"], len(sample.about["ops"])
        if not sample.alive:
            sample.keep("x", tensors[0])
            sample.made[id(tensors[0])] = -1
        own = [sample.names[id(t)] for t in tensors if id(t) in sample.names]
        sources = [sample.made.get(id(t)) for t in tensors if id(t) not in sample.names and id(t) not in self._buffers]
        ops.append({"op": name, "module": self._module, "from": sources, "args": rest})
        ops[-1] |= {"settings": settings_of(settings), "parameters": own, "dtype": str(out.dtype)}
        sample.alive += [*tensors, out]
        sample.made[id(out)] = number
        sample.keep(f"op/{number}/out", out)
        if out.requires_grad:
            sample.handles.append(out.register_hook(functools.partial(self._gradient, f"op/{number}/grad")))

    def _gradient(self, name: str, gradient: Any) -> None:
        if self._sample is not None:
            self._safely(self._sample.keep, name, gradient)

    def _loss(self, name: str, given: tuple[Any, ...], settings: dict[str, Any], result: Any) -> None:
        sample = self._sample
        if sample is None or "loss" in sample.about:
            return
        prediction, target = (*given, settings.get("input"), settings.get("target"))[:2]
        weighted = settings.get("weight") is not None or settings.get("pos_weight") is not None
        sample.about["loss"] = {"op": name, "settings": settings_of(settings), "from": sample.made.get(id(prediction))}
        sample.about["loss"]["weighted"] = weighted
        sample.keep("target", target)
        sample.keep("loss", result)

    @functools.cached_property
    def _buffers(self) -> set[int]:
        return {id(buffer) for buffer in self._model.buffers()}

    def _parameters_before(self, sample: Sample) -> None:
        sample.keep_parameters("p")
        for name, p in sample.parameters:
            if p.requires_grad:
                sample.handles.append(p.register_hook(functools.partial(self._gradient, f"own/{name}")))
        if self._optimizer is not None:
            sample.keep_slots(self._optimizer.state)
            before_step = self._optimizer.register_step_pre_hook(lambda *_: self._safely(self._before_step))
            sample.handles.append(before_step)

    def _before_step(self) -> None:
        if self._sample is not None:
            self._sample.keep_gradients()
            self._sample.about["groups"] = self._update()["groups"]

    def _finish(self) -> None:
        """The iteration is over: what it came to is kept, and its hooks come off."""
        sample, self._sample = self._sample, None
        if self._optimizer is None and sample is not None:
            self._iteration += 1
        if sample is None:
            return
        sample.let_go()
        if not sample.went_back:
            return
        sample.keep_parameters("next")
        sample.about["forwards"] = sample.forwards
        if self._values == "summary":
            sample.shorten()
        self._samples.append(sample)
        self._hold_budget()

    def _hold_budget(self) -> None:
        """Half of the recordings make room for those that come: the whole course stays covered."""
        while len(self._samples) > 1 and sum(sample.size for sample in self._samples) > self._budget:
            self.every *= 2
            self._samples = [s for s in self._samples if s.about["iteration"] % self.every == 0]
            self.notes.append(f"from iteration {self._iteration} on every {self.every}: {self._budget} bytes were full")

    def _update(self) -> dict[str, Any]:
        """The optimizer and its settings now."""
        if self._optimizer is None:
            return {"type": "", "groups": []}
        groups = self._optimizer.param_groups
        settings = [{k: v for k, v in group.items() if k != "params" and plain(v)} for group in groups]
        return {"type": type(self._optimizer).__name__, "groups": settings}


def watch(
    model: Any,
    optimizer: Any = None,
    every: int = 50,
    values: Literal["full", "summary"] = "full",
    budget: int = 64 * MEGABYTE,
    to: str | Path | None = None,
) -> Watch:
    """Record every so-manieth iteration of a PyTorch loop; use it as a context manager around the loop.

    Args: model: not compiled yet; optimizer: without one, updates are not seen; every: iterations from one that is
          recorded to the next; values: `full`, or only the norms as a `summary`; budget: bytes in memory, beyond which
          every second recording makes room; to: the file that is written at the end, FILE.backscope.
    """
    return Watch(model, optimizer, every, values, budget, to, sys._getframe(1))


def _mode(told: Watch) -> Any:
    return _mode_kind()(told)


@functools.cache
def _mode_kind() -> Any:
    """What sees each call of a function of PyTorch while the model's forward pass runs."""
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):  # type: ignore[misc]
        def __init__(self, told: Watch) -> None:
            super().__init__()
            self.told = told

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = func(*args, **(kwargs or {}))
            if self.told._sample is None or self.told._sample.quiet:
                return out
            name = getattr(func, "__name__", "")
            if not name.startswith("__get__") and name != "__set__":
                self.told._safely(self.told._op, name, args, dict(kwargs or {}), out)
            return out

    return Mode
