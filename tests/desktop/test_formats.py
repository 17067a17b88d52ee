"""Each file says what it should by the rules of the program that reads it, and passes on a file of
any name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import quote_from_bytes
from xml.etree import ElementTree

import pytest

from imgsimd.client import user_paths
from imgsimd.desktop import installation
from imgsimd.desktop.places import Places
from tests.support import desktop
from tests.support.requires import needs_tool

pytestmark = pytest.mark.user

COMMANDS = ["imgsimctl", "with space", "50%f", 'it\'s "$HOME" `a` \\b', "caf\u00e9 & <b>"]
NAMES = [
    b"plain.jpg", b"with  spaces.jpg", b"it's \"quoted\".jpg", b"100%f %25.jpg", b"a\nb.jpg",
    b"\xff\xe9.jpg", b"$(touch no) `no` \\n &amp; <b>.jpg", b"-rf.jpg", "😀я.jpg".encode(),
]  # fmt: skip


@pytest.fixture(params=COMMANDS)
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """All is installed; imgsimctl has a name that must be quoted."""
    return installed(tmp_path, request.param)


def installed(tmp_path: Path, command: str) -> Places:
    found = desktop.places(tmp_path / "home", command)
    assert list(installation.install(found, installation.programs(found))) == []
    return found


def entries(places: Places, group: str, pattern: str) -> dict[str, dict[str, str]]:
    """The groups of that name, by the names of the files in the user's data."""
    return {
        file.name: dict(desktop.groups(file)[group.format(file.stem)])
        for file in places.data.glob(pattern)
    }


def run_each(places: Places, command: str) -> None:
    files = [b"/p/" + name for name in NAMES]
    assert desktop.run(places, command, files) == [[b"browse", b"--", file] for file in files]


def test_nemo(places: Places) -> None:
    found = entries(places, "Nemo Action", "nemo/actions/*.nemo_action")
    kinds = [(e.get("Extensions"), e.get("Mimetypes"), e["Selection"]) for e in found.values()]
    assert sorted(kinds, key=str) == [
        ("any;", None, "None"), ("dir;", None, "S"), (None, "image/*;", "S"),
    ]  # fmt: skip
    for entry in found.values():
        assert entry["Name"] in ("Find similar photos", "Find duplicates here")
        run_each(places, desktop.value(entry["Exec"]))


def test_dolphin(places: Places) -> None:
    wholes = entries(places, "Desktop Entry", "kio/servicemenus/*.desktop")
    assert sorted(each["MimeType"] for each in wholes.values()) == ["image/*;", "inode/directory;"]
    assert {each["Type"] for each in wholes.values()} == {"Service"}
    for file in places.data.glob("kio/servicemenus/*.desktop"):
        assert os.access(file, os.X_OK)
        (name,) = desktop.groups(file)["Desktop Entry"]["Actions"].rstrip(";").split(";")
        run_each(places, desktop.value(desktop.groups(file)[f"Desktop Action {name}"]["Exec"]))


def test_pcmanfm(places: Places) -> None:
    for file in places.data.glob("file-manager/actions/*.desktop"):
        whole = desktop.groups(file)
        assert whole["Desktop Entry"]["Type"] == "Action"
        (name,) = whole["Desktop Entry"]["Profiles"].rstrip(";").split(";")
        profile = whole[f"X-Action-Profile {name}"]
        assert profile["SelectionCount"] == "=1"
        run_each(places, desktop.value(profile["Exec"]))


def test_thunar(places: Places) -> None:
    root = ElementTree.parse(places.config / "Thunar/uca.xml").getroot()  # noqa: S314  # our own
    assert [action.findtext("name") for action in root.findall("action")] == [
        "Find similar photos",
        "Find duplicates here",
    ]
    for action, kind in zip(root, ("image-files", "directories"), strict=True):
        assert action.find(kind) is not None
        run_each(places, action.findtext("command") or "")


def test_the_list_of_programs(places: Places) -> None:
    entry = desktop.groups(places.data / "applications/imgsimd.desktop")["Desktop Entry"]
    assert desktop.value(entry["TryExec"]) == str(places.imgsimctl)
    assert (entry["Type"], entry["Terminal"], entry["MimeType"]) == (
        "Application", "false", "image/*;",
    )  # fmt: skip
    run_each(places, desktop.value(entry["Exec"]))
    icon = places.data / f"icons/hicolor/scalable/apps/{entry['Icon']}.svg"
    assert ElementTree.parse(icon).getroot().tag.endswith("svg")  # noqa: S314  # our own


@needs_tool("desktop-file-validate")
def test_the_list_of_programs_is_valid(places: Places) -> None:
    file = places.data / "applications/imgsimd.desktop"
    result = subprocess.run(
        ["desktop-file-validate", file], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("manager", ["NAUTILUS", "CAJA"])
def test_scripts(tmp_path: Path, manager: str) -> None:
    places = installed(tmp_path, COMMANDS[3])
    folder = {"NAUTILUS": places.data / "nautilus", "CAJA": places.config / "caja"}[manager]
    scripts = [
        folder / "scripts" / each for each in ("Find similar photos", "Find duplicates here")
    ]
    for name in NAMES:
        address = b"file:///p/" + quote_from_bytes(name, safe="!$&'()*+,;=:@/").encode()
        environ = {
            f"{manager}_SCRIPT_SELECTED_URIS".encode(): address + b"\nfile:///other.jpg\n",
            f"{manager}_SCRIPT_SELECTED_FILE_PATHS".encode(): b"/p/" + name + b"\n/other.jpg\n",
            f"{manager}_SCRIPT_CURRENT_URI".encode(): b"file:///p",
            b"PATH": b"/usr/bin:/bin",
        }
        for script in scripts:
            assert desktop.said(places, [str(script)], environ) == [[b"browse", b"--", address]]
            assert os.fsencode(user_paths.path(os.fsdecode(address))) == b"/p/" + name


def test_duplicates_here_means_the_folder_where_a_photo_or_nothing_is_selected(
    tmp_path: Path,
) -> None:
    places = installed(tmp_path, "imgsimctl")
    photo = tmp_path / "a.jpg"
    photo.touch()
    script = places.data / "nautilus/scripts/Find duplicates here"
    for address, path in (("", ""), (photo.as_uri(), str(photo))):
        environ = {
            b"NAUTILUS_SCRIPT_SELECTED_URIS": address.encode(),
            b"NAUTILUS_SCRIPT_SELECTED_FILE_PATHS": path.encode(),
            b"NAUTILUS_SCRIPT_CURRENT_URI": b"file:///here",
            b"PATH": b"/usr/bin:/bin",
        }
        assert desktop.said(places, [str(script)], environ)[0][2] == b"file:///here"
