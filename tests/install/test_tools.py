"""uv, pipx and pip install imgsimd for an ordinary user with an empty home, and what they have
installed works.

Only the first test installs TensorFlow, 1.9 GB. The second leaves it out as README says, and pip
and pipx find a package of the same name with nothing in it, beside the index.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.ordinary_user import ROOT, OrdinaryUser, ordinary_user

pytestmark = pytest.mark.long
EMPTY = {
    "METADATA": "Metadata-Version: 2.1\nName: tensorflow\nVersion: 999\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}
JOBS = r"""
cd
imgsimctl sample Pictures --count 12
imgsimctl up Pictures
imgsimctl health
imgsimctl doctor
set -- Pictures/*
cp "$1" asked.jpg
mkdir Pictures/copies
cp "$2" Pictures/copies/copy.jpg
imgsimctl wait
imgsimctl similar asked.jpg --html found.html
imgsimctl similar "$1" --verify --json
imgsimctl similar --each "$1" "$2"
imgsimctl similar --same asked.jpg --paths | grep -qx "$PWD/$1"
imgsimctl compare asked.jpg "$1"
imgsimctl duplicates --paths | grep -qx "$PWD/Pictures/copies/copy.jpg"
imgsimctl duplicates --script tidy.sh
imgsimctl show asked.jpg "$1"
imgsimctl failed
imgsimctl skipped
imgsimctl roots
imgsimctl rescan
imgsimctl check
imgsimctl rebuild
imgsimctl wait
imgsimctl backup gallery.db
for format in parquet npz faiss; do imgsimctl export "gallery.$format"; done
imgsimctl import gallery.parquet
imgsimctl pause --for 1h
imgsimctl resume
imgsimctl model list
imgsimctl status
imgsimctl metrics
imgsimctl reload
coproc imgsimctl browse --no-open
read -r address <&"${COPROC[0]}"
python3 -c 'import http.cookiejar, sys, urllib.request as u
print(u.build_opener(u.HTTPCookieProcessor()).open(sys.argv[1]).read().decode())' "$address"
kill "$COPROC_PID"
imgsimctl down
"""
"""What README tells users to do, apart from building models."""


@pytest.fixture(scope="module")
def shared() -> Iterator[OrdinaryUser]:
    with ordinary_user() as user:
        user.get_installers()
        user.check_out()
        yield user


@pytest.fixture
def user(shared: OrdinaryUser, request: pytest.FixtureRequest) -> OrdinaryUser:
    """The user, with a checkout that can only be read, in an empty home."""
    shared.new_home(request.node.name)
    return shared


@pytest.fixture
def with_stand_in(user: OrdinaryUser) -> OrdinaryUser:
    """To pip, an empty package is the newest TensorFlow."""
    wheel = user.home / "links/tensorflow-999-py3-none-any.whl"
    wheel.parent.mkdir()
    with ZipFile(wheel, "w") as archive:
        for name, text in EMPTY.items():
            archive.writestr(f"tensorflow-999.dist-info/{name}", text)
    known = os.environ.get("PIP_FIND_LINKS", "")
    user.more_environ = {"PIP_FIND_LINKS": f"{known} {wheel.parent}"}
    return user


def readme(pattern: str) -> str:
    """The one command of README's examples that the pattern describes."""
    found = re.findall(rf"^\$ ({pattern})$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(found) == 1, found
    return str(found[0])


def promised(user: OrdinaryUser, environment: Path) -> None:
    """All that differs between kinds of installations works, with the programs on the PATH."""
    python = environment / "bin/python"
    user.run(python, "-m", "pip", "check")
    photos = user.home / "Pictures"
    user.run("imgsimctl", "sample", photos, "--count", "12")
    user.run("imgsimctl", "up", photos)
    first, *_ = sorted(photos.iterdir())
    found = user.run("imgsimctl", "similar", first, "-k", "3", "--paths").stdout.splitlines()
    assert len(found) == 3
    user.run("imgsimctl", "down")
    user.run("imgsimctl", "service", "install")
    unit = (user.home / ".config/systemd/user/imgsimd.service").read_text()
    assert f'ExecStart="{environment}/bin/imgsimd"' in unit
    user.run("imgsimctl", "desktop", "install")
    entry = (user.home / ".local/share/applications/imgsimd.desktop").read_text()
    assert f"TryExec={environment}/bin/imgsimctl" in entry
    for shell in ("bash", "zsh", "fish"):
        assert "imgsimctl" in user.run("imgsimctl", "completion", shell).stdout
    assert ".TH IMGSIMCTL 1" in user.run("imgsimctl", "help", "--man").stdout


def test_uv_installs_it_with_tensorflow(user: OrdinaryUser) -> None:
    user.run("bash", "-c", readme(r"uv tool install \."))
    promised(user, user.home / ".local/share/uv/tools/imgsimd")
    damaged = user.home / "damaged.h5"
    damaged.write_bytes(b"no weights")
    built = user.run("imgsimctl", "model", "add", "vgg16", "--weights", damaged, code=8)
    assert "does not hold the weights of VGG16" in built.stderr, "TensorFlow was asked"


def test_without_tensorflow_everything_works_but_building_models(user: OrdinaryUser) -> None:
    """As README says how to leave it out; an update leaves it out, too."""
    environment = user.home / ".local/share/uv/tools/imgsimd"
    user.run("bash", "-c", readme(r"uv tool install --excludes .*"))
    user.run("uv", "tool", "upgrade", "imgsimd")
    assert not [*environment.glob("lib/python3.*/site-packages/tensorflow*")]
    user.run("bash", "-euxc", JOBS)
    added = user.run("imgsimctl", "model", "add", "vgg16", code=8)
    assert f"`uv tool install {user.checkout}`" in added.stderr


def test_pipx_installs_and_upgrades(with_stand_in: OrdinaryUser) -> None:
    user = with_stand_in
    user.run("bash", "-c", readme(r"pipx install \."))
    user.run("pipx", "upgrade", "imgsimd")
    promised(user, user.home / ".local/share/pipx/venvs/imgsimd")


def test_pip_installs_a_wheel(with_stand_in: OrdinaryUser) -> None:
    user, environment = with_stand_in, with_stand_in.home / "venv"
    user.run("uv", "build", "--quiet", "--wheel", "--out-dir", user.home / "wheels")
    (wheel,) = (user.home / "wheels").glob("*.whl")
    user.run("python3", "-m", "venv", environment)
    user.run(environment / "bin/pip", "install", "--quiet", wheel)
    user.run("mkdir", "-p", user.home / ".local/bin")
    user.run("ln", "-s", environment / "bin/imgsimctl", user.home / ".local/bin")
    promised(user, environment)
