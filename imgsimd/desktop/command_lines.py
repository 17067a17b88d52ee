"""Commands as the files of file managers have them. A word that is a field code, such as `%f`,
stands for what the file manager puts there; everything else means itself."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence

from imgsimd.errors import ConfigError
from imgsimd.words import printable

_CODE = re.compile("%[a-zA-Z]")
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})
"""In a value of a key file (Desktop Entry Specification 1.5, "Possible value types")."""


def desktop_entry(words: Sequence[str]) -> str:
    """The value of `Exec` (Desktop Entry Specification 1.5, "The Exec key").

    Raises ConfigError for a path that is not UTF-8; the other functions do, too.
    """
    return _joined(words, _double_quoted).translate(_ESCAPES)


def action(words: Sequence[str]) -> str:
    """The value of `Exec` in an action of Nemo or libfm, which GLib splits as a shell would."""
    return _joined(words, shlex.quote).translate(_ESCAPES)


def thunar(words: Sequence[str]) -> str:
    """The text of a `<command>`, which GLib splits as a shell would."""
    return _joined(words, shlex.quote)


def text(word: str) -> str:
    """Any other value in a key file, such as that of `TryExec`."""
    return _readable(word).translate(_ESCAPES)


def _joined(words: Sequence[str], quoted: Callable[[str], str]) -> str:
    return " ".join(
        word if _CODE.fullmatch(word) else quoted(_readable(word)).replace("%", "%%")
        for word in words
    )


def _double_quoted(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else '"' + re.sub(r'(["`$\\])', r"\\\1", word) + '"'


def _readable(word: str) -> str:
    try:
        word.encode()
    except UnicodeEncodeError:
        raise ConfigError(
            f"The path {printable(word)} is not UTF-8, so no file manager can be told of it: "
            "install imgsimd in another folder."
        ) from None
    return word
