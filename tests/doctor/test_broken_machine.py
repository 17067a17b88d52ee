"""What doctor says of broken disks, rights and limits, and whether its remedies work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.confinement import drop_capabilities
from tests.support.diagnosis import examined, mend, wrong
from tests.support.household import Household, until
from tests.support.seclusion import alone, limit, mount, obey_modes, silent_server

pytestmark = [pytest.mark.long, pytest.mark.user]


@alone
def test_a_state_directory_that_cannot_be_written_is_mounted_anew(home: Household) -> None:
    home.start()
    home.stop()
    mount("--bind", home.state, home.state)
    mount("-o", "remount,ro,bind", home.state)
    found = wrong(home, 16)
    assert set(found) == {"state_directory", "socket", "database"}
    assert "is on a disk that cannot be written" in found["state_directory"]["sentence"]
    assert found["state_directory"]["remedy"] == f"sudo mount -o remount,rw {home.state}"


@alone
def test_a_closed_state_directory_and_a_closed_configuration_are_opened(home: Household) -> None:
    drop_capabilities()  # of children, too
    obey_modes()
    home.start()
    home.stop()
    home.state.chmod(0)
    found = wrong(home, 16)
    assert set(found) == {"state_directory", "socket", "database"}
    mend(home, found["socket"])
    home.config.chmod(0)
    found = wrong(home, 16)
    assert set(found) == {"configuration", "socket", "disk"}
    mend(home, found["configuration"])
    assert set(wrong(home, 16)) == {"socket"}


@alone
def test_closed_folders_and_files_are_opened(home: Household, album: list[Path]) -> None:
    drop_capabilities()  # of children, too
    obey_modes()
    home.add(album[0], "open/a.jpg", "closed/b.jpg", "c.jpg")
    (home.photos / "closed").chmod(0)
    found = wrong(home, 16)
    assert set(found) == {"socket", "permissions"}
    assert f"such as {home.photos}/closed." in found["permissions"]["sentence"]
    mend(home, found["permissions"])
    (home.photos / "c.jpg").chmod(0)
    mend(home, wrong(home, 16)["permissions"])
    home.photos.chmod(0)
    found = wrong(home, 16)
    assert set(found) == {"socket", "permissions"}
    mend(home, found["permissions"])
    assert set(wrong(home, 16)) == {"socket"}


def test_a_folder_that_is_gone_is_told_and_need_not_be_watched(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "a.jpg")
    home.start()
    home.settle()
    home.photos.rename(home.folder / "elsewhere")
    found = wrong(home, 16)
    assert set(found) == {"disk"}
    assert f"{home.photos} is not there. Its photos are kept." in found["disk"]["sentence"]
    home.stop()
    home.photos.mkdir()
    found = wrong(home, 16)
    assert set(found) == {"socket", "disk"}
    assert f"Another folder is at {home.photos}" in found["disk"]["sentence"]
    home.photos.rmdir()
    found = wrong(home, 16)
    mend(home, found["disk"])
    found = wrong(home, 16)
    assert set(found) == {"socket", "configuration"}
    assert "names no folder to watch" in found["configuration"]["sentence"]


@alone
def test_a_disk_that_never_answers_is_given_up(home: Household) -> None:
    place = home.photos / "server"
    place.mkdir()
    home.config.write_text(f'roots = ["{place}"]\n')
    with silent_server(place):
        found = wrong(home, 16)
    assert {"socket", "disk"} <= set(found)
    assert f"The disk of {place} (fuse.sshfs) has not answered" in found["disk"]["sentence"]
    assert found["disk"]["remedy"] == f"sudo umount -l {place}"


@alone
def test_a_mount_whose_program_has_ended_and_a_disk_that_is_not_mounted_are_told(
    home: Household,
) -> None:
    place = home.photos / "server"
    place.mkdir()
    home.config.write_text(f'roots = ["{place}", "{home.folder}/disk/2024"]\n')
    fstab = home.folder / "fstab"
    fstab.write_text(f"LABEL=photos {home.folder}/disk ext4 noauto 0 2\n")
    mount("--bind", fstab, "/etc/fstab")
    with silent_server(place):
        pass
    found = [each for each in examined(home, 16) if each["result"] != "pass"]
    socket, ended, unmounted = found
    assert socket["name"] == "socket"
    assert "The program that provides it (fuse.sshfs) has ended" in ended["sentence"]
    assert ended["remedy"] == f"fusermount3 -uz {place} || fusermount -uz {place}"
    assert unmounted["remedy"] == f"sudo mount {home.folder}/disk"


@alone
def test_a_disk_that_never_answers_below_a_folder_is_named(home: Household) -> None:
    place = home.photos / "server"
    place.mkdir()
    with silent_server(place):
        found = wrong(home, 16)
    assert set(found) == {"socket", "disk"}
    assert f"{place} (fuse.sshfs)" in found["disk"]["sentence"]
    assert found["disk"]["remedy"] == f"sudo umount -l {place}"


@alone
def test_a_full_disk_is_told_by_doctor_and_by_the_daemon(
    home: Household, album: list[Path]
) -> None:
    small = home.folder / "small"
    small.mkdir()
    mount("-t", "tmpfs", "-o", "mode=700,size=60m", "none", small)
    home.environ["IMGSIMD_STATE_DIR"] = str(small)
    home.start()
    home.settle()
    assert set(wrong(home, 0)) == {"free_space"}, "a warning"
    fill(small / "fill")
    home.add(album[0], "a.jpg")
    # What is small may still be stored before the disk takes nothing more.
    found = until(lambda: (told := wrong(home, 16)).keys() == {"free_space", "problems"} and told)
    assert "Only 0 bytes are free" in found["free_space"]["sentence"]
    mend(home, found["free_space"])
    os.unlink(small / "fill")
    until(lambda: not home.status()["trouble"])
    assert set(wrong(home, 0)) == {"free_space"}, "a warning"


def fill(file: Path) -> None:
    """Writes until nothing is free."""
    with file.open("wb", buffering=0) as stream:
        try:
            while stream.write(b"\0" * 4096):
                pass
        except OSError:
            return


@alone
def test_low_limits_of_the_kernel_are_told_with_the_ones_to_set(home: Household) -> None:
    for name in ("a", "b", "c", "d"):
        (home.photos / name).mkdir()
    limit("max_inotify_instances", 0)
    found = wrong(home, 16)
    assert set(found) == {"socket", "inotify_instances"}
    assert "user.max_inotify_instances=1024" in found["inotify_instances"]["remedy"]
    limit("max_inotify_instances", 10)
    limit("max_inotify_watches", 3)
    found = wrong(home, 16)
    assert set(found) == {"socket", "inotify_watches"}
    assert "lets 3 folders be watched" in found["inotify_watches"]["sentence"]
    assert "imgsimd needs 5 folders" in found["inotify_watches"]["sentence"]
    home.start()
    assert set(wrong(home, 16)) == {"inotify_watches"}
    limit("max_inotify_watches", 100)
    home.stop()
    assert set(wrong(home, 16)) == {"socket"}


def test_where_something_else_is_in_the_place_of_the_state_directory_it_is_moved(
    home: Household,
) -> None:
    home.state.parent.mkdir(parents=True)
    home.state.write_text("a file")
    found = wrong(home, 16)
    mend(home, found["state_directory"])
    assert set(wrong(home, 16)) == {"socket"}
