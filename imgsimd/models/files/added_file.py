"""Installs a network from a file that a user has: `.tflite` or `.onnx`.

    python -m imgsimd.models.files.added_file --into DIR --name NAME [--preset PRESET] -- FILE

What it wants to see and what it gives is in a TOML file beside it, of the same name, or known as a
preset. Where there is neither, one is printed that is to be filled in.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from imgsimd.child_end import exit_code
from imgsimd.errors import ModelError
from imgsimd.models import description, trial
from imgsimd.models.files import network_file, presets
from imgsimd.models.files.interface import Interface
from imgsimd.models.files.presets import Preset
from imgsimd.models.install import Value, describe, path_text, refuse_taken, workspace
from imgsimd.models.proof import install_proven
from imgsimd.words import printable


def add(source: Path, name: str, into: Path, preset: Preset | None) -> None:
    """Installs a copy of the file `source` as the model `name` in the folder `into`.

    Each step is a line on standard output. Raises ModelError where it cannot be used, or a model of
    that name is there; `into` is then as it was.
    """
    refuse_taken(name, into)
    with workspace(into, name) as folder:
        made = folder / f"{name}{source.suffix.lower()}"
        network_file.copy(source, made)
        if preset and _is_described(source):
            beside = printable(str(_place(source)))
            print(f"{beside} is not used: --preset says how pictures are prepared.", flush=True)
        values = _of_preset(preset, made, source) if preset else _beside(source, made)
        model = describe(made, values)
        print(f"Trying {printable(str(source))} ...", flush=True)
        install_proven(model, into, sys.stdout)


def _of_preset(preset: Preset, made: Path, source: Path) -> dict[str, Value]:
    """The description of the file. Raises ModelError where it is plainly not that network."""
    output = _interface(made, source).output_for(preset)
    return {**preset.values, **output, "file": made.name}


def _beside(source: Path, made: Path) -> dict[str, Value]:
    """What the TOML file beside `source` says. Raises ModelError where it has mistakes, or, after
    printing one that is to be completed, where there is none."""
    beside = _place(source)
    if not _is_described(source):
        print(_interface(made, source).template(source.name), flush=True)
        raise ModelError(
            f"{source} has no description beside it. Write what is printed above into {beside}, "
            "and correct it; then try again. For some networks there is a preset: `imgsimctl model "
            "presets`."
        )
    known = _known(source, made)
    content = description.content(beside)
    description.checked(beside, {**known, "sha256": description.NO_SHA256, **content})
    _check_file(content, beside, source, made)
    return {**known, **cast("dict[str, Value]", content), "file": made.name}  # as was just checked


def _place(source: Path) -> Path:
    """Where the description of a file is, beside it."""
    return source.with_suffix(".toml")


def _is_described(source: Path) -> bool:
    """Whether there is one that has been begun."""
    beside = _place(source)
    return os.path.lexists(beside) and not (beside.is_file() and not beside.stat().st_size)


def _known(source: Path, made: Path) -> dict[str, Value]:
    """What a description need not say."""
    path = path_text(source)
    return {
        "description": f"Added from {os.path.basename(path)}",
        "precision": "as given",
        "weights": path,
        "file": made.name,
    }


def _check_file(content: Mapping[str, object], beside: Path, source: Path, made: Path) -> None:
    """Raises ModelError if the description is about another file."""
    if content.get("file", source.name) != source.name:
        raise ModelError(f"{beside} describes {content['file']}, and not {source.name}.")
    with made.open("rb") as copied:
        digest = hashlib.file_digest(copied, "sha256").hexdigest()
    if str(content.get("sha256", digest)).lower() != digest:
        raise ModelError(
            f"{source} does not have the sha256 that {beside} says: it is damaged, or another file."
        )


def _interface(made: Path, source: Path) -> Interface:
    try:
        return Interface.of(made)
    except trial.RefusedError as error:
        raise ModelError(f"{source} cannot be used: {error}.") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Add one; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.models.files.added_file")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--name", required=True)
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.add_argument("--preset")
    given = parser.parse_args(arguments)

    def work() -> None:
        preset = None if given.preset is None else presets.named(given.preset)
        add(given.file, given.name, given.into, preset)

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
