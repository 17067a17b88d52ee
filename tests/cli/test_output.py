"""imgsimd never writes over a picture or through a link, and replaces another program's text only
if the user insists."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from imgsimd.cli.output import Output
from imgsimd.errors import ConfigError

MARK = b"<!DOCTYPE html>\n<ours>"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF"


def output(file: Path | str, insists: bool | None = False, guarded: Path | None = None) -> Output:
    folders = [str(guarded)] if guarded else []
    return Output(str(file), "--html found.html", MARK, insists, lambda: folders)


def write(file: Path | str, insists: bool | None = False, content: bytes = MARK + b"new") -> None:
    with output(file, insists).opened() as stream:
        stream.write(content)


def test_a_new_file_is_made_with_the_rights_that_any_new_file_has(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "page.html")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["page.html"]


@pytest.mark.parametrize("old", [b"", MARK + b"old"], ids=["empty", "ours"])
def test_our_own_page_and_an_empty_file_are_replaced(tmp_path: Path, old: bytes) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(old)
    write(file)
    assert file.read_bytes() == MARK + b"new"
    assert os.listdir(tmp_path) == ["page.html"]


def test_the_page_of_another_program_is_replaced_only_with_force(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<p>caf\u00e9")
    with pytest.raises(ConfigError, match=r"did not make it: add --force to replace it, or name"):
        write(file)
    with pytest.raises(ConfigError, match=r"did not make it: name another file, as in `--html"):
        write(file, insists=None)
    assert file.read_text() == "<p>caf\u00e9"
    write(file, insists=True)
    assert file.read_bytes() == MARK + b"new"


def photo(folder: Path) -> Path:
    file = folder / "photo"
    file.write_bytes(JPEG)
    return file


def hard_link(folder: Path) -> Path:
    os.link(photo(folder), folder / "page.html")
    return folder / "page.html"


def link_to(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        photo(folder)
        (folder / "page.html").symlink_to(name)
        return folder / "page.html"

    return make


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


FORBIDDEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "photo": (photo, "never replaced, because it is not a text file"),
    "hard link to a photo": (hard_link, "never replaced, because it is not a text file"),
    "link to a photo": (link_to("photo"), "is a link to photo"),
    "link to nothing": (link_to("nothing"), "is a link to nothing"),
    "link to a device": (link_to("/dev/null"), "is a link to /dev/null"),
    "name of a photo": (lambda folder: folder / "new.JPG", "has the name of a picture"),
    "folder": (lambda folder: folder, "is a folder"),
    "folder to be": (lambda folder: f"{folder}/new/", "is the name of a folder"),  # type: ignore[dict-item,return-value]
    "pipe": (pipe, "is a device or a pipe"),
    "device": (lambda folder: Path("/dev/null"), "is a device or a pipe"),
    "nowhere": (lambda folder: folder / "no/page.html", "cannot be written"),
}


@pytest.mark.parametrize("place", FORBIDDEN)
def test_a_path_that_must_not_hold_a_page_stays_as_it_is_even_with_force(
    tmp_path: Path, place: str
) -> None:
    make, said = FORBIDDEN[place]
    file = make(tmp_path)
    before = [(entry.name, entry.lstat().st_mtime_ns) for entry in tmp_path.iterdir()]
    with pytest.raises(ConfigError, match=said):
        write(file, insists=True)
    assert before == [(entry.name, entry.lstat().st_mtime_ns) for entry in tmp_path.iterdir()]
    if (tmp_path / "photo").exists():
        assert (tmp_path / "photo").read_bytes() == JPEG


def test_in_a_guarded_folder_only_our_own_pages_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    file = tmp_path / "link" / "page.html"
    file.write_text("text")
    with (
        pytest.raises(ConfigError, match="which imgsimd uses or watches"),
        output(file, insists=True, guarded=tmp_path).opened(),
    ):
        pass
    assert file.read_text() == "text"
    file.write_bytes(MARK)
    with output(file, guarded=tmp_path).opened() as stream:
        stream.write(b"new")
    assert file.read_bytes() == b"new"


def test_the_refusal_comes_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(ConfigError), output(photo(tmp_path)).opened():
        pytest.fail("this would have been the work")


@pytest.mark.parametrize("meanwhile", [JPEG, b"text"])
def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path, meanwhile: bytes) -> None:
    file = tmp_path / "page.html"
    opened = output(file).opened()
    opened.__enter__().write(b"new")
    file.write_bytes(meanwhile)
    with pytest.raises(ConfigError, match="exists already"):
        opened.__exit__(None, None, None)
    assert file.read_bytes() == meanwhile
    assert os.listdir(tmp_path) == ["page.html"]


def test_a_new_file_can_be_written_on_a_disk_without_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*names: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")  # as FAT does

    monkeypatch.setattr("os.link", link)
    file = tmp_path / "page.html"
    write(file)
    assert file.read_bytes() == MARK + b"new"
    assert os.listdir(tmp_path) == ["page.html"]


def test_no_half_written_page_is_left(tmp_path: Path) -> None:
    """If the disk fills up halfway, the old page stays and nothing of the new one is left."""
    import resource
    import signal

    file = tmp_path / "page.html"
    file.write_bytes(MARK)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(ConfigError, match=f"{file} cannot be written"):
            write(file, content=bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert file.read_bytes() == MARK
    assert list(tmp_path.iterdir()) == [file]


def test_a_name_may_be_an_address_or_begin_with_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write("~/a b.html")
    assert (tmp_path / "a b.html").exists()
    write(f"file://{tmp_path}/a%20b.html", content=MARK)
    assert (tmp_path / "a b.html").read_bytes() == MARK


def test_standard_output_gets_the_exact_bytes(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for name in ("-", "/dev/stdout"):
        write(name)
    assert capfdbinary.readouterr().out == 2 * (MARK + b"new")
