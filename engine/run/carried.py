"""What a run carries from one iteration to the next: how it starts, what edits make of it, what an iteration leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.config.edits import CellEdit
from engine.execution.state import Layout, State, frozen
from engine.foundation.random_streams import generator
from engine.foundation.value_name import member_name, next_name
from engine.model.graph import Memory
from engine.model.initializers import draw
from engine.model.layers import ParameterSpec
from engine.ops.core.op import Array
from engine.run.trace import Trace
from engine.update.equations import UpdateRules


@dataclass(frozen=True, slots=True)
class Carried:
    """Parameters, and what the layers keep beside them: their form, not their numbers."""

    parameters: Sequence[ParameterSpec]
    memory: Mapping[str, Memory]
    layout: Layout
    dtype: np.dtype[Any]

    @np.errstate(all="ignore")
    def start(self, seed: int, rules: UpdateRules) -> State:
        """Parameters as drawn or given; slots and memory as optimizer, schedule and layers start them."""
        vector = np.empty(self.layout.size, self.dtype)
        for p in self.parameters:
            self.layout.view(vector, p.name)[...] = _initial(p, seed)
        memory = {name: full(kept.shape, kept.start, self.dtype) for name, kept in self.memory.items()}
        return self.fitted(State(frozen(vector), {}, memory), rules)

    def fitted(self, state: State, rules: UpdateRules) -> State:
        """The state with the slots and the memory that an update has: what is new starts."""
        kept = rules.memory.keys() | self.memory
        if state.slots.keys() == rules.slots.keys() and state.memory.keys() == kept:
            return state
        slots = {
            name: state.slots[name] if name in state.slots else full((self.layout.size,), start, self.dtype)
            for name, start in rules.slots.items()
        }
        memory = {
            name: state.memory[name] if name in state.memory else full((), start, self.dtype)
            for name, start in rules.memory.items()
        }
        return State(state.parameters, slots, memory | {name: state.memory[name] for name in self.memory})

    @np.errstate(all="ignore")
    def edited(self, state: State, cells: Iterable[CellEdit]) -> State:
        """The state with other numbers in some cells."""
        vector = state.parameters.copy()
        for edit in cells:
            self.layout.view(vector, edit.parameter)[edit.index] = edit.value
        return State(frozen(vector), state.slots, state.memory)

    def after(self, traced: Trace) -> State:
        """The state that an iteration's trace ends with; what is not trained stays."""
        starts, kept = traced.program.update.rules.slots, traced.program.memory
        vectors = {name: np.empty(self.layout.size, self.dtype) for name in ("p", *starts)}
        for p in self.parameters:
            last = next_name(p.name) if p.trainable else p.name
            self.layout.view(vectors["p"], p.name)[...] = traced[last]
            for slot, start in starts.items():
                value = traced[next_name(member_name(p.name, slot))] if p.trainable else start
                self.layout.view(vectors[slot], p.name)[...] = value
        memory = {name: traced.table.get(next_name(name), traced[name]) for name in kept}
        return State(frozen(vectors.pop("p")), {name: frozen(v) for name, v in vectors.items()}, memory)

    def named(self, state: State) -> dict[str, Array]:
        """Parameters and their slots under the names that a program has for them."""
        values: dict[str, Array] = {}
        for p in self.parameters:
            values[p.name] = self.layout.view(state.parameters, p.name)
            if p.trainable:
                slots = state.slots.items()
                values |= {member_name(p.name, name): self.layout.view(slot, p.name) for name, slot in slots}
        return values


def _initial(p: ParameterSpec, seed: int) -> Array:
    if p.values is not None:
        return np.asarray(p.values, np.float64)
    return draw(p.initializer, generator(seed, f"initialize {p.name}"), p.shape, p.fan_in, p.fan_out)


def full(shape: tuple[int, ...], number: float, dtype: np.dtype[Any]) -> Array:
    """A read-only array of one number."""
    return frozen(np.full(shape, number, dtype))
