"""What a test needs of the machine. Where that is missing, the test is skipped with a reason that
names it; apart from this, all users run the same tests with the same outcome."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess

import pytest

IS_ROOT = os.geteuid() == 0
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")

needs_root = pytest.mark.skipif(
    not IS_ROOT, reason="needs root, who alone can become another user, give files away and mount"
)


def look_in_sbin() -> None:
    """Adds the folders with tools such as `mkfs.ext4`, which an ordinary user's PATH lacks."""
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(dict.fromkeys([*path, *_SBIN]))


look_in_sbin()  # before the marks below look for tools


def needs_tool(*names: str) -> pytest.MarkDecorator:
    """The test runs these programs."""
    missing = [name for name in names if shutil.which(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)} on PATH")


def needs_library(name: str) -> pytest.MarkDecorator:
    """The test loads this shared library, named as for the linker's `-l`."""
    missing = ctypes.util.find_library(name) is None
    return pytest.mark.skipif(missing, reason=f"needs lib{name}")


def _why_no_namespaces() -> str:
    """Why no process of this user can be root in namespaces of its own; "" if one can."""
    missing = [name for name in ("unshare", "mount", "umount") if shutil.which(name) is None]
    if missing:
        return f"needs {', '.join(missing)} on PATH"
    mounted = subprocess.run(
        ["unshare", "-Urmn", "mount", "-t", "tmpfs", "none", "/tmp"],  # noqa: S108  # its own
        capture_output=True,
        check=False,
    )
    return f"needs user namespaces: {mounted.stderr.decode().strip()}" if mounted.returncode else ""


WITHOUT_NAMESPACES = _why_no_namespaces()
"""Why namespaces cannot be had; "" where they can."""
needs_namespaces = pytest.mark.skipif(bool(WITHOUT_NAMESPACES), reason=WITHOUT_NAMESPACES)
