"""A property that is computed once, by whoever comes first, and by nobody's leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class _Cached(Generic[T]):
    """As the standard library's from Python 3.12 on: no lock.

    Before 3.12 that one holds a lock of all objects of a class while it computes. Work that makes way for other work
    in there would have the other wait for the lock, and itself for the other: both for ever. Without a lock two may
    compute the same at once; the first result stays.
    """

    def __init__(self, function: Callable[[Any], T]) -> None:
        self.function = function
        self.__doc__ = function.__doc__
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> _Cached[T]: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> T: ...

    def __get__(self, instance: object | None, owner: type | None = None) -> _Cached[T] | T:
        """The value; asked of the class, this property itself."""
        if instance is None:
            return self
        found: T = vars(instance).setdefault(self._name, self.function(instance))
        return found


cached_property = _Cached
