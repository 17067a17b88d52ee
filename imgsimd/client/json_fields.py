"""Answers, and the fields that they are made from: read by name, with a check of their types.

Fields that nobody asks for are ignored, so that an older client understands a newer daemon. Paths
are absolute; bytes of a name that are not UTF-8 are in them by surrogateescape, as os.fsdecode has
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from imgsimd.errors import RequestError

T = TypeVar("T")
Json: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """What all answers have. They cannot be changed. Their `of` takes parsed JSON, and raises
    RequestError where it lacks a field."""

    json: Json = field(repr=False, compare=False)
    """As it came: with fields that this version does not know."""


class Fields:
    """One JSON object. Every method raises RequestError where the field is missing, or is of
    another type."""

    def __init__(self, answer: object) -> None:
        """Raises RequestError where the answer is not an object."""
        self.json: Json = _checked(answer, dict, "object")

    def text(self, name: str) -> str:
        return _checked(self._value(name), str, name)

    def text_or_none(self, name: str) -> str | None:
        value = self._value(name)
        return None if value is None else _checked(value, str, name)

    def text_if_any(self, name: str) -> str | None:
        """As `text_or_none`; None where the daemon is too old to have the field."""
        return self.text_or_none(name) if name in self.json else None

    def whole(self, name: str) -> int:
        return _checked(self._value(name), int, name)

    def number(self, name: str) -> float:
        """A number with or without a fraction: JSON does not tell 1 from 1.0."""
        return _number(self._value(name), name)

    def number_or_none(self, name: str) -> float | None:
        value = self._value(name)
        return None if value is None else _number(value, name)

    def number_if_any(self, name: str) -> float | None:
        """As `number_or_none`; None where the daemon is too old to have the field."""
        return self.number_or_none(name) if name in self.json else None

    def whole_or_none(self, name: str) -> int | None:
        """A whole number; None for null, and where the daemon is too old to have the field."""
        return self.whole(name) if self.json.get(name) is not None else None

    def whole_if_any(self, name: str) -> int:
        """A whole number; 0 for null, and where the daemon is too old to have the field."""
        return self.whole(name) if self.json.get(name) is not None else 0

    def flag(self, name: str) -> bool:
        return _checked(self._value(name), bool, name)

    def flag_if_any(self, name: str) -> bool | None:
        """As `flag`; None for null, and where the daemon is too old to have the field."""
        return self.flag(name) if self.json.get(name) is not None else None

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(_checked(value, str, name) for value in self._list(name))

    def numbers(self, name: str) -> list[float]:
        """A list: there may be thousands, which are to be calculated with."""
        return [_number(value, name) for value in self._list(name)]

    def numbers_if_any(self, name: str) -> tuple[float, ...] | None:
        """A list; None for null, and where the daemon is too old to have the field."""
        return tuple(self.numbers(name)) if self.json.get(name) is not None else None

    def size_if_any(self, name: str) -> tuple[int, int] | None:
        """Width and height in pixels; None for null, and where the daemon is too old to have the
        field."""
        size = self.numbers_if_any(name)
        return (int(size[0]), int(size[1])) if size else None

    def each(self, name: str, read: Callable[[object], T]) -> tuple[T, ...]:
        """A list of objects, each made by `read`."""
        return tuple(map(read, self._list(name)))

    def each_if_any(self, name: str, read: Callable[[object], T]) -> tuple[T, ...]:
        """As `each`; empty where the daemon is too old to have the field."""
        return self.each(name, read) if name in self.json else ()

    def inner(self, name: str, read: Callable[[object], T]) -> T:
        """An object, made by `read`."""
        return read(self._value(name))

    def inner_if_any(self, name: str, read: Callable[[object], T]) -> T | None:
        """As `inner`; None for null, and where the daemon is too old to have the field."""
        return self.inner(name, read) if self.json.get(name) is not None else None

    def _value(self, name: str) -> object:
        try:
            return self.json[name]
        except KeyError:
            raise _unfit(name) from None

    def _list(self, name: str) -> list[object]:
        return _checked(self._value(name), list, name)


def each(answer: object, read: Callable[[object], T]) -> tuple[T, ...]:
    """An answer that is itself a list of objects. Raises RequestError where it is not."""
    return tuple(map(read, _checked(answer, list, "list")))


def of_another_program() -> RequestError:
    """The error of an answer that imgsimd gives in no version."""
    message = "What answers on the socket is no imgsimd: look at `socket` in the configuration."
    return RequestError("bad_answer", 200, message)


def _number(value: object, name: str) -> float:
    return value if isinstance(value, float) else float(_checked(value, int, name))


def _checked(value: object, kind: type[T], name: str) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _unfit(name)
    return value


def _unfit(name: str) -> RequestError:
    return RequestError(
        "bad_answer",
        200,
        f"The daemon's answer lacks a usable `{name}`: it is of another version than this program. "
        "`imgsimctl down` and `imgsimctl up` start the installed one.",
    )
