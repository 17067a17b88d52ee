"""The words of a command line that is being typed into bash."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPACE = " \t\n"
_ESCAPABLE = '$`"\\\n'
"""What a backslash escapes within double quotes (bash(1), QUOTING)."""


@dataclass(slots=True)
class _Word:
    """A word up to where the cursor is."""

    text: str = ""
    start: int = 0
    """Where the part begins that readline replaces: behind a character that breaks words, or an
    open quote."""
    quote: str = ""
    """The open quote."""
    is_escaped: bool = False
    is_begun: bool = False
    """Whether there is anything of it, such as `''`."""


def words(line: str, breaks: str) -> tuple[list[str], int]:
    """The words of the line without quotes and backslashes, the last being the one that is
    typed, which may be empty; and where in it the part begins that readline replaces.

    `breaks` is bash's COMP_WORDBREAKS.
    """
    found = [_Word()]
    for character in line:
        word = found[-1]
        if character in _SPACE and not word.quote and not word.is_escaped:
            found.append(_Word())
        else:
            _add(word, character, breaks)
    texts = [word.text for word in found if word.is_begun or word is found[-1]]
    while len(texts) > 1 and re.match(r"\w+=", texts[0]):  # a variable for the command
        del texts[0]
    return texts, found[-1].start


def _add(word: _Word, character: str, breaks: str) -> None:
    word.is_begun = True
    if word.is_escaped:
        is_kept = word.quote == '"' and character not in _ESCAPABLE
        word.text += f"\\{character}" if is_kept else character
        word.is_escaped = False
    elif character == "\\" and word.quote != "'":
        word.is_escaped = True
    elif character == word.quote:
        word.quote = ""
    elif character in "'\"" and not word.quote:
        word.quote = character
        word.start = len(word.text)
    else:
        word.text += character
        if character in breaks and not word.quote:
            word.start = len(word.text)
