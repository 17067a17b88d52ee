"""What is wrong with values that a user wrote, as pydantic finds it, in our words."""

from __future__ import annotations

from pydantic_core import ErrorDetails

_WRONG = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "tuple_type": 'must be a list, as in ["one", "two"]',
    "model_type": "must be a section of its own",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
    "literal_error": "must be {expected}",
}
"""Pydantic's kinds of mistakes."""


def sentence(key: str, error: ErrorDetails) -> str:
    """What is wrong with the value of this key."""
    if error["type"] in _WRONG:
        context = {name: _readable(each) for name, each in error.get("ctx", {}).items()}
        return f"`{key}` {_WRONG[error['type']].format(**context)}."
    return f"`{key}`: {error['msg'].removeprefix('Value error, ')}."


def _readable(detail: object) -> object:
    """Pydantic names the choices that there are in single quotes, TOML has double ones."""
    return detail.replace("'", '"') if isinstance(detail, str) else detail
