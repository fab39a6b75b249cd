"""A jump that takes longer than a request may: it goes on in moments, and says how far it is."""

from __future__ import annotations

import httpx
import pytest

from app.convert import iterations
from app.main import create_app
from app.settings import Limits, Settings
from tests.app.answers import events
from tests.app.conftest import CIRCLE
from tests.serving import serving

FAR = 30_000


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word on how far it is, after every few milliseconds."""
    monkeypatch.setattr(iterations, "A_MOMENT", 0.02)


@pytest.mark.usefixtures("hurried")
def test_a_jump_past_the_time_limit_is_told_of_until_it_is_there_and_then_answered() -> None:
    limits = Limits(seconds=0.4)  # far less than the way takes, far more than the answer at its end on a busy machine
    with serving(create_app(Settings(limits=limits))) as address, httpx.Client(base_url=address, timeout=60) as api:
        run = f"/api/runs/{api.post('/api/runs', json=CIRCLE).json()['id']}"
        refused = api.get(f"{run}/iterations/{FAR}/parameters")
        told = events(api.get(f"{run}/iterations/{FAR}/reached", headers={"accept": "text/event-stream"}).text)
        answered = api.get(f"{run}/iterations/{FAR}/parameters")
    came = [found["reached"] for name, found in told if name == "progress"]
    assert (refused.status_code, refused.json()["limit"]["name"], answered.status_code) == (422, "seconds", 200)
    assert (came, came[-1], told[-1]) == (sorted(set(came)), FAR, ("done", {"to": FAR}))
    assert len(came) > 2


@pytest.mark.usefixtures("hurried")
def test_one_moment_at_a_time_comes_to_the_same_numbers(api: httpx.Client, circle: str) -> None:
    run = circle
    at = f"{run}/iterations/4001"
    reached = 0
    while reached < 4001:
        answer = api.get(f"{at}/reached")
        reached = answer.json()["reached"]
        assert (answer.headers["cache-control"], answer.json()["to"]) == ("no-cache", 4001)
    with serving(create_app()) as address:
        httpx.post(f"{address}/api/runs", json=CIRCLE)
        straight = httpx.get(f"{address}{at}/parameters").content
    assert api.get(f"{at}/parameters").content == straight
