"""What the store of kept states forgets first, and from where a jump is replayed."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Run, Store
from engine.run.checkpoints import STRIDE, rank_of
from tests.engine.support.models import run_of

SIZE = 100  # bytes of each thing kept here; with what Python needs for it 500


def kept(store: Store, *keys: Any) -> list[Any]:
    return [key for key in keys if key in store]


def test_the_roundest_iterations_are_kept_longest() -> None:
    store = Store(max_bytes=10 * 500)
    for n in range(16):
        store.put(n, n, SIZE, rank_of(64 * n))
    assert kept(store, *range(16)) == [0, 2, 4, 6, 8, 10, 12, 13, 14, 15]


def test_ranks_are_how_often_an_iteration_can_be_halved_on_the_stride() -> None:
    ranks = [rank_of(64 * n) for n in range(9)]
    assert (ranks, rank_of(65), rank_of(32)) == ([40, 1, 2, 1, 3, 1, 2, 1, 4], 0, 0)


def test_among_equals_the_one_used_last_stays() -> None:
    store = Store(max_bytes=3 * 500)
    for name in "abc":
        store.put(name, name, SIZE)
    store.get("a")
    store.put("d", "d", SIZE)
    assert kept(store, *"abcd") == ["a", "d"]  # room is made down to nine tenths, which is two of them


def test_what_is_put_again_takes_its_room_once() -> None:
    store = Store(max_bytes=3 * 500)
    for value in (1, 2, 3):
        store.put("a", value, SIZE)
    assert (store.nbytes, store.get("a")) == (500, 3)


def test_what_is_larger_than_the_store_is_not_kept_and_what_was_there_is_forgotten() -> None:
    store = Store(max_bytes=3 * 500)
    for size in (SIZE, 1101):
        store.put("a", size, size)
    assert (store.nbytes, store.get("a")) == (0, None)


def noted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The stretches that are trained from now on."""
    trained, advance = list[tuple[int, int]](), Run.advance

    def noting(run: Run, start: int, end: int, raw: Any, *rest: Any) -> Any:
        trained.append((start, end))
        return advance(run, start, end, raw, *rest)

    monkeypatch.setattr(Run, "advance", noting)
    return trained


def test_a_jump_back_in_a_long_run_starts_at_a_round_iteration_not_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = run_of(store=Store(max_bytes=110 * 1024))  # the course, and about a fifth of the states
    run.state_at(64 * STRIDE)
    trained = noted(monkeypatch)
    run.state_at(33 * STRIDE + 5)  # 33 is the first to be forgotten, 32 one of the last
    assert trained == [(32 * STRIDE, 33 * STRIDE), (33 * STRIDE, 33 * STRIDE + 5)]


def test_a_branch_starts_where_it_parts_from_the_past_that_it_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of()
    run.state_at(10 * STRIDE)
    branch = run.branch([{"iteration": 10 * STRIDE, "set": {"optimizer.learning_rate": 0.5}}])
    trained = noted(monkeypatch)
    branch.state_at(10 * STRIDE + 3)
    assert trained == [(10 * STRIDE, 10 * STRIDE + 3)]
