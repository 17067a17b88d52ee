"""Why a file of ours cannot be used, and what can be done about it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from imgsimd.words import quoted, reason

FORBIDDEN = (errno.EACCES, errno.EPERM)
SYSTEM = ("/etc", "/opt", "/run/imgsimd", "/var/lib")
NO_FOLDER = (errno.EEXIST, errno.ENOTDIR)


def explain(error: Exception, path: Path) -> str:
    """The error in words, with what causes it at or above `path`, and the command that helps.
    Without a full stop, so that a sentence can continue."""
    number = error.errno if isinstance(error, OSError) else None
    if number in NO_FOLDER and (file := _file_at_or_above(path)):
        return f"{file} is a file, but a folder is needed there"
    if number not in FORBIDDEN:
        return reason(error)
    return barred(path) or reason(error)


def barred(*paths: Path) -> str:
    """Why we may not read, write or create one of these files, in the words of `explain`; for the
    first such file. Empty if we may."""
    for path in paths:
        if not (found := list(_barred(path))):
            continue
        if os.statvfs(found[0]).f_flag & os.ST_RDONLY:
            return f"{found[0]} is on a disk that cannot be written"
        return f"{os.strerror(errno.EACCES)}. {_remedy(found[-1])}"
    return ""


def denial(path: str) -> str:
    """Why we may not read the file, or list the folder, as a clause: to whom it belongs, or the
    folder above it, and what allows reading it. Empty if we may."""
    found = barrier(path)
    if found is None:
        return ""
    at, rights = found
    return f"{'it' if at == path else f'the folder {at}'} {_owner(at, rights)}"


def barrier(path: str) -> tuple[str, str] | None:
    """What at or above the path keeps us from reading the file, or listing the folder, and the
    rights that we lack there, as chmod(1) names them; None if we may."""
    for each in map(str, reversed(Path(path).parents)):
        if not os.access(each, os.X_OK, effective_ids=True):
            return each, "x"
    needed, rights = (os.R_OK | os.X_OK, "rx") if os.path.isdir(path) else (os.R_OK, "r")
    return None if os.access(path, needed, effective_ids=True) else (path, rights)


def _owner(path: str, rights: str) -> str:
    try:
        owner = os.stat(path).st_uid
    except OSError:
        return "cannot be looked at"
    who = "u" if owner == os.geteuid() else "o"
    return f"belongs to {name_of(owner)}, who can allow it with `chmod {who}+{rights}`"


def _file_at_or_above(path: Path) -> Path | None:
    there = (each for each in (path, *path.parents) if os.path.lexists(each))
    first = next(there)
    return None if os.path.isdir(first) else first


def _barred(path: Path) -> Iterator[Path]:
    """What at and above the path we are not allowed to use as we need to."""
    needed = os.R_OK | os.W_OK
    for each in (path, *path.parents):
        if not os.path.lexists(each):
            continue  # or the folder above hides it
        is_folder = os.path.isdir(each)
        if not os.access(each, needed | os.X_OK if is_folder else needed):
            yield each
        needed = os.X_OK if is_folder else os.W_OK


def _remedy(path: Path) -> str:
    owner, own = os.lstat(path).st_uid, os.getuid()
    if owner == own:
        return f"To allow it: `chmod u+rwX {quoted(str(path))}`"
    if not _is_ours_alone(path):
        return f"{path} belongs to {name_of(owner)}"
    whole = (
        path.parent if path.parent.name == "imgsimd" else path
    )  # other files in it probably belong to somebody else, too
    command = f"sudo chown -R {name_of(own)} {quoted(str(whole))}"
    return f"{path} belongs to {name_of(owner)}. To get it back: `{command}`"


def _is_ours_alone(path: Path) -> bool:
    """Whether it lies in our home or in a folder named imgsimd, so that nobody else needs it. The
    folders of that name below SYSTEM are those of the daemon for all users."""
    if any(Path(folder) in path.parents for folder in SYSTEM):
        return False
    home = Path(os.path.expanduser("~"))
    is_at_home = home in path.parents and home != Path("/") and os.access(home, os.W_OK)
    return is_at_home or "imgsimd" in path.parts


def name_of(user: int) -> str:
    """The user's name; the number if it has none."""
    import pwd  # rarely needed, and a command must start fast

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
