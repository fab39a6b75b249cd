"""How findings put numbers and lists into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.foundation.numbers import number


def listed(items: Sequence[str], more: str = "") -> str:
    """`a, b and c`; of a long list the first three."""
    if len(items) > 4:
        items = [*items[:3], f"so on in {len(items) - 3} more {more}".rstrip()]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def places(found: Mapping[str, str]) -> str:
    """`2 in dense 1 and 1 in dense 3`."""
    return listed([f"{what} in {title}" for title, what in found.items()], "layers")


def span(low: float, high: float, digits: int = 3) -> str:
    """`0.1 to 0.3`, or the one number."""
    first, last = number(low, digits), number(high, digits)
    return first if first == last else f"{first} to {last}"


def ranging(many: str, each: str, low: float, high: float) -> str:
    """`The targets go from 0 to 36`, or `Every target is 3`; two ends that differ are told with digits that do."""
    if low == high:
        return f"Every {each} is {number(low, 3)}"
    first, last = number(low, 3), number(high, 3)
    return f"The {many} go from {' to '.join((first, last) if first != last else apart(low, high))}"


def answered(fit: float, classes: bool) -> str:
    """How good answers are: the share of right ones, or R², which is negative where their mean would be better."""
    if classes:
        return f"{percent(fit)} of the answers are right"
    if fit < 0:
        return f"R² is {number(fit, 3)}, worse than the targets' mean as the only answer"
    return f"{percent(fit)} of the targets' variance is explained"


def percent(share: float) -> str:
    """`82%`; never 0% or 100% of what is neither."""
    if 0 < share < 0.01:
        return "less than 1%"
    return f"{min(int(share * 100 + 0.5), 99) if share < 1 else 100}%"


def count(n: int, word: str) -> str:
    """`1 unit`, `3 units`."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def times(ratio: float) -> str:
    """`12 times`."""
    return f"{number(ratio, 3)} times"


def apart(a: float, b: float) -> tuple[str, str]:
    """Two different numbers with as many digits as it takes to tell them apart."""
    for digits in range(4, 17):
        if number(a, digits) != number(b, digits):
            return number(a, digits), number(b, digits)
    return repr(a), repr(b)
