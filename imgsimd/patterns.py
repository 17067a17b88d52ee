"""Reads the patterns of the setting `ignore`, which are those of .gitignore.

Forms that other tools accept are accepted here with the same meaning, or refused with what to write
instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from pathspec import GitIgnoreSpec

_WILD = re.compile(r"[*?\[\\]")
_SPECIAL = re.compile(r"[*?\[\]\\]")
_BRACES = re.compile(r"(?<!\\)\{([^{}/]*,[^{}]*)\}")
_EVERYTHING = {"*", "**"}


def read(text: str) -> str:
    """The pattern in the form that `lines` takes.

    Raises ValueError, which names the pattern and says what to write instead.
    """
    pattern = _without_spaces(text)
    sign, body = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    _refuse_what_has_no_meaning(text, sign, body)
    if body.startswith("~") and "/" in body:
        body = os.path.expanduser(body)
    parts = [part for part in body.split("/") if part not in ("", ".")]
    if parts[0] == "*" and not _is_everything(body):
        parts[0] = "**"  # as in tools where `*` stands for any path
    if parts[-1] == "**":
        body = body.rstrip("/")  # everything in a folder, not only its folders
    start = "/" if body.startswith(("/", "./")) else ""
    body = start + "/".join(parts) + ("/" if body.endswith("/") else "")
    body = "\\" * body.startswith("#") + body  # here it starts no comment
    if not _is_understood(body):
        literal = re.sub(r"(?=[\[\]])", r"\\", text)
        raise ValueError(f"`{text}`: its brackets are not a set of characters: write '{literal}'")
    return sign + body


def read_all(texts: Sequence[str]) -> list[str]:
    """Reads all patterns. Also raises ValueError if together they leave out everything."""
    patterns = [read(text) for text in texts]
    for number, (text, pattern) in enumerate(zip(texts, patterns, strict=True)):
        follow = patterns[number + 1 :]
        if _is_everything(pattern) and not any(p.startswith("!") for p in follow):
            raise ValueError(f"`{text}` would leave out everything")
    return patterns


def lines(pattern: str, root: str) -> list[str]:
    """The lines that the pattern becomes in a .gitignore in the watched folder `root`.

    A path may be absolute, or begin with the last folders of the root's path. A path of the root
    itself leaves out everything in it.
    """
    sign, body = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    end = "/" if body.endswith("/") else ""
    if not is_path(body):
        return [pattern]
    if body.startswith("/"):
        for path in _resolved(body):
            rest = _rest(path.strip("/").split("/"), root.strip("/").split("/"))
            if rest is not None:
                return [f"{sign}/{rest or '**'}{end}"]
        return [pattern]
    within = _after_last_folders(body.strip("/").split("/"), root.strip("/").split("/"))
    return [pattern, *(f"{sign}/{rest}{end}" for rest in within)]


def is_path(pattern: str) -> bool:
    """Whether a pattern that was read is for a path, not for names anywhere."""
    return "/" in pattern.rstrip("/")


def by_path(pattern: str, root: str) -> list[str]:
    """Those of `lines` that are there because the pattern names the watched folder by its path;
    nothing where it means all of that."""
    meant = (line for line in lines(pattern, root) if line != pattern)
    return [line for line in meant if not _is_everything(line.removeprefix("!"))]


def for_moved_folder(text: str, old: str, new: str) -> list[str]:
    """The patterns that mean in the folder `new` what this one, as the user wrote it, means in
    `old` by the path of that; none where it means that anyway."""
    pattern = read(text)
    found = by_path(pattern, old)
    if set(found) <= set(by_path(pattern, new)):
        return []
    sign = "!" if pattern.startswith("!") else ""
    home = os.path.expanduser("~") + "/"
    if text.startswith(f"{sign}~/") and new.startswith(home):
        place = "~/" + escaped(new.removeprefix(home))
    else:
        place = escaped(new)
    return [f"{sign}{place}{line.removeprefix(sign)}" for line in found]


def names_folder(text: str, folder: str) -> bool:
    """Whether the pattern, as the user wrote it, begins with the folder's path, letter by letter:
    then it is for no other folder."""
    return read(text).removeprefix("!").startswith(f"{escaped(folder)}/")


def escaped(path: str) -> str:
    """A pattern that matches this path alone."""
    return _SPECIAL.sub(r"\\\g<0>", path)


def refuse_whole_root(text: str, root: str) -> None:
    """Raises ValueError if the pattern, as the user wrote it, leaves out a whole watched folder."""
    pattern = read(text)
    if _is_everything(pattern.removeprefix("!")):
        return  # `read_all` decides
    if any(_is_everything(line.removeprefix("!")) for line in lines(pattern, root)):
        raise ValueError(
            f"`{text}` leaves out all of the watched folder {root}: to do that, remove the folder "
            "from `roots`; otherwise name a folder in it"
        )


def _without_spaces(text: str) -> str:
    """As in .gitignore, spaces at the end count only after a backslash."""
    stripped = text.rstrip()
    is_escaped = stripped.endswith("\\") and len(stripped) < len(text)
    return stripped + " " if is_escaped else stripped


def _refuse_what_has_no_meaning(text: str, sign: str, body: str) -> None:
    if not body.strip("/.") and ".." not in body:
        raise ValueError(f"`{text}` names nothing: name a file or a folder, or remove it")
    if body.startswith("file:"):
        path = unquote(urlsplit(body).path)
        raise ValueError(f"`{text}` is an address: write the path, `{sign}{path}`")
    if body.startswith(("$HOME", "${HOME}")):
        home = re.sub(r"^\$\{?HOME\}?", "~", body)
        raise ValueError(f"`{text}`: variables have no meaning here: write `{sign}{home}`")
    if re.search(r"\\(?:\w|$)", body):
        slashed = sign + re.sub(r"\\+(?=\w|$)", "/", body).removeprefix("C:")
        raise ValueError(f"`{text}`: folders are separated by /: write `{slashed}`")
    if ".." in body.split("/"):
        raise ValueError(f"`{text}` leads out of the folder: write the absolute path, without `..`")
    if braces := _BRACES.search(body):
        each = [body.replace(braces[0], part, 1) for part in braces[1].split(",")]
        instead = ", ".join(f'"{sign}{part}"' for part in each)
        raise ValueError(f"`{text}`: braces have no meaning here: write {instead}")


def _is_understood(body: str) -> bool:
    try:
        return GitIgnoreSpec.from_lines([body]).patterns[0].include is not None
    except (ValueError, re.error):
        return False


def _is_everything(pattern: str) -> bool:
    return bool(pattern) and all(part in _EVERYTHING for part in pattern.strip("/").split("/"))


def _resolved(body: str) -> Iterator[str]:
    """The absolute path as it is written, and with its links resolved."""
    yield body
    wild = _WILD.search(body)
    known = body if wild is None else body[: body.rfind("/", 0, wild.start()) + 1]
    rest = body[len(known) :]
    above, name = os.path.split(known.rstrip("/"))
    yield os.path.join(
        os.path.realpath(above), name, rest
    )  # the last part may be a link that is left out itself
    yield os.path.join(os.path.realpath(known), rest)


def _rest(path: Sequence[str], root: Sequence[str]) -> str | None:
    """The part of the path after the root's; None if the path does not begin with that."""
    if _WILD.search(path[0]):  # `/*` and `/**` begin in the folder of a .gitignore
        return None
    for number, (one, other) in enumerate(zip(path, root, strict=False)):
        if one == "**":
            return "/".join(path[number:])
        if not fnmatchcase(other, _unescaped(one)):
            return None
    return "/".join(path[len(root) :])


def _after_last_folders(path: Sequence[str], root: Sequence[str]) -> Iterator[str]:
    """The part of the path after the last folders of the root's, if it begins with these."""
    for count in range(1, min(len(path) - 1, len(root)) + 1):
        rest = "/".join(path[count:])
        if list(path[:count]) == list(root[-count:]) and not _is_everything(rest):
            yield rest


def _unescaped(part: str) -> str:
    """The part for fnmatch, which does not know backslashes."""
    return re.sub(r"\\(.)", lambda escaped: f"[{escaped[1]}]", part)
