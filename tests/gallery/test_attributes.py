"""Which images fit conditions: the same as looking at each of them, at every moment."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from imgsimd import file_kinds
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.conditions import Conditions, Orientation
from imgsimd.gallery.gallery import Gallery
from imgsimd.types import FileState, Hidden, ImageId, Known, Plan, Rename
from tests.support.library import opened

SECOND = timedelta(seconds=1)
FOLDERS = [b"/p", b"/p/a", b"/p/a/b", b"/p/ab", b"/p/a b", b"/q/\xff"]
NAMES = [b"1.jpg", b"2.JPG", b"3.nef", b"4.CR2", b"5", b"6.tar.gz"]
TIMES = [datetime(2021, 3, 28, 0, 30), datetime(2021, 5, 1), datetime(2021, 10, 31, 2, 30)]
SIZES = [(400, 300), (300, 400), (300, 300), (None, None), (2**31 - 1, 2**31 - 1)]

paths = st.builds(lambda f, n: f + b"/" + n, st.sampled_from(FOLDERS), st.sampled_from(NAMES))
moments = st.sampled_from(TIMES)
states = st.builds(lambda moment: FileState(1, int(moment.timestamp()) * 10**9 + 1, 1, 1), moments)
headers = st.builds(
    lambda name, size, taken, make, model: PictureMetadata(
        name, 1, width=size[0], height=size[1], taken=taken, make=make, model=model
    ),
    st.sampled_from(["JPEG", "HEIC", "camera raw"]),
    st.sampled_from(SIZES),
    st.sampled_from([None, "nonsense", "2021-05-01T00:00:00.5+02:00", "2021-10-31T02:30:00"]),
    st.sampled_from([None, "Canon", "Äpfel"]),
    st.sampled_from([None, "Canon EOS 5D", "X"]),
)
folders = st.lists(
    st.sampled_from([*FOLDERS, b"/", b"/p/a/", b"/nowhere"]), min_size=1, max_size=2
).map(tuple)
kinds = st.sampled_from([("jpg",), ("raw",), ("NEF", "heic"), ("cr2",)]).map(
    lambda names: tuple(map(file_kinds.named, names))
)
cameras = st.sampled_from([("canon",), ("EOS  5d", "x"), ("ÄPF",), ("canon canon",)])
fields = {
    "under": folders,
    "not_under": folders,
    "since": moments,
    "until": moments,
    "kinds": kinds,
    "min_pixels": st.sampled_from([1, 120_000, 2**40]),
    "orientation": st.sampled_from(Orientation),
    "cameras": cameras,
}
conditions = st.fixed_dictionaries({}, optional=fields).map(lambda drawn: Conditions(**drawn))
ALWAYS = [
    Conditions(under=(b"/p/a",)),
    Conditions(not_under=(b"/p/a",), since=TIMES[1]),
    Conditions(kinds=(file_kinds.named("jpg"),)),
    Conditions(kinds=(file_kinds.named("cr2"),)),
    Conditions(min_pixels=1, cameras=("canon",)),
]


def fits(image: dict[str, Any], wanted: Conditions) -> bool:
    """Looks at one image, as plainly as possible."""

    def is_below(folder: bytes) -> bool:
        return bool(image["path"].startswith(folder.rstrip(b"/") + b"/"))

    local = time.localtime(image["mtime_ns"] // 10**9)
    taken = (image["taken"] or "").partition(".")[0].partition("+")[0]
    if len(taken) != 19:
        taken = datetime(*local[:6]).isoformat()
    extension = image["path"].rpartition(b"/")[2].rpartition(b".")[2].lower().decode()
    width, height = image["width"] or 0, image["height"] or 0
    shape = (width > height and "landscape") or (width < height and "portrait") or "square"
    camera = f"{image['make'] or ''} {image['model'] or ''}".casefold()
    return (
        (not wanted.under or any(map(is_below, wanted.under)))
        and not any(map(is_below, wanted.not_under))
        and (wanted.since is None or taken >= wanted.since.isoformat())
        and (wanted.until is None or taken < wanted.until.isoformat())
        and (
            not wanted.kinds
            or any(
                image["format"] == k.format and k.extension in ("", extension) for k in wanted.kinds
            )
        )
        and (
            wanted.min_pixels is None
            or bool(width and min(width * height, 2**31 - 1) >= wanted.min_pixels)
        )
        and (wanted.orientation is None or bool(width and shape == wanted.orientation))
        and (
            not wanted.cameras
            or any(" ".join(c.split()).casefold() in camera for c in wanted.cameras)
        )
    )


class Compared(RuleBasedStateMachine):
    """Attributes beside the catalog that they are read from."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.gallery = opened(Path(self.folder.name))
        self.db = self.gallery._catalog._file.db

    def teardown(self) -> None:
        self.gallery.close()
        self.folder.cleanup()

    @initialize(data=st.data(), found=st.dictionaries(paths, states, min_size=12))
    def begin(self, data: st.DataObject, found: dict[bytes, FileState]) -> None:
        self.photos_come(found)
        self.gallery.verdicts.describe({i: data.draw(headers) for i in self.images()[::2]})

    def images(self) -> list[Known]:
        return self.gallery.images.between(b"/", b"\xff")

    @rule(found=st.dictionaries(paths, states, max_size=4))
    def photos_come(self, found: dict[bytes, FileState]) -> None:
        known = {image.path for image in self.images()}
        new = {path: state for path, state in found.items() if path not in known}
        self.gallery.apply(Plan(new=new))

    @rule(data=st.data(), path=paths, state=states)
    def a_photo_moves(self, data: st.DataObject, path: bytes, state: FileState) -> None:
        if images := self.images():
            image = data.draw(st.sampled_from(images))
            self.gallery.apply(Plan(renamed=[Rename(image.id, path, state)]))

    @rule(old=st.sampled_from(FOLDERS), new=st.sampled_from([b"/new", b"/p/x", b"/q/y/z"]))
    def a_folder_moves(self, old: bytes, new: bytes) -> None:
        if not any(image.path.startswith(new) for image in self.images()):
            self.gallery.swap_folders({old: new})

    @rule(data=st.data(), state=states)
    def a_photo_changes(self, data: st.DataObject, state: FileState) -> None:
        if images := self.images():
            image = data.draw(st.sampled_from(images))
            self.gallery.apply(Plan(changed=[image._replace(state=state)]))

    @rule(data=st.data())
    def a_content_changes(self, data: st.DataObject) -> None:
        if images := self.images():
            self.gallery.metadata.drop(data.draw(st.sampled_from(images)).id)

    @rule(data=st.data(), header=headers)
    def headers_are_read(self, data: st.DataObject, header: PictureMetadata) -> None:
        if images := self.images():
            self.gallery.verdicts.describe({data.draw(st.sampled_from(images)): header})

    @rule(data=st.data(), is_forgotten=st.booleans())
    def photos_go(self, data: st.DataObject, is_forgotten: bool) -> None:
        if images := self.images():
            gone = data.draw(st.lists(st.sampled_from(images), max_size=3))
            if is_forgotten:
                self.gallery.forget(gone)
            else:
                self.gallery.hide(gone, Hidden.GONE)

    @rule()
    def another_program_writes(self) -> None:
        with closing(sqlite3.connect(Path(self.folder.name) / "gallery.db")) as other, other:
            other.execute("UPDATE images SET mtime_ns = 0 WHERE id % 3 = 0")

    @rule()
    def a_change_is_rolled_back(self) -> None:
        self.db.conn.execute("BEGIN")
        self.gallery.images.forget([image.id for image in self.images()])
        self.db.conn.rollback()

    @rule()
    def nobody_asks_for_long(self) -> None:
        self.gallery.attributes.drop()

    @rule(wanted=st.lists(conditions, min_size=3, max_size=6))
    def they_fit(self, wanted: list[Conditions]) -> None:
        sql = "SELECT * FROM images i LEFT JOIN metadata m ON m.image_id = i.id ORDER BY i.id"
        rows = list(self.db.query(sql))
        for each in wanted:
            assert ids(self.gallery, each) == [row["id"] for row in rows if fits(row, each)]

    @invariant()
    def what_was_asked_before_is_answered_anew(self) -> None:
        self.they_fit(ALWAYS)


Compared.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestAttributes = Compared.TestCase


def ids(gallery: Gallery, wanted: Conditions) -> list[ImageId]:
    while not gallery.attributes.load():
        pass
    return [ImageId(int(image)) for image in gallery.attributes.ids(wanted)]


def test_an_mtime_is_local_time_on_the_days_on_which_the_clocks_change(
    monkeypatch: pytest.MonkeyPatch, gallery: Gallery
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        changes = [datetime(2021, 3, 28, 3).timestamp(), datetime(2021, 10, 31, 3).timestamp()]
        seconds = [int(change) + n for change in changes for n in (-7200, -1, 0, 1, 90_000)]
        gallery.apply(Plan(new={b"%d" % s: FileState(1, s * 10**9, 1, 1) for s in seconds}))
        for image in gallery.images.between(b"", b"\xff"):
            local = datetime.fromtimestamp(image.state.mtime_ns // 10**9)
            assert image.id in ids(gallery, Conditions(since=local, until=local + SECOND))
    finally:
        monkeypatch.undo()
        time.tzset()
