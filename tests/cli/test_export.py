"""`imgsimctl export` as a user sees it; what is in the files is proven elsewhere."""

from __future__ import annotations

import io
import os
import stat
import subprocess

import pytest

from imgsimd.exchange.npz_file import NpzGallery
from tests.support.exchanging import filled
from tests.support.household import SCRIPTS, Household


@pytest.fixture
def home(home: Household) -> Household:
    """A gallery is there; no daemon runs."""
    filled(home.state).close()
    return home


def test_a_file_is_for_its_owner_alone_and_never_replaced(home: Household) -> None:
    file = home.folder / "gallery.parquet"
    done = home.ctl("export", str(file))
    assert done.stdout.decode().startswith(f"Exported 5 photos to {file}, ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    again = home.ctl("export", str(file))
    assert (again.returncode, again.stdout) == (9, b"")
    assert b"exists already" in again.stderr
    assert file.read_bytes() == before
    assert not [name for name in os.listdir(home.folder) if name.endswith(".part")]


def test_it_can_be_printed_and_ends_quietly_if_nobody_reads_on(home: Household) -> None:
    printed = home.ctl("export", "-", "--format", "npz")
    assert (printed.returncode, printed.stderr) == (0, b"")
    assert NpzGallery(io.BytesIO(printed.stdout)).manifest.images == 5
    shell = f"set -o pipefail; {SCRIPTS}/imgsimctl export - --format faiss | true"
    ended = subprocess.run(
        ["bash", "-c", shell], env=home.environ, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["gallery"], 2, "FILE ends in .parquet, .npz or .faiss, or --format says"),
        (["-"], 2, "--format says"),
        (["photo.jpg", "--format", "npz"], 9, "has the name of a picture"),
        (["no/gallery.npz"], 9, "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work(
    home: Household, arguments: list[str], code: int, said: str
) -> None:
    refused = home.ctl("export", *arguments)
    assert (refused.returncode, refused.stdout) == (code, b"")
    assert said in " ".join(refused.stderr.decode().split())
