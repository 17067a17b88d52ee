"""The package for Debian, in a Debian that systemd boots."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgsimd import __version__
from tests.support.debian_machine import (
    CHANGES,
    DebianMachine,
    booted,
    install_debian,
    needs_debian_machine,
)
from tests.support.household import until
from tests.support.ordinary_user import ROOT, SHIPPED
from tests.support.requires import needs_tool

pytestmark = [pytest.mark.user, pytest.mark.long, *needs_debian_machine, needs_tool("dpkg-deb")]
README = ROOT / "README.md"
ASK = "IMGSIMD_SOCKET=/run/imgsimd/control.sock"
IMPORT_ALL = """
import importlib, pkgutil, imgsimd
for module in pkgutil.walk_packages(imgsimd.__path__, "imgsimd."):
    if not any(part in module.name for part in (".build", "__main__", "onnx_runtime")):
        importlib.import_module(module.name)
"""
FILES = (
    "find / -xdev ! -type d ! -path '/tmp/*' ! -path '/var/log/*' ! -path '/var/cache/man/*' | sort"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where there is room."""
    return tmp_path_factory.mktemp("debian")


@pytest.fixture(scope="module")
def package(place: Path) -> Path:
    """The package that a user builds."""
    return build(ROOT, place)


@pytest.fixture(scope="module")
def newer(place: Path) -> Path:
    """The package of a version 9.0.0."""
    tree = place / "tree"
    tree.mkdir()
    for name in SHIPPED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tree / name)
    module = tree / "imgsimd/__init__.py"
    module.write_text(module.read_text().replace(__version__, "9.0.0"))
    return build(tree, place)


def build(tree: Path, place: Path) -> Path:
    command = [tree / "systemd/debian/build", place]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No matching distribution found" in built.stderr:
        pytest.skip("needs a package index")
    assert built.returncode == 0, built.stderr
    return Path(built.stdout.strip())


@pytest.fixture(scope="module")
def plain(place: Path) -> list[Path]:
    """The layers of a Debian as many have one, where Anna has an account."""
    base = install_debian(place)
    with booted([base], place / "plain") as machine:
        machine.run("useradd --create-home --shell /bin/bash anna")
    return [place / "plain" / CHANGES, base]


@pytest.fixture(scope="module")
def installed(plain: list[Path], package: Path, place: Path) -> list[Path]:
    """The layers of one with the package."""
    with booted(plain, place / "installed") as machine:
        install(machine, package)
    return [place / "installed" / CHANGES, *plain]


@pytest.fixture
def debian(installed: list[Path], tmp_path: Path) -> Iterator[DebianMachine]:
    """It runs."""
    with booted(installed, tmp_path / "machine") as machine:
        yield machine


def install(debian: DebianMachine, package: Path) -> None:
    bring(debian, package)
    debian.run("dpkg --force-unsafe-io --install /tmp/imgsimd.deb")


def bring(debian: DebianMachine, package: Path) -> None:
    (debian.root / "tmp/imgsimd.deb").write_bytes(package.read_bytes())


def serve_the_system(debian: DebianMachine, first_step: int = 4) -> None:
    """One gallery for all, with Anna in its group, set up as README says. Without its list of who
    may read the photos, only root might."""
    debian.run("/opt/imgsimd/bin/imgsimctl sample /srv/photos --count 20 && chmod 0700 /srv/photos")
    for step in readme_steps()[first_step:]:
        debian.run(step)
    debian.run(f"{ASK} imgsimctl wait")


def readme_steps() -> list[str]:
    """The commands below README's heading."""
    section = README.read_text().split("\n### For the whole system\n")[1]
    return section.split("```bash\n")[1].split("```")[0].splitlines()


