"""The file systems at and below a folder are found, with real mounts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgsimd.watching import mounts
from imgsimd.watching.mounts import Mount
from tests.support.seclusion import alone, mount, silent_server

pytestmark = pytest.mark.user


def kinds(folder: Path) -> list[tuple[str, str]]:
    """The place below the folder, and the kind, of every mount that is found."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        found = mounts.under(os.fsencode(folder), descriptor)
        return [(os.fsdecode(m.place).removeprefix(str(folder)), m.kind) for m in found]
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("kind", "is_remote"),
    [
        ("nfs4", True), ("cifs", True), ("9p", True), ("fuse.sshfs", True), ("fuse", True),
        ("fuseblk", False), ("ext4", False), ("btrfs", False), ("tmpfs", False), ("vfat", False),
    ],
)  # fmt: skip
def test_network_file_systems_are_distinguished_from_local_disks(
    kind: str, is_remote: bool
) -> None:
    assert Mount(1, b"/mnt", kind).is_remote is is_remote


@pytest.mark.parametrize(
    ("kind", "grants"), [("nfs4", False), ("cifs", False), ("ext4", True), ("tmpfs", True)]
)
def test_a_refused_lease_means_nothing_on_a_network_disk(kind: str, grants: bool) -> None:
    assert Mount(1, b"/mnt", kind).grants_leases is grants


@alone
def test_the_mount_of_an_open_file_is_found(tmp_path: Path) -> None:
    mount("-t", "tmpfs", "none", tmp_path)
    with (tmp_path / "file").open("wb") as file:
        found = mounts.of(file.fileno())
    assert found is not None
    assert (found.place, found.kind) == (os.fsencode(tmp_path), "tmpfs")


@alone
def test_the_mount_of_a_folder_and_those_below_it_are_found_whatever_their_names(
    tmp_path: Path,
) -> None:
    root = tmp_path / "with space\tand\nmore"
    (root / "inner").mkdir(parents=True)
    assert [place for place, _ in kinds(root)] != [""]
    mount("-t", "tmpfs", "none", root)
    (root / "inner").mkdir()
    mount("-t", "ramfs", "none", root / "inner")
    assert kinds(root) == [("", "tmpfs"), ("/inner", "ramfs")]
    assert kinds(root / "inner") == [("", "ramfs")]


@alone
def test_a_network_disk_is_recognised_without_asking_its_server(tmp_path: Path) -> None:
    (tmp_path / "nas").mkdir()
    with silent_server(tmp_path / "nas"):
        assert kinds(tmp_path)[1:] == [("/nas", "fuse.sshfs")]


@alone
def test_the_upper_of_two_mounts_in_one_place_counts(tmp_path: Path) -> None:
    mount("-t", "tmpfs", "none", tmp_path)
    mount("-t", "ramfs", "none", tmp_path)
    assert kinds(tmp_path) == [("", "ramfs")]
