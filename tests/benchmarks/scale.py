"""How far it goes past one process: lessons replayed against 1, 2 and 4 of them behind the nginx that is shipped.

`python -m tests.benchmarks scale`. At first nobody has asked anything yet; then the same lessons come again, and the
cache in front answers what is the same for all.
"""

from __future__ import annotations

from tests.app.front import nginx
from tests.app.front.load import Heard, learn, loaded, machine, servers

LESSONS = ("one_weight", "losses", "chain_rule", "activations")
LEARNERS, SECONDS = 32, 6.0
A_SECOND = 5  # requests of a learner who goes on once a second: see `at_place`


def main() -> None:
    if nginx.missing():
        raise SystemExit(nginx.missing())
    print(f"{LEARNERS} connections without a pause, {SECONDS:.0f} s each; {machine()}\n")
    print("| processes | cache | answers/s | p50 ms | p99 ms | answered without computing | failed |\n|" + "---|" * 7)
    warm: Heard | None = None
    for count in (1, 2, 4):
        with servers(count, "--public") as found, nginx.shipped([address for address, _ in found]) as front:
            for name in ("empty", "full"):
                warm = _measured(front)
                print(_row(count, name, warm))
    assert warm
    for people in (10_000, 100_000):
        print(f"\n{people} learners, one step a second in ten: {people / 10 * A_SECOND:,.0f} answers a second")


def _measured(front: str) -> Heard:
    names = known()
    return loaded(SECONDS, lambda until, heard: [learn(front, names, until, heard) for _ in range(LEARNERS)])


def known() -> list[str]:
    """The lessons that are replayed; all if those are called otherwise."""
    from app.lessons.files import lessons

    return [name for name in LESSONS if name in lessons()] or list(lessons())


def _row(count: int, cache: str, heard: Heard) -> str:
    rate = sum(heard.statuses.values()) / heard.lasted
    figures = f"{rate:.0f} | {heard.quantile(0.5):.1f} | {heard.quantile(0.99):.0f} | {heard.share_cached:.0%}"
    return f"| {count} | {cache} | {figures} | {heard.failed} |"
