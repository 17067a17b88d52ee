"""Text for people: printable names, commands that can be pasted, counts, reasons of errors."""

from __future__ import annotations

import os
import shlex
import signal
import unicodedata

OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories of control characters, and of what cannot be encoded."""
JOINERS = "\u200c\u200d"
"""These are of category Cf, but harmless, and part of many emoji and of Indic and Persian words."""


def printable(text: str) -> str:
    """`text` in one line and safe to print: with `\\n`, `\\x1b`, `\\u202e`, and `\\xff` for a byte
    that is not UTF-8."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def quoted(text: str) -> str:
    """`text` as one word of a command that can be pasted into a shell; it may contain anything."""
    shown = printable(text)
    if shown == text:
        return shlex.quote(text)
    return "$'" + printable(text.replace("\\", "\\\\").replace("'", "\\'")) + "'"


def counted(number: int, noun: str) -> str:
    """`1 photo`, `1,187 photos`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def of_bytes(number: int) -> str:
    """A size as file managers show it, in powers of 1,000: `0 bytes`, `312 kB`, `4.2 MB`."""
    if number < 1000:
        return f"{number} bytes"
    size, units = number / 1000, ["kB", "MB", "GB", "TB"]
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.1f} {units[0]}" if size < 9.95 else f"{size:,.0f} {units[0]}"


def percent(share: float) -> str:
    """A share above 0 and below 1 as `61 %`: never `0 %` or `100 %`."""
    return f"{min(99, max(1, int(share * 100)))} %"


def camera(make: str, model: str) -> str:
    """Maker and model, without the maker's name twice: `Canon EOS R5`. A filter by camera finds it
    by this name."""
    both = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return " ".join(both.split())


def reason(error: Exception) -> str:
    """Why it failed, without Python's details (the number of an error, the name of a codec)."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, UnicodeError):
        return "it is not UTF-8 text"
    return str(error)


def of_system(error: OSError) -> str:
    """What the system refused, and for which file, if the error names one."""
    file = "" if error.filename is None else f"{printable(os.fsdecode(error.filename))}: "
    return file + reason(error)


def of_signal(number: int) -> str:
    """The name of a signal, such as `SIGKILL`; `signal 40` for one without a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _shown(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte, by surrogateescape (PEP 383)
        return f"\\x{ord(character) - 0xDC00:02x}"
    if unicodedata.category(character) in OBEYED and character not in JOINERS:
        return character.encode("unicode_escape").decode("ascii")
    return character
