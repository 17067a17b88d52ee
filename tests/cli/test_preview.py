"""`similar --preview`: thumbnails beside the matches, with a real daemon, on terminals that show
pictures in each way, in tmux, and through a pager."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.support import terminal_pictures
from tests.support.emulated_terminal import IMGSIMCTL, EmulatedTerminal
from tests.support.household import Household, indexed
from tests.support.requires import needs_tool
from tests.support.terminal import visible

pytestmark = [pytest.mark.user, pytest.mark.long]

KITTY, FOOT, XTERM = "62;52;", "62;4;22", "64;1;9;15"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Four indexed photos."""
    with indexed(tmp_path_factory.mktemp("previews"), album[:4]) as home:
        yield home


@pytest.fixture(autouse=True)
def forgotten(photos: Household) -> None:
    """Nothing is remembered."""
    photos.configure()


def similar(
    home: Household, terminal: EmulatedTerminal, *options: str, **environ: str
) -> tuple[int, bytes]:
    picture = sorted(home.photos.iterdir())[0]
    command = (*IMGSIMCTL, "similar", picture.name, "-k", "3", *options)
    return terminal.run(command, home.environ | environ, home.photos)


def names(out: bytes) -> list[str]:
    """The photos that are named, in their order."""
    without = re.sub(rb"\x1b[_P][^\x1b]*\x1b\\\\", b"", out)
    return [
        os.path.basename(name) for name in re.findall(r"\S+\.\w{3}\b", visible(without.decode()))
    ]


def pixels(path: Path, size: tuple[int, int]) -> Image.Image:
    return Image.open(path).convert("RGB").resize(size)


def shows(shown: Image.Image, path: Path) -> bool:
    mean = ImageStat.Stat(ImageChops.difference(shown, pixels(path, shown.size))).mean
    return max(mean) < 25


def test_each_match_stands_beside_its_picture_and_the_asked_one_is_first(
    photos: Household,
) -> None:
    code, out = similar(photos, EmulatedTerminal(KITTY, knows_kitty=True), "--preview")
    assert code == 0
    shown = [picture.convert("RGB") for _, picture in terminal_pictures.of_kitty(out)]
    named = names(out)
    assert len(named) == len(set(named)) == len(shown) == 4
    assert all(shows(*pair) for pair in zip(shown, _paths(photos, named), strict=True))


def test_a_picture_from_a_pipe_is_shown_too(photos: Household) -> None:
    picture = sorted(photos.photos.iterdir())[0]
    asked = shlex.join([*IMGSIMCTL, "similar", "-", "--preview"])
    command = ("bash", "-c", f"cat {picture} | {asked}")
    terminal = EmulatedTerminal(KITTY, knows_kitty=True)
    _, out = terminal.run(command, photos.environ, photos.photos)
    _, first = next(terminal_pictures.of_kitty(out))
    assert shows(first.convert("RGB"), picture)


def test_it_is_remembered_until_it_is_turned_off(photos: Household) -> None:
    terminal = EmulatedTerminal(KITTY, knows_kitty=True)
    assert b"a=T" not in similar(photos, terminal)[1]
    assert b"a=T" in similar(photos, terminal, "--preview")[1]
    assert b"a=T" in similar(photos, terminal)[1]
    assert photos.ctl("reload").returncode == 0
    assert b"a=T" not in similar(photos, terminal, "--no-preview")[1]
    assert b"a=T" not in similar(photos, terminal)[1]


def test_where_it_cannot_be_remembered_it_is_shown_all_the_same(photos: Household) -> None:
    written = photos.config.read_text()
    photos.config.write_text(f"terminal = 3\n{written}")
    code, out = similar(photos, EmulatedTerminal(XTERM), "--preview", PAGER="cat")
    assert code == 0
    assert "This choice is not remembered." in visible(out.decode())
    assert "\u2580" in out.decode()


@pytest.mark.parametrize("options", [(), ("--json",), ("--paths",), ("-0",)])
def test_a_pipe_gets_what_it_got_before(photos: Household, options: tuple[str, ...]) -> None:
    picture = str(sorted(photos.photos.iterdir())[0])
    plain = photos.ctl("similar", picture, *options)
    previewed = photos.ctl("similar", picture, *options, "--preview")
    assert (previewed.stdout, previewed.stderr) == (plain.stdout, plain.stderr)
    assert "[terminal]" not in photos.config.read_text()


@pytest.mark.parametrize("options", [("--same", "--each"), ("--verify",), ("--each",)])
def test_other_tables_have_thumbnails_too(photos: Household, options: tuple[str, ...]) -> None:
    terminal = EmulatedTerminal(FOOT)
    _, out = similar(photos, terminal, "--preview", "--include-self", *options)
    shown = list(terminal_pictures.of_sixel(out))
    assert len(shown) >= 2
    named = names(out)
    assert all(shows(*pair) for pair in zip(shown, _paths(photos, named), strict=True))


def _paths(home: Household, named: list[str]) -> list[Path]:
    return [home.photos / name for name in named]


def test_half_blocks_pass_through_a_pager_and_pixels_do_without(photos: Household) -> None:
    paged = photos.folder / "paged"
    pager = {"PAGER": f"sh -c 'cat > {paged}'"}
    _, out = similar(photos, EmulatedTerminal(XTERM, rows=12), "--preview", **pager)
    assert "\u2580" not in out.decode()
    assert "\u2580" in paged.read_text()
    paged.unlink()
    _, out = similar(photos, EmulatedTerminal(FOOT, rows=12), "--preview", **pager)
    assert len(list(terminal_pictures.of_sixel(out))) == 4
    assert not paged.exists()


