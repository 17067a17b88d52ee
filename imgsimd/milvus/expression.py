"""Which rows of a collection are wanted, in the words in which Milvus takes it.

Values are written into the text, as milvus-lite takes them in no other way, and no user's words
get there unquoted. The names are those of `SharedRow`. Empty text stands for all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from imgsimd.file_kinds import FileKind
from imgsimd.gallery.conditions import SHAPES, Conditions, local_seconds, plain_camera
from imgsimd.gallery.vectors.base import Ids
from imgsimd.milvus.messages import Host
from imgsimd.milvus.path_text import to_text
from imgsimd.paths import slashed
from imgsimd.shared_ids import HostNumber
from imgsimd.types import FilePath

_AFTER_SLASH = chr(ord("/") + 1)
_QUOTED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_PATTERN = str.maketrans({"%": r"\%", "_": r"\_", "\\": "_"})
"""A backslash is written as any one character: milvus-lite finds no quoted one. Nothing is missed,
and no camera is known that has one."""


def all_of(*expressions: str) -> str:
    """What fits each of them."""
    return " and ".join(filter(None, expressions))


def of_host(host: HostNumber) -> str:
    """The rows of one host."""
    return f"host == {host}"


def of_hosts(hosts: Sequence[Host]) -> str:
    """The rows of some hosts (at least one), without those in their offline folders."""
    numbers = ", ".join(str(host.number) for host in hosts)
    away = (
        f"not (host == {host.number} and root in [{_quoted(map(to_text, host.offline))}])"
        for host in hosts
        if host.offline
    )
    return all_of(f"host in [{numbers}]", *away)


def with_ids(ids: Ids) -> str:
    """The rows with these ids."""
    return f"id in [{', '.join(map(str, ids.tolist()))}]"


def without_ids(ids: Ids) -> str:
    """All rows but those with these ids."""
    return f"not ({with_ids(ids)})"


def fitting(conditions: Conditions) -> str:
    """The rows that fit the conditions, as `gallery.attribute_columns` has it."""
    return all_of(*_parts(conditions))


def _parts(wanted: Conditions) -> Iterator[str]:
    if wanted.under:
        yield _below(wanted.under)
    if wanted.not_under:
        yield f"not {_below(wanted.not_under)}"
    if wanted.since is not None:
        yield f"time >= {local_seconds(wanted.since)}"
    if wanted.until is not None:
        yield f"time < {local_seconds(wanted.until)}"
    if wanted.kinds:
        yield _any_of(map(_of_kind, wanted.kinds))
    if wanted.min_pixels is not None:
        yield f"pixels >= {wanted.min_pixels}"
    if wanted.orientation is not None:
        yield f"shape == {SHAPES[wanted.orientation]}"
    if wanted.cameras:
        yield _any_of(map(_of_camera, wanted.cameras))


def _below(folders: Sequence[FilePath]) -> str:
    """The text of whatever lies in a folder begins with the folder's."""
    starts = [to_text(slashed(folder)) for folder in folders]
    ends = [start[:-1] + _AFTER_SLASH for start in starts]
    return _any_of(
        f"(path >= {_quoted([start])} and path < {_quoted([end])})"
        for start, end in zip(starts, ends, strict=True)
    )


def _of_kind(kind: FileKind) -> str:
    is_format = f"format == {_quoted([kind.format])}"
    if not kind.extension:
        return is_format
    return f"({is_format} and extension == {_quoted([kind.extension])})"


def _of_camera(part: str) -> str:
    return f"camera like {_quoted(['%' + plain_camera(part).translate(_PATTERN) + '%'])}"


def _any_of(expressions: Iterable[str]) -> str:
    return f"({' or '.join(expressions)})"


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f'"{text.translate(_QUOTED)}"' for text in texts)
