"""The rooms import each other only as the design says, and heavy packages stay where they are."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import imgsimd

PACKAGE = Path(imgsimd.__file__).parent
FOUNDATION = {
    "closing",
    "extensions",
    "types",
    "errors",
    "places",
    "lockfile",
    "access",
    "words",
    "logs",
    "patterns",
    "__init__",
}
ALLOWED = {
    "types": set(),
    "errors": set(),
    "words": set(),
    "logs": {"words"},
    "access": {"words"},
    "places": {"errors", "words", "access"},
    "closing": set(),
    "lockfile": {"closing"},
    "process": set(),
    "presence": FOUNDATION | {"control.address", "control.listener"},
    "patterns": set(),
    "extensions": set(),
    "config": {"errors", "places", "patterns", "extensions"},
    "watching": FOUNDATION,
    "embedding": FOUNDATION | {"config"},
    "gallery": FOUNDATION,
    "forgetting": FOUNDATION | {"watching", "gallery"},
    "unreadable": FOUNDATION | {"watching", "gallery"},
    "departures": FOUNDATION | {"gallery"},
    "carrying": FOUNDATION | {"watching", "gallery"},
    "moving": FOUNDATION | {"watching", "gallery", "carrying"},
    "reconciling": FOUNDATION
    | {"config", "watching", "gallery", "forgetting", "unreadable", "departures"}
    | {"carrying", "moving"},
    "indexing": FOUNDATION | {"config", "watching", "gallery", "embedding"},
    "restart": FOUNDATION | {"config"},
    "upkeep": FOUNDATION | {"gallery", "indexing", "reconciling"},
    "control.app": FOUNDATION
    | {"gallery", "embedding", "indexing", "reconciling", "upkeep", "carrying"},
    "control.asking": FOUNDATION | {"gallery"},
    "control": FOUNDATION,
    "cli": FOUNDATION | {"control.client"},
}
OWNERS = {
    "tensorflow": {"embedding.build", "embedding.rebuild"},
    "keras": {"embedding.build", "embedding.rebuild"},
    "blake3": {"embedding.opening"},
    "pathspec": {"patterns", "watching.ignoring", "watching.folder_rules"},
    "cv2": {"embedding"},
    "ai_edge_litert": {"embedding"},
    "faiss": {"gallery.index"},
    "sqlite_utils": {"gallery"},
    "watchdog": {f"watching.{name}" for name in ("observer", "instance", "watches", "pairing")},
    "fastapi": {"control.app", "control.body", "control.failures"},
    "uvicorn": {"control.server", "control.limits"},
    "typer": {"cli"},
    "rich": {"cli"},
    "tomlkit": {"cli", "embedding.install"},
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        yield name, ast.parse(file.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, places: set[str]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


def room_of(module: str) -> str:
    return module if module in ALLOWED else module.split(".")[0]


def test_rooms_import_only_what_the_design_allows() -> None:
    wrong = []
    for module, tree in modules():
        room = room_of(module)
        if room in ("daemon", "__init__"):
            continue
        for imported in imports(tree):
            target = imported.removeprefix("imgsimd.")
            if target == imported or target.startswith("__version__"):
                continue
            if not is_within(target, ALLOWED[room] | {room.split(".")[0]}):
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_heavy_packages_are_imported_only_by_their_owners() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, tree in modules()
        for imported in imports(tree)
        for package, owners in OWNERS.items()
        if is_within(imported, {package}) and not is_within(module, owners)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("imgsimd.cli.main", "numpy faiss cv2 sqlite_utils pydantic fastapi rich tensorflow"),
        ("imgsimd.daemon", "tensorflow keras cv2 ai_edge_litert typer rich"),
        ("imgsimd.embedding.worker", "tensorflow keras faiss sqlite_utils fastapi"),
    ],
)
def test_a_process_loads_only_what_it_needs(module: str, unwanted: str) -> None:
    code = f"import sys, {module}; print(*({set(unwanted.split())} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, check=True
    )
    assert result.stdout.decode().split() == []
