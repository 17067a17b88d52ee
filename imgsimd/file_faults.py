"""Why a file cannot be read, by what the system says of it. A reason is a clause about "it"."""

from __future__ import annotations

import errno
import os

from imgsimd import access
from imgsimd.errors import BadPictureError, FaultKind
from imgsimd.words import reason


def too_large(most: int, size: int | None = None) -> BadPictureError:
    """`most` is the setting `max_bytes`; the `size` in bytes, if it is known."""
    counted = "" if size is None else f"{size:,} bytes; "
    return BadPictureError(
        f"it is too large: {counted}`max_bytes` under [worker] in the configuration allows "
        f"{most:,} bytes",
        FaultKind.TOO_LARGE,
    )


def unreadable(error: OSError, path: bytes | str = "") -> BadPictureError:
    """The system refuses to open or read the file; `path` is empty for one without a name."""
    if error.errno in access.FORBIDDEN:
        return BadPictureError(refusal(error, path), FaultKind.NO_PERMISSION)
    if error.errno == errno.EIO:
        what = f"the disk fails to read it: {reason(error)}"
    else:
        what = f"it cannot be read: {reason(error)}"
    return BadPictureError(what, FaultKind.DISK_ERROR)


def refusal(error: OSError, path: bytes | str = "") -> str:
    """What the system says of a file or a folder, and what helps if that is known."""
    if error.errno not in access.FORBIDDEN:
        return reason(error)
    cause = access.denial(os.fsdecode(path)) if path else ""
    return f"permission denied; {cause}" if cause else "permission denied"
