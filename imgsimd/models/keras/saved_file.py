"""A file that Keras has saved a network in, `.keras` or `.h5`: what it says it holds.

It may come from anywhere. A network can have code in it, as bytes (a Lambda layer) or as the name
of a class or function that is to be imported; such a network is never loaded.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgsimd.words import of_bytes, printable

LARGEST_CONFIG, LARGEST = 2**26, 2**32
"""Bytes of the JSON that describes the layers, which even for a thousand are 1 MB; and of all that
is in the file. LiteRT takes networks of 2 GB, and what training needs may lie beside them."""
_MEMBERS = re.compile(r"metadata\.json|config\.json|model\.weights\.h5")
_OF_KERAS = re.compile(
    r"builtins|keras(\.src)?(\.(layers|models|ops|initializers|regularizers|constraints"
    r"|activations|dtype_policies|applications)(\.\w+)*)?"
)
"""The modules that classes and functions of a network may be from."""
_CODE = {"Lambda", "__lambda__", "TFSMLayer", "FlaxLayer", "JaxLayer", "TorchModuleWrapper"}
"""Classes of Keras that hold code, or load it from another file."""
_NOT_THE_NETWORK = {"compile_config", "build_config", "training_config"}
"""Parts that only training needs, and that are not loaded."""
_DAMAGES = (
    OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What the libraries raise for files that are not as they should be."""


class RefusedError(Exception):
    """Why a file cannot be used: a clause about "it"."""


@dataclass(frozen=True, slots=True)
class KerasFile:
    """What a file says it holds."""

    config: Any
    """Of the network, as Keras writes it: JSON."""
    version: str
    """Of the Keras that has written it; empty if the file does not say."""


def read(file: Path) -> KerasFile:
    """What the file says, after a look for all that makes it dangerous to load.

    Raises RefusedError where it is damaged, is no file of Keras, holds no network or too much, or
    where the network has code of its own.
    """
    read = _read_zip if file.suffix == ".keras" else _read_hdf5
    try:
        found = read(file)
    except _DAMAGES as error:
        raise RefusedError("it is damaged, cut off, or not saved by Keras") from error
    if code := sorted(set(_code_in(found.config))):
        names = ", ".join(printable(each[:80]) for each in code[:5])
        raise RefusedError(
            f"it has code of its own in it ({names}), which imgsimd does not run. Save the network "
            "without it, up to a layer before it"
        )
    return found


def _read_zip(file: Path) -> KerasFile:
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if not _MEMBERS.fullmatch(member.filename):
                raise RefusedError(
                    f"there is a file in it that Keras puts into none: "
                    f"{printable(member.filename[:200])}"
                )
        if len({*archive.namelist()}) < len(archive.namelist()):
            raise RefusedError("there are two files of one name in it")
        _require_size(sum(member.file_size for member in archive.infolist()), LARGEST)
        config, metadata = (_json(archive, name) for name in ("config.json", "metadata.json"))
    return KerasFile(config, str(metadata["keras_version"])[:40])


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    _require_size(archive.getinfo(name).file_size, LARGEST_CONFIG)
    return json.loads(archive.read(name))


def _read_hdf5(file: Path) -> KerasFile:
    import h5py  # comes with Keras, and is needed only here

    with h5py.File(file) as content:
        if "model_config" not in content.attrs:
            raise RefusedError(
                "it holds weights alone, and no network: `imgsimctl model add NETWORK --weights "
                "FILE` adds them with a network of Keras Applications"
            )
        config = json.loads(content.attrs["model_config"])
        version = content.attrs.get("keras_version", "")
    return KerasFile(config, (version if isinstance(version, str) else version.decode())[:40])


def _require_size(size: int, most: int) -> None:
    if size > most:
        raise RefusedError(f"it unpacks to {of_bytes(size)}; {of_bytes(most)} are the most")


def _code_in(config: Any) -> Iterator[str]:
    """Names of what is not of Keras, or holds code."""
    waiting = [config]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        if not isinstance(each, dict):
            continue
        waiting += [value for key, value in each.items() if key not in _NOT_THE_NETWORK]
        kind, module = str(each.get("class_name")), each.get("module", "keras")
        if kind in _CODE:
            yield "a lambda" if kind == "__lambda__" else f"a layer {kind}"
        elif "class_name" in each and not _OF_KERAS.fullmatch(str(module)):
            yield f"{module}.{kind}" if module else str(each.get("registered_name") or kind)
