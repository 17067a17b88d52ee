"""Why a question has no answer: which condition no photo meets, or how far away the nearest is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from imgsimd.client import Question
from imgsimd.client.wanted import Wanted, max_distance
from imgsimd.words import printable


def sentence(question: Question, wanted: Wanted) -> str:
    """Why nothing was found."""
    return of_filter(question, wanted) or _of_limit(question, wanted)


def of_filter(question: Question, wanted: Wanted) -> str:
    """Which conditions leave nothing but the pictures themselves; empty if it is not they."""
    conditions = _conditions(wanted)
    if not conditions or question.ask(1, **(conditions | _by(wanted))).matches:
        return ""
    own = "Only what you ask about is such a photo; --include-self finds it, too."
    return unmet(question, wanted) or own


def unmet(question: Question, wanted: Wanted) -> str:
    """Which conditions no photo meets, whatever is asked about; empty if there are none."""
    conditions = _conditions(wanted)
    if not conditions or question.ask(1, **_and_queries(conditions, wanted)).matches:
        return ""
    alone: list[Wanted] = [one for name in conditions if (one := _only(conditions, name))]
    empty = [one for one in alone if not question.ask(1, **_and_queries(one, wanted)).matches]
    said = [_said(one) for one in (empty[:1] or alone)]
    return f"No photo {' and '.join(said)}."


def _of_limit(question: Question, wanted: Wanted) -> str:
    most, least = max_distance(wanted), wanted.get("min_similarity")
    rest = _conditions(wanted) | _by(wanted)
    rest["include_queries"] = wanted.get("include_queries", False)
    nearest = () if most is None else question.ask(1, **rest).matches
    if most is None or not nearest:
        return "Nothing found: `imgsimctl status` shows what is searchable."
    if least and most != wanted.get("max_distance"):
        best = f"{100 * nearest[0].similarity:.1f} %"
        return f"Nothing is at least {_percent(least)} similar; the best is {best}."
    distance = nearest[0].distance
    digits = 2 if round(distance, 2) > most else 4
    return f"Nothing within {most:g}; the nearest is at {distance:.{digits}f}."


def _conditions(wanted: Wanted) -> Wanted:
    """Those that have nothing to do with how a photo looks."""
    found = Wanted()
    for name in _SAID:
        if wanted.get(name):
            found |= _only(wanted, name)
    return found


def _only(wanted: Wanted, name: str) -> Wanted:
    """This option alone."""
    found: Wanted = {name: wanted[name]}  # type: ignore[misc] # one of _SAID
    return found


def _and_queries(conditions: Wanted, wanted: Wanted) -> Wanted:
    return conditions | _by(wanted) | Wanted(include_queries=True)


def _by(wanted: Wanted) -> Wanted:
    """By the same model."""
    return _only(wanted, "model") if wanted.get("model") else Wanted()


def _said(wanted: Wanted) -> str:
    """The only condition of these, as what a photo is."""
    ((name, value),) = wanted.items()
    return printable(_SAID[name](value))


def _listed(values: object) -> str:
    names = [str(value) for value in values] if isinstance(values, Sequence) else []
    return " or ".join(names)


def _day(moment: object) -> str:
    return str(moment).removesuffix(" 00:00:00")


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


_SAID: dict[str, Callable[[object], str]] = {
    "hosts": lambda names: f"is on {_listed(names)}",
    "under": lambda folders: f"is in {_listed(folders)}",
    "not_under": lambda folders: f"is outside of {_listed(folders)}",
    "since": lambda moment: f"is from {_day(moment)} or later",
    "until": lambda moment: f"is from before {_day(moment)}",
    "formats": lambda names: f"is a file of the format {_listed(names)}",
    "min_pixels": lambda number: f"has {number:,} pixels or more",
    "orientation": lambda shape: "is square" if shape == "square" else f"has the shape {shape}",
    "cameras": lambda names: f"was taken with a camera called {_listed(names)}",
}
"""The conditions, and how they are said of a photo."""
