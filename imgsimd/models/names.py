"""What a model may be called."""

from __future__ import annotations

import os
import re
from pathlib import Path

from imgsimd.errors import ModelError
from imgsimd.models import makers
from imgsimd.words import printable, quoted

_ALLOWED = re.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
"""It is part of file names, and written in settings and commands."""
_BUILT_IN = Path(__file__).parent
"""As in `model_files.py`, which imports too much for a command."""


def chosen(given: str, wanted: str | None) -> str:
    """The name of the model that is made of what was given: the one that the user wants, else that
    of the known network, or of the file.

    Raises ModelError where a model cannot have that name, or must not: the built-in models, and
    those that imgsimd knows how to make, keep theirs.
    """
    is_file = makers.is_file(given)
    name = wanted
    if name is None:
        name = os.path.splitext(os.path.basename(given))[0] if is_file else given
    if not _ALLOWED.fullmatch(name):
        raise ModelError(
            f"A model cannot be called '{printable(name)}': letters from A to Z, digits and ._+- "
            f"are allowed, 64 at most, the first a letter or a digit. {_advice(given)}"
        )
    if (_BUILT_IN / f"{name}.toml").exists():
        raise ModelError(f"A built-in model is called {name} already. {_advice(given)}")
    if name in makers.OF_NAMES and (is_file or name != given):
        raise ModelError(f"{name} is what `imgsimctl model add {name}` makes. {_advice(given)}")
    return name


def _advice(given: str) -> str:
    return f"Choose another name: imgsimctl model add --name NAME {quoted(given)}"
