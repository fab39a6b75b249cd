"""One iteration of a watched loop on its way into the recording: its tensors as copies, and what each op was."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SETTINGS: tuple[str, ...] = (
    "negative_slope",
    "alpha",
    "beta",
    "approximate",
    "dim",
    "reduction",
    "delta",
    "label_smoothing",
)
SETTINGS += ("kernel_size", "stride", "padding", "dilation", "groups", "ceil_mode", "output_size", "training", "eps")
SETTINGS += ("momentum", "normalized_shape", "p")
SMALL = 4096  # numbers; a larger tensor takes the place of one of its size that the loop has just let go


@dataclass
class Sample:
    """What is kept of one iteration; `parameters` are its model's by name, found once for all that needs them."""

    about: dict[str, Any]
    parameters: list[tuple[str, Any]]
    single: dict[str, Any] = field(default_factory=dict)  # copies of one tensor each
    blocks: list[tuple[Any, list[tuple[str, Any]]]] = field(default_factory=list)  # of many, one after the other
    made: dict[int, int] = field(default_factory=dict)  # which op wrote the tensor with this id
    alive: list[Any] = field(default_factory=list)  # so that no id is given twice
    handles: list[Any] = field(default_factory=list)
    forwards: int = 0
    size: int = 0
    trained: bool = False  # the optimizer found gradients
    quiet: bool = False  # while tensors are copied, which no op of the model is

    @functools.cached_property
    def names(self) -> dict[int, str]:
        return {id(p): name for name, p in self.parameters}

    @property
    def tensors(self) -> dict[str, Any]:
        """Everything that was kept, by name, each with memory of its own."""
        found = dict(self.single)
        for block, places in self.blocks:
            parts = block.split([math.prod(shape) for _, shape in places])
            found |= {name: part.reshape(shape).clone() for (name, shape), part in zip(places, parts, strict=True)}
        return found

    def keep(self, name: str, tensor: Any) -> None:
        """A copy, at once: what follows may write in place."""
        if name not in self.single or name.startswith("own/"):
            self.quiet = True
            kept = _readable(tensor.detach().to("cpu", copy=True).contiguous())
            self.size += kept.nbytes - (self.single[name].nbytes if name in self.single else 0)
            self.single[name] = kept
            self.quiet = False

    def keep_all(self, named: list[tuple[str, Any]]) -> None:
        """Copies of many tensors: the small ones of a type and device in one go, since calls cost more than they."""
        import torch

        alike: dict[Any, list[tuple[str, Any]]] = {}
        for name, tensor in named:
            if tensor.numel() > SMALL:
                self.keep(name, tensor)
            else:
                alike.setdefault((tensor.dtype, tensor.device), []).append((name, tensor))
        with torch.no_grad():
            for group in alike.values():
                block = _readable(torch.cat([tensor.reshape(-1) for _, tensor in group]).to("cpu"))
                self.blocks.append((block, [(name, tensor.shape) for name, tensor in group]))
                self.size += block.nbytes

    def keep_parameters(self, prefix: str) -> None:
        self.keep_all([(f"{prefix}/{name}", p) for name, p in self.parameters])

    def keep_slots(self, state: dict[Any, dict[str, Any]]) -> None:
        """The optimizer's memories, as they stand."""
        named = [(self.names[id(p)], slots) for p, slots in state.items() if id(p) in self.names]
        each = ((f"slot/{slot}/{name}", value) for name, slots in named for slot, value in slots.items())
        self.keep_all([(name, value) for name, value in each if hasattr(value, "shape")])

    def keep_gradients(self) -> None:
        """The gradients as the optimizer finds them: of all backward passes, and clipped if they are."""
        found = [(name, p.grad) for name, p in self.parameters if p.grad is not None]
        self.trained = self.trained or bool(found)
        self.keep_all([(f"grad/{name}", gradient) for name, gradient in found if not self._is_own(name, gradient)])

    @property
    def went_back(self) -> bool:
        """Whether a backward pass came after the forward pass."""
        return self.trained or any(name.startswith("own/") for name in self.single)

    def _is_own(self, name: str, gradient: Any) -> bool:
        """Whether the optimizer finds just what the backward pass gave, which is kept already."""
        own = self.single.get(f"own/{name}")
        return own is not None and own.device == gradient.device and bool(own.equal(gradient))

    def let_go(self) -> None:
        """Take its hooks off; the tensors that it followed may go."""
        for handle in self.handles:
            handle.remove()
        self.handles, self.alive, self.made = [], [], {}

    def shorten(self) -> None:
        """Only the norm of each tensor stays."""
        self.about["norms"] = {n: float(t.float().norm()) for n, t in self.tensors.items() if t.is_floating_point()}
        self.single, self.blocks, self.size = {}, [], 0


def _readable(tensor: Any) -> Any:
    """The same numbers in float32 where numpy has no such type."""
    return tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor


def parted(kind: type, everything: Iterable[Any], given: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
    """All tensors, those in lists too, and of what was given by place the plain rest."""
    flat = [part for item in everything for part in (item if isinstance(item, list | tuple) else [item])]
    rest = [list(item) if isinstance(item, tuple | list) else item for item in given if plain(item)]
    return [part for part in flat if isinstance(part, kind)], rest


def settings_of(given: dict[str, Any]) -> dict[str, Any]:
    """Those that an op is derived from."""
    return {key: value for key, value in given.items() if key in SETTINGS and plain(value)}


def plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str) or (
        isinstance(value, tuple | list) and all(isinstance(item, int | float) for item in value)
    )
