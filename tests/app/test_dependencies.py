"""What the framework does before a route's own work."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import iscoroutinefunction

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.routes import ROUTERS


def needed(dependant: Dependant) -> Iterator[Dependant]:
    for other in dependant.dependencies:
        yield other
        yield from needed(other)


def test_nothing_that_a_route_needs_is_taken_to_a_thread_first() -> None:
    """A function that is not async runs on a thread of the framework's: the way there takes longer than most work."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    calls = {other.call for route in routes for other in needed(route.dependant)} | {route.endpoint for route in routes}
    assert {call for call in calls if not iscoroutinefunction(call)} == set()
    assert len(calls) > len(routes) > 20
