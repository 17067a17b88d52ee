"""What the container's files promise. Nothing here runs a container; where Podman is installed, its
own generator reads the unit."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from imgsimd.locations import find
from tests.support.commands import commands

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "systemd/container"
UNIT = (FOLDER / "imgsimd.container").read_text()
CONTAINERFILE = (FOLDER / "Containerfile").read_text()
GENERATORS = ("/usr/libexec/podman/quadlet", "/usr/lib/podman/quadlet")


def values(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)


def test_podman_makes_a_service_of_it(tmp_path: Path) -> None:
    (generator, *_) = [each for each in GENERATORS if os.access(each, os.X_OK)] or [""]
    if not generator:
        pytest.skip("needs Podman 4.5 or newer")
    made = subprocess.run(
        [generator, "-dryrun", "-user"],
        env={"QUADLET_UNIT_DIRS": str(FOLDER)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (start,) = re.findall("^ExecStart=(.*)$", made.stdout, re.MULTILINE)
    assert shlex.split(start)[:2] == ["/usr/bin/podman", "run"]


def test_photos_are_read_only_and_have_the_same_path_inside_and_outside() -> None:
    assert "%h/Pictures:%h/Pictures:ro" in values("Volume")
    state = "imgsimd:/var/lib/imgsimd"
    for volume in values("Volume"):
        outside, inside, *options = volume.split(":")
        assert volume == state or outside == inside, volume
        assert options == ["ro"] or volume == state or outside == "%t/imgsimd", volume
    assert values("ReadOnly") == ["true"]


def test_it_has_no_network_no_privilege_and_no_other_user() -> None:
    assert values("Network") == ["none"]
    assert values("DropCapability") == ["all"]
    assert values("NoNewPrivileges") == ["true"]
    assert values("UserNS") == ["keep-id"]


def test_its_health_is_what_a_command_says() -> None:
    (health,) = [shlex.split(value) for value in values("HealthCmd")]
    assert health[0] == "imgsimctl"
    assert health[1:] in commands()


def test_the_places_in_it_are_those_of_the_mounts() -> None:
    environ = dict(value.split("=", 1) for value in values("Environment"))
    mounted = {volume.split(":")[1] for volume in values("Volume")}
    environ = {name: value.replace("%", "/%") for name, value in environ.items()}
    where = find(environ)
    for folder in (where.config.parent, where.state, where.socket.parent):
        assert str(folder).replace("/%", "%") in mounted, folder


def test_the_image_is_made_of_files_that_are_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*)$", CONTAINERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()[:-1]]
    assert names
    for name in names:
        assert (ROOT / name).exists(), name
