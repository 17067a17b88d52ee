"""What a word of a command line can be, for its completion. Nothing here asks the daemon, which a
question might start; roots come from the configuration, and models from their folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from imgsimd.client.wanted import ORIENTATIONS


def roots(incomplete: str) -> list[str]:
    """The watched folders, written as the user has begun: from `/`, from `~`, or from here."""
    from imgsimd import locations

    named = locations.read_toml(locations.find().config).get("roots")
    texts = [each for each in named if isinstance(each, str)] if isinstance(named, list) else []
    return [_written(os.path.normpath(os.path.expanduser(text)), incomplete) for text in texts]


def roots_and_below(incomplete: str) -> list[str]:
    """The watched folders; once one of them is there, the folders in it."""
    found = roots(incomplete)
    if any(incomplete.startswith(f"{root}/") for root in found):
        found += pictures(incomplete, endings=())
    return found


def models(incomplete: str) -> list[str]:
    """The models that can be used: the built-in ones, and those that were added."""
    import imgsimd
    from imgsimd import locations

    built_in = Path(imgsimd.__file__).parent / "models"
    found = [*built_in.glob("*.toml"), *locations.find().models.glob("*.toml")]
    return list(dict.fromkeys(file.stem for file in found))


def models_to_add(incomplete: str) -> list[str]:
    """What `model add` knows by name, and the files that it makes models of."""
    from imgsimd.models import makers

    return [*makers.OF_NAMES, *pictures(incomplete, endings=tuple(makers.OF_FILES))]


def presets(incomplete: str) -> list[str]:
    """Networks that `model add` knows how to prepare pictures for."""
    from imgsimd.models.files.presets import PRESETS

    return list(PRESETS)


def formats(incomplete: str) -> list[str]:
    """The names of the formats that can be read."""
    from imgsimd import file_kinds

    return file_kinds.names()


def orientations(incomplete: str) -> list[str]:
    """The shapes of photos."""
    return list(ORIENTATIONS)


def pictures(incomplete: str, endings: tuple[str, ...]) -> Iterator[str]:
    """The folders, and the files with one of these endings, whose path begins so. Hidden ones only
    if their dot is there."""
    folder, name = os.path.split(incomplete)
    try:
        entries = sorted(os.scandir(os.path.expanduser(folder) or "."), key=lambda each: each.name)
    except OSError:
        return
    for entry in entries:
        is_meant = entry.name.startswith(name) and name.startswith(".") >= entry.name.startswith(
            "."
        )
        if is_meant and (_is_folder(entry) or entry.name.lower().endswith(endings)):
            yield os.path.join(folder, entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _written(path: str, incomplete: str) -> str:
    home = os.path.expanduser("~")
    if incomplete.startswith("~") and path.startswith(f"{home}/"):
        return f"~{path.removeprefix(home)}"
    if not incomplete or incomplete.startswith(("/", "~")):
        return path
    return os.path.relpath(path)
