"""The angle between two gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.analysis.layer_statistics import norm, own_parameters
from engine.foundation.value_name import gradient_name
from engine.ops.core.op import Array
from engine.run.run import Run
from engine.run.trace import Trace

# --- angles ----------------------------------------------------------------------------------------------------------


def angle(found: Sequence[Array], true: Sequence[Array]) -> float:
    """The angle between two vectors, each given in pieces, in degrees.

    Formula: 2 atan2(|u - v|, |u + v|) of the unit vectors u and v: exact for small angles, where arccos is not
    Returns: 0 to 180; nan if one of them is 0 or not finite.
    Source:  Kahan 2006, How futile are mindless assessments of roundoff, section 12.
    """
    sizes = norm(*found), norm(*true)
    if not all(0 < size < math.inf for size in sizes):
        return math.nan
    pairs = [(a / sizes[0], b / sizes[1]) for a, b in zip(found, true, strict=True)]
    apart, together = norm(*(u - v for u, v in pairs)), norm(*(u + v for u, v in pairs))
    return math.degrees(2 * math.atan2(apart, together))


def angles(run: Run, traced: Trace) -> dict[str, float] | None:
    """The angle of each parameter between what the update takes and the true gradient; None without a variant."""
    if run.config.backward is None:
        return None
    used = traced.program.gradients
    return {p.name: angle([traced[used[p.name]]], [traced[gradient_name(p.name)]]) for p in run.parameters}


def layer_angles(run: Run, traced: Trace) -> dict[str, float]:
    """The same of each layer with parameters, all of them taken as one vector; nothing without a variant."""
    if run.config.backward is None:
        return {}
    found = {}
    for layer in run.names:
        if own := [p.name for p in own_parameters(run, layer)]:
            used = [traced[traced.program.gradients[name]] for name in own]
            found[layer] = angle(used, [traced[gradient_name(name)] for name in own])
    return found
