"""Files that cannot be read are kept and reported: the whole daemon, without root's right to read
everything."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.support.household import Household, until
from tests.support.requires import IS_ROOT, needs_tool

pytestmark = pytest.mark.user

LOCKED = 0o000
PLAIN = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if IS_ROOT else []
"""Runs a command without root's right to read everything."""
FAILING_DISK = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(const char *path, const char *name, int code) {
    if (!strstr(path, name) || access(getenv("DISK_IS_BACK"), F_OK) == 0) return 0;
    errno = code;
    return 1;
}
DIR *opendir(const char *path) {
    DIR *(*next)(const char *) = dlsym(RTLD_NEXT, "opendir");
    return fails(path, "stale", ESTALE) ? NULL : next(path);
}
int open64(const char *path, int flags, mode_t mode) {
    int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    return fails(path, "bad.jpg", EIO) ? -1 : next(path, flags, mode);
}
"""
"""For LD_PRELOAD: what is named so gives an error, until a certain file exists."""


@pytest.fixture
def plain_home(home: Household, album: list[Path]) -> Iterator[Household]:
    """A daemon that obeys file modes, with five indexed photos, two of them in a folder."""
    for name, picture in zip(("a", "b", "c", "in/d", "in/e"), album, strict=False):
        home.add(picture, f"{name}.jpg")
    home.start(*PLAIN)
    assert home.settle()["images"] == 5
    yield home
    for path in (home.photos / "in", *home.photos.glob("*.jpg")):
        path.chmod(0o700)


def failed(home: Household) -> dict[str, str]:
    """What cannot be read, by its name below the photos, and why."""
    answer = cast(list[dict[str, str]], home.client.get("/v1/failed"))
    return {f["path"].removeprefix(f"{home.photos}/"): f["reason"] for f in answer}


@needs_tool("setpriv")
def test_unreadable_files_are_listed_kept_and_retried_once_readable(
    plain_home: Household, album: list[Path]
) -> None:
    home = plain_home
    before, decoded = home.ids(), home.status()["decoded"]
    (home.photos / "in").chmod(LOCKED)
    (home.photos / "a.jpg").chmod(LOCKED)
    shutil.copy(album[5], home.folder / "new.jpg")
    (home.folder / "new.jpg").chmod(LOCKED)
    (home.folder / "new.jpg").rename(home.photos / "new.jpg")
    home.client.post("/v1/rescan", {})
    until(lambda: len(failed(home)) == 3)
    assert set(failed(home)) == {"in/", "a.jpg", "new.jpg"}
    reasons = failed(home)
    denied = r"permission denied; it belongs to \S+, who can allow it with `chmod u\+%s`"
    assert re.fullmatch(f"the folder cannot be listed: {denied % 'rx'}", reasons["in/"])
    assert re.fullmatch(denied % "r", reasons["a.jpg"])
    assert re.fullmatch(denied % "r", reasons["new.jpg"])
    status = home.settle()
    assert (status["images"], status["failed"]) == (5, 3)
    assert home.ids() == before, "it is there as it was, as far as anybody knows"
    home.stop()
    home.start(*PLAIN)
    status = home.settle()
    assert (status["images"], status["failed"]) == (5, 3), "nor does a restart take them for gone"

    (home.photos / "in").chmod(0o700)
    shutil.copy(album[6], home.photos / "in/f.jpg")
    for name in ("a.jpg", "new.jpg"):
        (home.photos / name).chmod(0o600)
    until(lambda: not failed(home))
    status = until(lambda: (found := home.settle())["images"] == 7 and found)
    assert (status["decoded"], status["failed"]) == (2, 0), "the new ones"
    assert decoded == 5
    assert before.items() <= home.ids().items()


@pytest.mark.long
@needs_tool("cc")
def test_files_on_a_failing_disk_are_listed_kept_and_retried(
    home: Household, album: list[Path]
) -> None:
    """ESTALE for a folder, EIO for a file: errors are not absence."""
    shim, is_back = home.folder / "failing.so", home.folder / "is back"
    compiler = ["cc", "-shared", "-fPIC", "-o", str(shim), "-x", "c", "-"]
    subprocess.run(compiler, input=FAILING_DISK.encode(), check=True)
    home.add(album[0], "good.jpg", "stale/a.jpg", "stale/in/b.jpg")
    home.start()
    assert home.settle()["images"] == 3
    before = home.ids()
    home.stop()
    home.add(album[1], "bad.jpg")
    home.start(LD_PRELOAD=str(shim), DISK_IS_BACK=str(is_back))
    status = home.settle()
    assert failed(home) == {
        "bad.jpg": "the disk fails to read it: Input/output error",
        "stale/": "the folder cannot be listed: Stale file handle",
    }
    assert (status["images"], status["failed"]) == (3, 2)
    assert home.ids() == before

    home.add(album[2], "stale/new.jpg")
    is_back.touch()
    until(lambda: "stale/" not in failed(home))
    until(lambda: home.settle()["images"] == 4)
    home.client.post("/v1/rescan", {})  # a bad sector is not tried every few seconds
    until(lambda: home.settle()["images"] == 5)
    assert failed(home) == {}
    assert before.items() <= home.ids().items()
