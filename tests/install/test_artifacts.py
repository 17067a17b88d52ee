"""The wheel and the source distribution hold all that belongs to them, and nothing else."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.ordinary_user import ROOT, SHIPPED, ordinary_user

pytestmark = pytest.mark.long
STRAY = ("build/lib/imgsimd/gone.py", "dist/imgsimd-0.1.tar.gz", "Pictures/me.jpg", ".venv/x.py")
"""What may lie in a checkout: what earlier versions and other tools made, and photos."""


@pytest.fixture(scope="module")
def built() -> Iterator[Path]:
    """A folder with a wheel in `from-checkout`, which pip made in a checkout that it can only read,
    and in `from-sdist` an sdist and the wheel that uv made from it.
    """
    with ordinary_user() as user:
        user.get_installers()
        user.check_out()
        for name in STRAY:
            stray = user.checkout / name
            stray.parent.mkdir(parents=True, exist_ok=True)
            stray.touch()
        pip = user.place / "tools/bin/pip"
        user.run(pip, "wheel", "-q", "--no-deps", "-w", user.place / "from-checkout", ".")
        user.run("uv", "build", "--quiet", "--out-dir", user.place / "from-sdist")
        yield user.place


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def files(*tops: str) -> set[str]:
    """The files below these names in the checkout, without what Python has compiled."""
    found = {top for top in tops if (ROOT / top).is_file()}
    for top in tops:
        found |= {str(each.relative_to(ROOT)) for each in (ROOT / top).rglob("*") if each.is_file()}
    return {name for name in found if "__pycache__" not in name}


def names(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_from_the_sdist_is_the_wheel_from_the_checkout(built: Path) -> None:
    wheels = [only(built / place, "*.whl") for place in ("from-checkout", "from-sdist")]
    one, other = (wheel.read_bytes() for wheel in wheels)
    assert one == other


def test_the_wheel_holds_the_package_the_units_and_the_licences(built: Path) -> None:
    wheel = names(only(built / "from-checkout", "*.whl"))
    package = files("imgsimd")
    models = ("efficientnet-lite0", "efficientnet-lite0-rmac")
    assert {"imgsimd/py.typed", *(f"imgsimd/models/{name}.tflite" for name in models)} <= package
    (info,) = {name.split("/")[0] for name in wheel if ".dist-info/" in name}
    data = info.replace(".dist-info", ".data/data/share/imgsimd/systemd")
    units = {
        f"{data}/{name.removeprefix('systemd/')}"
        for name in files("systemd/user", "systemd/system")
    }
    licences = {
        f"{info}/licenses/{name}"
        for name in ("LICENSE", *(f"imgsimd/models/{name}.NOTICE" for name in models))
    }
    described = {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    assert wheel == package | units | licences | described


def test_the_sdist_holds_what_a_checkout_holds(built: Path) -> None:
    with tarfile.open(only(built / "from-sdist", "*.tar.gz")) as archive:
        inside = {name.split("/", 1)[1] for name in archive.getnames()}
    assert inside == files(*SHIPPED) | {"PKG-INFO"}