@needs_tool("lintian")
def test_lintian_finds_no_error(package: Path) -> None:
    command = ["lintian", "--allow-root", "--fail-on", "error", str(package)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_nothing_starts_before_somebody_starts_it(debian: DebianMachine) -> None:
    debian.run("systemctl is-active imgsimd.service imgsimd.socket", code=3)
    debian.run("systemctl is-enabled imgsimd.service imgsimd.socket", code=1)
    refused = debian.run("systemctl start imgsimd.service", code=1)
    assert "imgsimd.service" in refused
    debian.run("systemctl reset-failed; systemctl is-failed imgsimd.service", code=1)


def test_a_user_brings_it_up_in_the_own_service_manager(debian: DebianMachine) -> None:
    debian.run_as("anna", "imgsimctl sample ~/Pictures --count 20 && imgsimctl up ~/Pictures")
    debian.run_as("anna", "systemctl --user is-active imgsimd.service")
    found = debian.run_as("anna", "cd ~/Pictures; imgsimctl similar sunset-01.jpg --paths")
    assert found.startswith("/home/anna/Pictures/")
    assert debian.run_as("anna", "imgsimctl check").startswith("No problems found")
    debian.run("loginctl enable-linger anna")
    assert " 0 failed" in debian.run_as("anna", "imgsimctl doctor")


def test_every_command_has_its_man_page_and_completion(debian: DebianMachine) -> None:
    for page in ("imgsimctl", "imgsimd"):
        assert "NAME" in debian.run_as("anna", f"man {page}")
    completed = debian.run_as("anna", """
        source /usr/share/bash-completion/bash_completion
        _completion_loader imgsimctl || complete -p imgsimctl
    """)  # fmt: skip
    assert "_imgsimctl" in completed


def test_every_module_finds_its_libraries(debian: DebianMachine) -> None:
    """But for those that build models, and the one for which an extra is needed."""
    debian.run("cd / && md5sum --check --quiet /var/lib/dpkg/info/imgsimd.md5sums")
    debian.run(f"/opt/imgsimd/bin/python3 -c '{IMPORT_ALL}'")


def test_members_of_the_group_ask_the_daemon_of_the_whole_system(debian: DebianMachine) -> None:
    serve_the_system(debian)
    they_can_ask(debian)
    debian.run("cp /srv/photos/sunset-01.jpg /srv/photos/new.jpg")  # the list is inherited
    debian.run(f"{ASK} imgsimctl wait && {ASK} imgsimctl failed --json | grep --fixed-strings []")
    assert '"images": 21' in debian.run(f"{ASK} imgsimctl status --json")


def test_readmes_steps_do_the_same_without_the_package(
    plain: list[Path], package: Path, tmp_path: Path
) -> None:
    """But for the first, which needs a package index: its outcome is taken from the package."""
    with booted(plain, tmp_path / "machine") as debian:
        bring(debian, package)
        debian.run("dpkg-deb --extract /tmp/imgsimd.deb /tmp/it && mv /tmp/it/opt/imgsimd /opt")
        serve_the_system(debian, first_step=1)
        they_can_ask(debian)


def they_can_ask(debian: DebianMachine) -> None:
    """Anna, who is in the group, and not Bert."""
    debian.run("useradd --create-home bert")
    debian.run_as("anna", f"imgsimctl sample own --count 1 && {ASK} imgsimctl similar own/*")
    refused = debian.run_as("bert", f"{ASK} imgsimctl status", code=3)
    assert "You may not talk to the daemon" in refused


def test_after_an_upgrade_all_daemons_are_the_new_version(
    debian: DebianMachine, newer: Path
) -> None:
    serve_the_system(debian)
    debian.run("loginctl enable-linger anna")
    debian.run_as("anna", "imgsimctl sample own && imgsimctl up own")
    asked = [f"{where} imgsimctl similar --json own/sunset-01.jpg" for where in ("", ASK)]
    before = [debian.run_as("anna", each) for each in asked]
    install(debian, newer)
    assert debian.run("imgsimctl version") == "9.0.0\n"
    assert version(debian, ASK) == "9.0.0"
    until(lambda: version(debian) == "9.0.0")  # it looks at all that was installed
    assert [debian.run_as("anna", each) for each in asked] == before
    debian.run_as("anna", "systemctl --user is-active imgsimd.service")


def version(debian: DebianMachine, where: str = "") -> str:
    """That of the daemon that answers Anna."""
    status = json.loads(debian.run_as("anna", f"{where} imgsimctl status --json 2> /dev/null"))
    return str(status["version"])


def test_removing_keeps_the_state(debian: DebianMachine) -> None:
    serve_the_system(debian)
    debian.run("dpkg --remove imgsimd")
    debian.run("test -e /var/lib/imgsimd/gallery.db -a -e /etc/imgsimd/config.toml")
    debian.run("test ! -e /opt/imgsimd -a ! -e /run/imgsimd/control.sock")


def test_purging_leaves_nothing_but_the_user_and_what_is_not_ours(
    plain: list[Path], package: Path, tmp_path: Path
) -> None:
    with booted(plain, tmp_path / "machine") as debian:
        before = debian.run(FILES).splitlines()
        install(debian, package)
        serve_the_system(debian)
        debian.run("cp /srv/photos/sunset-01.jpg /var/lib/imgsimd/")
        debian.run("dpkg --purge imgsimd")
        left = set(debian.run(FILES).splitlines()) - set(before)
        photos = {name for name in left if name.startswith("/srv/photos/")}
        assert len(photos) == 20
        assert left - photos == {"/var/lib/imgsimd/sunset-01.jpg"}
        debian.run("test ! -e /opt/imgsimd -a ! -e /etc/imgsimd && id imgsimd")


def test_it_can_be_installed_again_after_it_was_removed(
    debian: DebianMachine, package: Path
) -> None:
    serve_the_system(debian)
    debian.run("dpkg --remove imgsimd")
    install(debian, package)
    debian.run("systemctl enable --now imgsimd.socket imgsimd.service")
    debian.run_as("anna", f"{ASK} imgsimctl check")
