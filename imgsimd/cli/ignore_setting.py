"""Edits the patterns of the setting `ignore`."""

from __future__ import annotations

from collections.abc import Iterator, MutableSequence


def move(ignore: MutableSequence[str], old: str, new: str, is_watched: bool) -> Iterator[str]:
    """Has the patterns for paths in the folder `old` match in `new`; says in sentences how.

    A pattern is replaced if it is for `old` alone, and that is not watched any more. Otherwise it
    stays, and the new one comes after it. A pattern that is invalid is left as it is.
    """
    from imgsimd import patterns  # seldom needed, and a command must start fast

    for text in list(map(str, ignore)):
        try:
            moved = patterns.for_moved_folder(text, old, new)
            stays = is_watched or not patterns.names_folder(text, old)
        except ValueError:
            continue
        moved = [each for each in moved if each not in ignore]
        if not moved:
            continue
        number = ignore.index(text)
        if not stays:
            ignore[number] = moved.pop(0)
            yield f"In `ignore`, `{ignore[number]}` replaces `{text}`."
        for each in reversed(moved):
            ignore.insert(number + 1, each)
            yield f"In `ignore`, `{each}` was added after `{text}`."