def test_a_photo_without_a_thumbnail_has_an_empty_cell(photos: Household) -> None:
    terminal = EmulatedTerminal(KITTY, knows_kitty=True)
    _, out = similar(photos, terminal, "--preview")
    before = names(out)
    match = photos.photos / before[1]
    content = match.read_bytes()
    photos.ctl("pause")
    match.write_bytes(b"no picture")
    try:
        _, out = similar(photos, terminal)
        assert names(out) == before
        shown = [picture.convert("RGB") for _, picture in terminal_pictures.of_kitty(out)]
        others = [before[0], *before[2:]]
        assert all(shows(*pair) for pair in zip(shown, _paths(photos, others), strict=True))
    finally:
        match.write_bytes(content)
        photos.ctl("resume")
        photos.settle()


@pytest.mark.parametrize(("attributes", "is_sixel"), [(FOOT, True), (XTERM, False)])
def test_what_is_known_of_a_photo_stands_beside_it(
    photos: Household, attributes: str, is_sixel: bool
) -> None:
    picture = sorted(photos.photos.iterdir())[0]
    command = (*IMGSIMCTL, "show", picture.name, "--preview")
    _, out = EmulatedTerminal(attributes).run(command, photos.environ, photos.photos)
    if is_sixel:
        (shown,) = terminal_pictures.of_sixel(out)
    else:
        shown = terminal_pictures.of_blocks(out.decode().split("\r\n"))
    assert shows(shown, picture)


def test_duplicates_have_thumbnails_too(home: Household, album: list[Path]) -> None:
    home.add(album[0], "a.jpg", "b.jpg")
    home.add(album[1], "c.jpg", "d.jpg")
    home.start()
    home.settle()
    command = (*IMGSIMCTL, "duplicates", "--preview")
    code, out = EmulatedTerminal(FOOT).run(command, home.environ, home.photos)
    assert code == 0
    shown = list(terminal_pictures.of_sixel(out))
    named = names(out)
    assert sorted(named) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert all(shows(*pair) for pair in zip(shown, _paths(home, named), strict=True))


@needs_tool("less")
def test_less_shows_half_blocks_and_the_user_may_leave_it(photos: Household) -> None:
    terminal = EmulatedTerminal(XTERM, rows=12)
    picture = sorted(photos.photos.iterdir())[0]
    command = (*IMGSIMCTL, "similar", picture.name, "--preview")
    seen = terminal.run(command, photos.environ, photos.photos, until=b":\x1b[K", then=b"q")
    assert seen[0] == 0
    asked = takewhile(lambda line: "\u2580" in line, seen[1].decode().split("\r\n"))
    assert shows(terminal_pictures.of_blocks(list(asked)), picture)


class Tmux:
    """A tmux server of its own, in a terminal around it."""

    def __init__(self, home: Household) -> None:
        self.environ = home.environ | {"TMUX_TMPDIR": str(home.folder), "SHELL": "/bin/sh"}

    def inside(self, command: str, outer: EmulatedTerminal, *settings: str) -> bytes:
        """What the terminal around gets while a session of the command lasts; the command prints
        =end= and reads a line."""
        folder = self.environ["TMUX_TMPDIR"]
        text = "".join(f"set -g {setting}\n" for setting in ("status off", *settings))
        (Path(folder) / "tmux.conf").write_text(text)
        started = ("tmux", "-u", "-f", f"{folder}/tmux.conf", "new-session", command)
        return outer.run(started, self.environ, Path(folder), until=b"=end=")[1]


PASSES = "allow-passthrough on"


@needs_tool("tmux")
@pytest.mark.parametrize(
    ("name", "settings", "is_placeholders"),
    [
        ("kitty(0.44.0)", [PASSES], True),
        ("ghostty 1.2.0", [PASSES], True),
        ("kitty(0.44.0)", [], False),
        ("WezTerm 20240203", [PASSES], False),
    ],
)
def test_tmux_passes_pictures_on_only_if_it_may_to_a_terminal_that_knows_them(
    photos: Household, name: str, settings: list[str], is_placeholders: bool
) -> None:
    outer = EmulatedTerminal(KITTY, knows_kitty=True, name=name, rows=60)
    picture = sorted(photos.photos.iterdir())[0]
    # Its own terminal must have been asked by tmux before.
    known = "until tmux display -p '#{client_termtype}' | grep -q .; do sleep .05; done; "
    similar = shlex.join([*IMGSIMCTL, "similar", str(picture), "-k", "3", "--preview"])
    shown = f"{similar}; tmux capture-pane -pe > pane"
    command = f"{known} {shown}; echo =end=; read _"
    out = Tmux(photos).inside(command, outer, *settings)
    pane = (photos.folder / "pane").read_text()
    sent = list(terminal_pictures.of_kitty(out.replace(b"\x1b\x1b", b"\x1b")))
    if is_placeholders:
        assert [keys["U"] for keys, _ in sent] == ["1"] * 4
        assert "\U0010eeee\u0305\u0305" in pane
    else:
        assert sent == []
        assert "\u2580" in pane
    assert "Gi=" not in pane
