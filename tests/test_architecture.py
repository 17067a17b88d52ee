"""The rooms import each other only as the design says, and heavy packages stay where they are."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import imgsimd

PACKAGE = Path(imgsimd.__file__).parent
TESTS = Path(__file__).parent
FOUNDATION = {
    "closing",
    "decoding.metadata",
    "decoding.registry",
    "extensions",
    "picture_folders",
    "file_kinds",
    "same_content",
    "sealed",
    "installed",
    "unit_files",
    "skips",
    "types",
    "shared_ids",
    "server_threads",
    "errors",
    "paths",
    "locations",
    "backoff",
    "lockfile",
    "durable",
    "access",
    "file_address",
    "file_faults",
    "words",
    "pace",
    "logs",
    "patterns",
    "vectors",
    "closeness",
    "versions",
    "verification",
    "problems",
    "mistakes",
    "trash_script",
    "dates",
    "prometheus",
    "histogram",
    "repeats",
    "lasting_fault",
    "moments",
    "child_end",
    "child_start",
    "__init__",
}
ALLOWED = {
    "types": set(),
    "shared_ids": {"types"},
    "errors": set(),
    "words": set(),
    "pace": set(),
    "file_address": set(),
    "logs": {"words", "repeats"},
    "repeats": set(),
    "lasting_fault": set(),
    "paths": {"words", "types"},
    "access": {"words"},
    "file_faults": {"access", "errors", "words"},
    "locations": {"errors", "words", "access"},
    "closing": set(),
    "problems": set(),
    "mistakes": set(),
    "trash_script": set(),
    "dates": set(),
    "prometheus": {"words"},
    "histogram": set(),
    "moments": {"dates"},
    "child_start": set(),
    "child_end": {"errors", "words"},
    "lockfile": {"closing"},
    "durable": set(),
    "backoff": set(),
    "process": set(),
    "patterns": set(),
    "vectors": set(),
    "closeness": {"types"},
    "verification": set(),
    "decoding.metadata": set(),
    "decoding.registry": set(),
    "extensions": {"decoding.registry", "skips"},
    "file_kinds": {"decoding.registry", "words"},
    "picture_folders": {"extensions"},
    "skips": {"words"},
    "same_content": {"types"},
    "sealed": set(),
    "installed": {"errors", "words"},
    "unit_files": {"installed", "locations", "errors", "sealed"},
    "config_section": set(),
    "index_settings": {"config_section"},
    "config": {"errors", "locations", "mistakes", "patterns", "extensions", "problems"}
    | {"config_section", "index_settings"},
    "versions": set(),
    "restart": FOUNDATION | {"config"},
    "installed_build": set(),
    "installation": {"installed_build"},
    "renewal": FOUNDATION | {"installation"},
    "by_hand": FOUNDATION,
    "handover": FOUNDATION | {"control.address", "control.listener"},
    "presence": FOUNDATION | {"control.address", "control.listener"},
    # Rooms that import no other room.
    "client": FOUNDATION,
    "watching": FOUNDATION,
    "decoding": FOUNDATION,
    "geometry": FOUNDATION,
    "samples": FOUNDATION,
    "machine": FOUNDATION,
    "desktop": FOUNDATION,
    "models": FOUNDATION,
    "models.keras.conversion": FOUNDATION | {"models", "samples"},
    "models.lite.conversion": FOUNDATION | {"models", "samples"},
    "models.trial": FOUNDATION | {"machine"},
    "models.keras.convert_file": FOUNDATION | {"models", "embedding.sandbox", "machine"},
    "embedding": FOUNDATION
    | {"machine", "config", "decoding", "geometry", "models", "installation"},
    "embedding.proving": FOUNDATION | {"decoding", "embedding", "models", "samples"},
    "milvus": FOUNDATION | {"gallery.vectors", "gallery.conditions"},
    "milvus.server_settings": FOUNDATION | {"index_settings", "milvus"},
    "gallery": FOUNDATION,
    "gallery.catalog": FOUNDATION,
    "gallery.vectors": FOUNDATION | {"gallery.conditions"},
    "exchange": FOUNDATION | {"config", "client", "gallery.catalog"},
    # Rooms that join others.
    "reconciling": FOUNDATION | {"config", "watching", "gallery"},
    "indexing": FOUNDATION | {"config", "machine", "watching", "gallery", "models", "embedding"},
    "search": FOUNDATION | {"process", "machine", "gallery", "indexing"},
    "duplicates": FOUNDATION | {"gallery"},
    "evaluation": FOUNDATION
    | {"config", "process", "models", "embedding", "indexing.photo_file", "exchange.telling"}
    | {"search.reranking", "index_settings", "milvus", "gallery.vectors.shared_row"},
    "pushing": FOUNDATION | {"index_settings", "gallery", "milvus"},
    "maintenance": FOUNDATION | {"gallery", "indexing", "pushing", "reconciling"},
    "maintenance.model_removal": FOUNDATION | {"gallery", "models"},
    "maintenance.restoring": FOUNDATION | {"gallery", "presence"},
    "health": FOUNDATION | {"process", "gallery", "indexing", "reconciling", "pushing"},
    # The outside.
    "control.app": FOUNDATION
    | {
        "gallery",
        "models",
        "search",
        "duplicates",
        "indexing",
        "pushing",
        "reconciling",
        "maintenance",
        "health",
    },
    "control.routes": FOUNDATION
    | {"control", "client", "gallery", "models", "search", "duplicates", "indexing", "reconciling"}
    | {"maintenance", "health", "pushing"},
    "control.routes.metrics": FOUNDATION
    | {"control", "gallery", "search", "indexing", "embedding", "reconciling", "health", "process"},
    "control.status_feed": FOUNDATION | {"health"},
    "control.status_line": FOUNDATION | {"health"},
    "control": FOUNDATION | {"client"},
    "web": FOUNDATION | {"client"},
    "doctor": FOUNDATION
    | {"client", "config", "index_settings", "decoding", "embedding", "milvus", "models"}
    | {"watching", "gallery.catalog.migrations"},
    "cli": FOUNDATION
    | {"client", "desktop", "web", "doctor", "models.makers", "models.names"}
    | {"models.files.presets"},
}
OWNERS = {
    "tensorflow": {"models.keras.conversion", "models.lite.conversion"},
    "keras": {"models.keras.library", "models.keras.weights"},
    "blake3": {"indexing.photo_file"},
    "pathspec": {"patterns", "watching.pattern_readings", "watching.folder_rules"},
    "cv2": {"decoding", "embedding", "geometry", "samples"},
    "ai_edge_litert": {"embedding", "models.keras.conversion"},
    "onnxruntime": {"embedding.onnx_runtime"},
    "faiss": {f"gallery.vectors.{name}" for name in ("faiss_flat", "slab", "nearby")},
    "sqlite_utils": {"gallery"},
    "watchdog": {
        f"watching.{name}" for name in ("observer", "inotify_instance", "watches", "move_pairing")
    },
    "fastapi": {f"control.{name}" for name in ("app", "routes", "openapi", "strict_json")}
    | {"control.error_responses"},
    "uvicorn": {"control.server", "control.http_connection", "web.server"},
    "starlette": {"control", "web"},
    "jinja2": {"web"},
    "jeepney": {"web.file_manager"},
    "typer": {"cli"},
    "rich": {"cli"},
    "pyarrow": {"exchange.parquet_file"},
    "tomlkit": {"cli", "models.install"},
    "pymilvus": {
        f"milvus.{name}" for name in ("connection", "tables", "collections", "hosts", "faults")
    },
    "grpc": {"milvus.faults"},
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
    """The entry of ALLOWED that the module obeys: its own, or that of the innermost folder."""
    while module not in ALLOWED and "." in module:
        module = module.rpartition(".")[0]
    return module


def folder_of(room: str) -> str:
    """The folder in which the modules of a room may import each other."""
    is_folder = (PACKAGE / room.replace(".", "/")).is_dir()
    return room if is_folder else room.rpartition(".")[0]


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
            if not is_within(target, {*ALLOWED[room], folder_of(room)}):
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


def test_no_test_module_is_imported() -> None:
    """What several tests share lies in tests/support/."""
    wrong = [
        f"{file.relative_to(TESTS)} imports {imported}"
        for file in TESTS.rglob("*.py")
        for imported in imports(ast.parse(file.read_text()))
        if imported.startswith("tests.") and ".test_" in imported
    ]
    assert wrong == []


def test_no_test_has_a_deadline_of_its_own() -> None:
    """All are generous in one place, `support/patience.py`. What takes a second at most is waited
    for because it does not come."""
    wrong = [
        f"{file.relative_to(TESTS)}:{node.lineno}"
        for file in TESTS.rglob("*.py")
        if not file.is_relative_to(TESTS / "benchmarks")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and any(map(_is_more_than_a_second, _deadlines(node)))
    ]
    assert wrong == []


WAITS = {"communicate", "join", "poll", "result", "settimeout", "timeout", "until", "wait"}


def _deadlines(call: ast.Call) -> Iterator[ast.expr]:
    yield from (word.value for word in call.keywords if word.arg in ("deadline", "timeout"))
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in WAITS:
        yield from call.args


def _is_more_than_a_second(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Constant) and isinstance(value.value, int | float) and value.value > 1
    )


def test_tests_that_depend_on_the_user_are_marked_so() -> None:
    """Whoever skips, mounts or loses rights is marked `user`, and so run twice by .ci/run."""
    helpers = {"tests.support.requires", "tests.support.seclusion"}
    for file in TESTS.rglob("test_*.py"):
        text = file.read_text()
        if any(is_within(imported, helpers) for imported in imports(ast.parse(text))):
            assert re.search("^pytestmark = .*pytest.mark.user", text, re.M | re.S), file


def test_every_program_among_the_tests_can_be_imported() -> None:
    """The benchmarks and the long runs are not run at each change."""
    files = [*TESTS.glob("killing*.py"), *(TESTS / "benchmarks").glob("[!_]*.py")]
    names = [f"tests.{'.'.join(file.relative_to(TESTS).with_suffix('').parts)}" for file in files]
    if importlib.util.find_spec("matplotlib") is None:
        names.remove("tests.benchmarks.plot")
    code = "".join(f"import {name}\n" for name in names)
    subprocess.run([sys.executable, "-c", code], cwd=TESTS.parent, check=True)


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("imgsimd.cli.commands as all; all.app()", "numpy faiss cv2 sqlite_utils pydantic fastapi"),
        (
            "imgsimd.cli.commands as all; all.app()",
            "rich tensorflow pyarrow imgsimd.client.results",
        ),
        ("imgsimd.client", "numpy pydantic typer rich asyncio http"),
        ("imgsimd.doctor.__main__", "numpy pydantic typer rich sqlite3 asyncio tomlkit"),
        ("imgsimd.daemon", "pyarrow tensorflow keras cv2 ai_edge_litert onnxruntime typer rich"),
        ("imgsimd.gallery.catalog.catalog", "faiss cv2"),
        ("imgsimd.milvus.link", "pymilvus grpc pandas"),
        (
            "imgsimd.embedding.worker",
            "tensorflow keras onnxruntime faiss sqlite_utils fastapi pydantic",
        ),
    ],
)
def test_a_process_loads_only_what_it_needs(module: str, unwanted: str) -> None:
    code = f"import sys, {module}; print(*({set(unwanted.split())} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, check=True
    )
    assert result.stdout.decode().split() == []
