"""The packages of the environment in which we run, and how they are installed again or updated."""

from __future__ import annotations

import os
import re
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from imgsimd import installed
from imgsimd.doctor.own_process import Fault
from imgsimd.words import quoted

CHECKOUT = Path(__file__).parents[2]
"""Where imgsimd lies: in a checkout, or among other packages."""
PACKAGES = {
    "ai-edge-litert": "ai_edge_litert", "blake3": "blake3", "faiss-cpu": "faiss",
    "fastapi": "fastapi", "imagecodecs": "imagecodecs", "jeepney": "jeepney", "jinja2": "jinja2",
    "numpy": "numpy", "opencv-python-headless": "cv2", "pathspec": "pathspec",
    "pi-heif": "_pi_heif", "pillow": "PIL", "pydantic": "pydantic",
    "pyarrow": "pyarrow", "python-multipart": "python_multipart", "rawpy": "rawpy", "rich": "rich",
    "simplejpeg": "simplejpeg", "sqlite-utils": "sqlite_utils", "starlette": "starlette",
    "tifffile": "tifffile", "tomlkit": "tomlkit", "typer": "typer", "uvicorn": "uvicorn",
    "watchdog": "watchdog",
}  # fmt: skip
"""The packages that imgsimd needs, but for TensorFlow, and the module that each is imported by."""


def blamed(fault: Fault) -> str:
    """The package because of which something cannot be imported; empty if it is none of these."""
    missing = fault.module.partition(".")[0]
    parts = [missing, *(part.removesuffix(".py") for part in reversed(Path(fault.file).parts))]
    names = {module: package for package, module in PACKAGES.items()}
    return next((names[part] for part in parts if part in names), "")


def mending(package: str) -> str:
    """Has the package work that does not; whatever else is imported in its place goes first."""
    strange = stranger(package)
    if not strange:
        return installing(package)
    if _is_on_python_path(strange):
        return "unset PYTHONPATH"
    return f"mv {quoted(strange)} {quoted(strange + '.old')}"


def stranger(package: str) -> str:
    """The file or folder that is imported in place of the installed package; empty if there is
    none."""
    try:
        spec = find_spec(PACKAGES[package])
        own = metadata.distribution(package).locate_file("")
    except (ImportError, ValueError):  # PackageNotFoundError is an ImportError
        return ""
    origin = spec.origin if spec else None
    if not origin or not os.path.isabs(origin) or Path(origin).is_relative_to(str(own)):
        return ""
    is_folder = os.path.basename(origin) == "__init__.py"
    return os.path.dirname(origin) if is_folder else origin


def restoring(file: Path) -> str:
    """Puts a file that imgsimd comes with in its place again."""
    if _is_on_python_path(str(CHECKOUT / "imgsimd")):
        return "unset PYTHONPATH"
    if (CHECKOUT / ".git").exists():
        return f"git -C {quoted(str(CHECKOUT))} checkout -- {quoted(str(file))}"
    return installing()


def _is_on_python_path(path: str) -> bool:
    """Whether the file or package is found because of the variable PYTHONPATH."""
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return any(each and os.path.abspath(each) == os.path.dirname(path) for each in folders)


def installing(package: str = "imgsimd") -> str:
    """Installs the package again, as the tool does it that made this environment."""
    tool = installed.tool()
    if tool == "uv":
        return "uv tool upgrade --reinstall imgsimd"
    if tool == "pipx":
        return "pipx reinstall imgsimd"
    return _pip("--force-reinstall --no-deps", _wanted(package))


def updating() -> str:
    """Installs the newest imgsimd."""
    tool = installed.tool()
    if tool == "uv":
        return "uv tool upgrade imgsimd"
    return "pipx upgrade imgsimd" if tool == "pipx" else _pip("--upgrade", "imgsimd")


def _pip(options: str, what: str) -> str:
    python = quoted(sys.executable)
    if find_spec("pip") is None and which("uv"):
        return f"uv pip install --python {python} {options.replace('force-', '')} {what}"
    return f"{python} -m pip install {options} {what}"


def _wanted(package: str) -> str:
    """The package with the versions that imgsimd can use, as one word; imgsimd itself from the
    checkout, if it runs from one."""
    if package == "imgsimd" and (CHECKOUT / "pyproject.toml").is_file():
        return f"--editable {quoted(str(CHECKOUT))}"
    try:
        required = metadata.requires("imgsimd") or []
    except metadata.PackageNotFoundError:
        required = []
    named = (each.partition(";")[0].strip() for each in required if "extra ==" not in each)
    matching = (each for each in named if re.fullmatch(re.escape(package) + r"([^\w.-].*)?", each))
    return quoted(next(matching, package))
