"""Gradients without a backward pass: differences of the loss, and forward mode.

They are here to be compared with backpropagation, which gives all cells for the price of one more pass; each of these
pays a pass for every cell, or gives a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.checks.finite_differences import downstream, moved_cell, step_size
from engine.checks.forward_mode import directional_derivative, on_the_way
from engine.execution.cancellation import Wanted, check
from engine.execution.interpreter import replay
from engine.foundation.options import Option
from engine.foundation.random_streams import generator
from engine.model.graph import Node
from engine.ops.core.op import Array, Index
from engine.run.trace import Trace

Cells = Mapping[str, Sequence[Index]]


@dataclass(frozen=True, slots=True)
class Setting:
    """One iteration whose gradient is estimated: its trace, the graph that it is of, and which cells are asked for."""

    traced: Trace
    nodes: Sequence[Node]
    cells: Cells
    seed: int
    cancelled: Wanted | None = None


Estimates = dict[str, Array]


@dataclass(frozen=True, slots=True)
class EstimateKind:
    """An entry of the catalog.

    estimate:  the gradient at the cells asked for, by parameter.
    passes:    how many forward passes all cells of the parameters take, given their number.
    step_size: of the difference in a number type; none if there is no difference.
    """

    name: str
    title: str
    description: str
    formula: str
    source: str
    estimate: Callable[[Setting], Estimates]
    passes: Callable[[int], int]
    step_size: Callable[[np.dtype[np.floating]], float] | None = None
    options: tuple[Option, ...] = ()


def root_of_epsilon(dtype: np.dtype[np.floating]) -> float:
    """The square root of the machine epsilon: where rounding and truncation of a forward difference balance.

    Source: Press et al. 2007, Numerical Recipes, section 5.7.
    """
    return float(np.sqrt(np.finfo(dtype).eps))


def central_differences(setting: Setting) -> Estimates:
    """Two losses for every cell, on both sides of it.

    Formula: dL/dw ~ (L(w + h) - L(w - h)) / 2h, with h = cbrt(eps) max(1, |w|)
    Source:  Press et al. 2007, Numerical Recipes, equation 5.7.7.
    """
    return _differences(setting, step_size, two_sided=True)


def forward_differences(setting: Setting) -> Estimates:
    """One loss for every cell, and one that they share.

    Formula: dL/dw ~ (L(w + h) - L(w)) / h, with h = sqrt(eps) max(1, |w|)
    Source:  Press et al. 2007, Numerical Recipes, equation 5.7.1.
    """
    return _differences(setting, root_of_epsilon, two_sided=False)


@np.errstate(all="ignore")
def _differences(setting: Setting, size: Callable[[np.dtype[np.floating]], float], two_sided: bool) -> Estimates:
    found = {}
    for name, cells in setting.cells.items():
        array, steps = setting.traced[name], downstream(setting.traced.program.steps, name)
        found[name] = np.empty(len(cells))
        for i, index in enumerate(cells):
            check(setting.cancelled)
            h = size(array.dtype) * max(1.0, abs(float(array[index])))
            ends = [moved_cell(array, index, h), moved_cell(array, index, -h) if two_sided else array]
            up, down = (float(replay(steps, setting.traced.table, {name: end})["loss"]) for end in ends)
            found[name][i] = (up - down) / (float(ends[0][index]) - float(ends[1][index]))
    return found


@np.errstate(all="ignore")
def forward_mode(setting: Setting) -> Estimates:
    """One pass with tangents for every cell: exact, as backpropagation is.

    Formula: dL/dw_i = directional derivative of L along e_i
    Source:  Wengert 1964; Baydin et al. 2018, section 3.1.
    """
    found = {}
    for name, cells in setting.cells.items():
        nodes, unit = on_the_way(setting.nodes, name), np.zeros_like(setting.traced[name])
        found[name] = np.empty(len(cells))
        for i, index in enumerate(cells):
            check(setting.cancelled)
            unit[index] = 1
            found[name][i] = directional_derivative(nodes, setting.traced.table, {name: unit})
            unit[index] = 0
    return found


@np.errstate(all="ignore")
def forward_gradient(setting: Setting) -> Estimates:
    """One pass with tangents for all cells together: their derivative along a random direction, times that direction.

    Formula: g = (grad L . v) v, with v ~ N(0, I): right on average over directions
    Source:  Baydin et al. 2022, Gradients without backpropagation, definition 1.
    """
    rng = generator(setting.seed, "forward gradient", setting.traced.iteration)
    along = {name: _typed(rng.standard_normal(setting.traced[name].shape), setting, name) for name in setting.cells}
    slope = directional_derivative(setting.nodes, setting.traced.table, along)
    return {name: at_cells(slope * along[name], cells) for name, cells in setting.cells.items()}


def _typed(tangent: Array | float, setting: Setting, name: str) -> Array:
    """In the number type of the parameter."""
    return np.asarray(tangent, setting.traced[name].dtype)


def at_cells(array: Array, cells: Sequence[Index]) -> Array:
    """The numbers at some cells, one after the other."""
    return np.array([array[index] for index in cells], np.float64)


ESTIMATES: dict[str, EstimateKind] = {
    kind.name: kind
    for kind in (
        EstimateKind(
            "central_difference",
            "central differences",
            "Moves each parameter cell up and down a little and looks at the loss: two forward passes a cell.",
            r"\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w - h)}{2h}, \quad"
            r" h = \sqrt[3]{\epsilon}\, \max(1, |w|)",
            "Press et al. 2007, Numerical Recipes, section 5.7.",
            central_differences,
            lambda cells: 2 * cells,
            step_size,
        ),
        EstimateKind(
            "forward_difference",
            "forward differences",
            "Moves each parameter cell up a little: one forward pass a cell, and half the digits.",
            r"\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w)}{h}, \quad"
            r" h = \sqrt{\epsilon}\, \max(1, |w|)",
            "Press et al. 2007, Numerical Recipes, section 5.7.",
            forward_differences,
            lambda cells: cells + 1,
            root_of_epsilon,
        ),
        EstimateKind(
            "forward_mode",
            "forward mode",
            "Carries the derivative in one parameter cell along with every value, as dual numbers do: exact, and one "
            "forward pass a cell.",
            r"\frac{\partial L}{\partial w_i} = \nabla L \cdot e_i",
            "Wengert 1964; Baydin et al. 2018, Automatic differentiation in machine learning, section 3.1.",
            forward_mode,
            lambda cells: cells,
        ),
        EstimateKind(
            "forward_gradient",
            "forward gradient",
            "One forward pass along a random direction: its slope times that direction. A guess that is right on "
            "average only, and nearly at a right angle to the gradient where there are many parameters.",
            r"g = \left(\nabla L \cdot v\right) v, \quad v \sim \mathcal{N}(0, I)",
            "Baydin et al. 2022, Gradients without backpropagation.",
            forward_gradient,
            lambda cells: 1,
        ),
    )
}
