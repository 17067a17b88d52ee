"""A folder of packages in which something is installed that answers as imgsimd does when it is
examined, and an installer that writes what pip writes."""

from __future__ import annotations

import base64
import hashlib
import shutil
from pathlib import Path

MODULES = {
    "__init__.py": '__version__ = "{version}"\n',
    "config.py": "def load(file): {config}\n",
    "locations.py": "class find:\n    config = None\n",
    "daemon.py": "{daemon}\n",
    "gallery/catalog/migrations.py": "VERSION = {database}\n",
    "embedding/worker.py": "import cv3\n",
}
"""Those that `installed_build.probe` imports. The worker's needs a package."""


class SmallInstallation:
    """Begins with version 1, which needs the package `cv3`."""

    def __init__(self, site: Path) -> None:
        self.site = site
        site.mkdir()
        self.install_package("cv3", {"cv3.py": ""})
        self.install()

    def install(
        self, version: str = "1", database: int = 5, daemon: str = "", config: str = "pass"
    ) -> None:
        """Replaces imgsimd."""
        self.uninstall()
        words = {"version": version, "database": database, "daemon": daemon, "config": config}
        files = {f"imgsimd/{name}": text.format(**words) for name, text in MODULES.items()}
        self.install_package("imgsimd", files, version, "Requires-Dist: cv3>=1\n")

    def uninstall(self, name: str = "imgsimd") -> None:
        for folder in [self.site / name, *self.site.glob(f"{name}-*.dist-info")]:
            shutil.rmtree(folder, ignore_errors=True)
        (self.site / f"{name}.py").unlink(missing_ok=True)

    def install_package(
        self, name: str, files: dict[str, str], version: str = "1", metadata: str = ""
    ) -> None:
        """Puts a package there."""
        record = self.site / f"{name}-{version}.dist-info/RECORD"
        record.parent.mkdir()
        for path, text in files.items():
            file = self.site / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (record.parent / "METADATA").write_text(metadata)
        lines = [f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items()]
        record.write_text("".join(lines))


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
