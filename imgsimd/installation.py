"""The installation that this process was loaded from, which may be replaced while it runs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import imgsimd
from imgsimd import installed_build


class Installation:
    """What was installed when this was made, and whether it still is. Any thread may ask."""

    def __init__(self, site: Path) -> None:
        """`site` is the folder that holds the package `imgsimd`."""
        self.site = site
        self.packages = installed_build.packages(str(site))
        self.contents = installed_build.contents(str(site))
        self.examiner = Path(installed_build.__file__).read_text(encoding="utf-8")
        """The text of `installed_build`, as it was then."""
        self.accepted = self.mark()
        """What is known to be this build."""

    @property
    def may_be_replaced(self) -> bool:
        """Whether it was put there as a whole. Not in a checkout, where files change one by one
        while somebody works on them."""
        return bool(self.packages)

    @property
    def is_untouched(self) -> bool:
        """Whether no package has come, gone or been replaced since that was last accepted."""
        return not self.may_be_replaced or self.mark() == self.accepted

    @property
    def build(self) -> str:
        """The same for the same build with the same packages."""
        return digest(self.packages, self.contents)

    def mark(self) -> object:
        """Equal for as long as no package comes, goes or is replaced. Takes as long as listing a
        folder; what Python itself keeps there does not count."""
        try:
            names = frozenset(os.listdir(self.site)) - {"__pycache__"}
            package = os.stat(self.site / "imgsimd")
            module = os.stat(self.site / "imgsimd/__init__.py")
        except OSError:
            return None
        return names, package.st_ino, module.st_ino, module.st_mtime_ns


@cache
def ours() -> Installation:
    """That of this process, as it is at the first call."""
    return Installation(Path(imgsimd.__file__).absolute().parent.parent)


def digest(packages: Mapping[str, str], contents: str) -> str:
    """See `Installation.build`."""
    return hashlib.sha256(json.dumps([sorted(packages.items()), contents]).encode()).hexdigest()
