"""`imgsimctl export` as a user sees it; what is in the files is proven elsewhere."""

from __future__ import annotations

import io
import os
import stat
import subprocess
from pathlib import Path

import pytest

from imgsimd.cli import export, older_export
from imgsimd.cli.output import Output
from imgsimd.errors import ConfigError
from imgsimd.exchange.npz_gallery import NpzGallery
from tests.support.exchanging import filled
from tests.support.household import SCRIPTS, Household


@pytest.fixture
def home(home: Household) -> Household:
    """A gallery is there; no daemon runs."""
    filled(home.state).close()
    return home


@pytest.mark.parametrize("kind", ["parquet", pytest.param("npz", marks=pytest.mark.long)])
def test_a_file_is_for_its_owner_alone_and_replaces_an_older_one(
    home: Household, kind: str
) -> None:
    file = home.folder / f"gallery.{kind}"
    done = home.ctl("export", str(file))
    assert done.stdout.decode().startswith(f"Exported 5 photos to {file}, ")
    before = file.stat()
    assert stat.S_IMODE(before.st_mode) == 0o600
    assert home.ctl("export", str(file)).returncode == 0
    assert file.stat().st_ino != before.st_ino
    assert not [name for name in os.listdir(home.folder) if name.endswith(".part")]


def test_no_other_file_is_ever_replaced(home: Household, tmp_path: Path) -> None:
    """Nor an index, since nobody can tell who made it."""
    contents = {
        "a.parquet": b"PAR1" + bytes(100) + b"PAR1",
        "b.parquet": b"PAR1\xff\xff\xff\xffPAR1",
        "c.parquet": b"imgsimd-gallery",
        "d.npz": b"PK\x03\x04" + bytes(26) + b"other.npy imgsimd-gallery.npy",
        "e.npz": b"\xff\xd8\xff photo",
        "f.faiss": b"IxM2",
    }
    for name, content in contents.items():
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(ConfigError, match="exists already"):
            Output(str(file), export.EXAMPLE, is_ours=older_export.is_one).opened().__enter__()
        assert file.read_bytes() == content


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


@pytest.mark.parametrize("kind", ["parquet", "npz", "faiss"])
@pytest.mark.long
def test_a_full_disk_is_named_in_one_sentence(home: Household, kind: str) -> None:
    with open("/dev/full", "wb") as full:
        refused = subprocess.run(
            [SCRIPTS / "imgsimctl", "export", "-", "--format", kind],
            env=home.environ, stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    said = b"imgsimctl: The output cannot be written: No space left on device.\n"
    assert (refused.returncode, refused.stderr) == (9, said)
