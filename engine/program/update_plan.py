"""The update of an iteration, planned once: every equation with its operands, and for which parameters it is made.

The compiler writes the plan out as steps, one for each equation and parameter. The training loop and the fast tracer
make their calls from the same plan, and need fewer: an equation that works cell by cell is one call for all parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from engine.foundation.value_name import next_name
from engine.model.layers import ParameterSpec
from engine.ops.core.op import Function, Shape
from engine.ops.update.optimizers import result_shape, update_function
from engine.update.equations import Equation, Scope, Stage, UpdateRules, value_name

About = ParameterSpec | None
"""The parameter that an equation is made for; None for an equation on scalars of the iteration."""


@dataclass(frozen=True, slots=True)
class PlannedEquation:
    """One equation of the update.

    renews:     what of the parameter's own its result takes the place of: `p`, `grad` or a slot; nothing if "".
    read_later: what later equations of the same stage read, so that its memory must last until then.
    """

    equation: Equation
    function: Function
    renews: str
    read_later: frozenset[str]

    def shape(self, about: About) -> Shape:
        """A scalar, or the parameter's shape."""
        return result_shape(self.function, about.shape if about else ())

    @property
    def is_cellwise(self) -> bool:
        """Whether the result is of the parameter's shape."""
        return result_shape(self.function, (1,)) == (1,)


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """Equations that belong together, and the parameters that they are made for.

    scope:     `once`, `each` or `all`: see `Stage`.
    gradients: by parameter, the value that `grad` stands for here, by its name in the program.
    gradient:  what equations call this value, if it is the same for all that are trained; else None.
    """

    scope: Scope
    equations: tuple[PlannedEquation, ...]
    parameters: tuple[ParameterSpec, ...]
    gradients: Mapping[str, str]
    gradient: str | None

    def in_order(self) -> Iterator[tuple[About, PlannedEquation]]:
        """Every equation for every parameter, in the order of the program."""
        about: Sequence[About] = [None] if self.scope == "once" else self.parameters
        return ((p, equation) for p in about for equation in self.equations)

    def inputs(self, planned: PlannedEquation, about: About) -> list[str]:
        """The program's names of an equation's operands; ``*norm`` is the norm of every trained parameter."""
        return [name for given in planned.equation.inputs for name in self._written_out(given, about)]

    def _written_out(self, given: str, about: About) -> list[str]:
        if given.startswith("*"):
            return [value_name(given[1:], name) for name in self.gradients]
        if given == "grad" and about:
            return [self.gradients[about.name]]
        return [value_name(given, about.name if about else "")]


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """All stages of the update phase in order; none if nothing is trained."""

    rules: UpdateRules
    trained: tuple[ParameterSpec, ...]
    stages: tuple[PlannedStage, ...]

    @property
    def scheduled(self) -> bool:
        """Whether the learning rate is computed anew in every iteration."""
        return bool(self.stages) and self.rules.scheduled


def plan_update(rules: UpdateRules, parameters: Sequence[ParameterSpec], gradients: Mapping[str, str]) -> UpdatePlan:
    """The plan of an update.

    Args: gradients: the value that the backward pass gives for each parameter's gradient.
    """
    trained = [p for p in parameters if p.trainable]
    known, stages = {p.name: gradients[p.name] for p in trained}, []
    shared: str | None = "grad"
    for stage in rules.stages if trained else ():
        concerned = tuple(p for p in trained if stage.concerns(p.name))
        stages.append(_planned(stage, rules, concerned, known, shared))
        if stage.gradient != "grad":
            known |= {p.name: value_name(stage.gradient, p.name) for p in concerned}
            shared = stage.gradient if len(concerned) == len(trained) else None
    return UpdatePlan(rules, tuple(trained), tuple(stages))


def _planned(
    stage: Stage,
    rules: UpdateRules,
    concerned: tuple[ParameterSpec, ...],
    gradients: Mapping[str, str],
    shared: str | None,
) -> PlannedStage:
    equations = tuple(_equation(stage, i, rules, len(gradients)) for i in range(len(stage.equations)))
    parameters = () if stage.scope == "once" else concerned
    return PlannedStage(stage.scope, equations, parameters, MappingProxyType(dict(gradients)), shared)


def _equation(stage: Stage, at: int, rules: UpdateRules, trained: int) -> PlannedEquation:
    equation = stage.equations[at]
    count = sum(trained if name.startswith("*") else 1 for name in equation.inputs)
    renewed = {next_name(slot): slot for slot in rules.slots} | {"next": "p", stage.gradient: "grad"}
    later = frozenset(name for other in stage.equations[at + 1 :] for name in other.inputs)
    function = update_function(equation.op, count)
    return PlannedEquation(equation, function, renewed.get(equation.output, ""), later)
