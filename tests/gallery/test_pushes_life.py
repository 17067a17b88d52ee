"""Whatever happens, and whenever a push ends, the shared store becomes what the catalog says."""

from __future__ import annotations

import calendar
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.imports import ForeignImage, ForeignModel, ForeignVector
from imgsimd.gallery.pushes import Push
from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.shared_ids import HostNumber, SharedId, image_of, shared
from imgsimd.types import FileState, Hidden, ImageId, Known, Plan, Rename
from tests.support.library import FORM, content_of, vector_of

pytestmark = pytest.mark.long

MEMORY = "/dev/shm"  # noqa: S108
"""Where there is such a folder, nothing waits for a disk."""
FOLDERS = [b"/photos", b"/photos/a", b"/side"]
MODELS = ["m", "new"]
STRAY = SharedRow(SharedId(10**6), b"?", HostNumber(0), b"/", b"/?", 0, "", "", -1, 2, "")
"""A row of which nobody here knows."""

Key: TypeAlias = tuple[str, int]
"""A model and an image."""

folders = st.sampled_from(FOLDERS)
words = st.integers(0, 9)
paths = st.builds(lambda folder, word: b"%s/%d.JPG" % (folder, word), folders, words)
headers = st.builds(
    lambda name, width, height, taken, make, model: PictureMetadata(
        name, 1, width=width, height=height, taken=taken, make=make, model=model
    ),
    st.sampled_from(["JPEG", "PNG"]),
    st.sampled_from([None, 40]),
    st.sampled_from([None, 30, 40, 50]),
    st.sampled_from([None, "2024-05-01T12:00:00", "2024-05-01T12:00:00.5+02:00"]),
    st.sampled_from([None, "Canon"]),
    st.sampled_from([None, "EOS  5D"]),
)


class Shared(RuleBasedStateMachine):
    """A gallery, and a dictionary in the place of the collections."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory(dir=MEMORY if os.path.isdir(MEMORY) else None)
        self.clock = 0
        self.store: dict[Key, SharedRow] = {}
        self.roots: set[bytes] = set()
        self.taken: list[Push] = []
        self.model = MODELS[0]
        self.gallery = self.opened()
        self.disks_come_and_go(set(FOLDERS))

    def opened(self) -> Gallery:
        gallery = Gallery(Path(self.place.name) / "gallery.db")
        gallery.aim(self.model, self.model, FORM, set(MODELS))
        return gallery

    def teardown(self) -> None:
        self.gallery.close()
        self.place.cleanup()

    @initialize(found=st.sets(paths, min_size=4), data=st.data())
    def begin(self, found: set[bytes], data: st.DataObject) -> None:
        self.files_come(found, 1)
        self.pictures_are_embedded(data, 6)
        self.the_gallery_is_shared(1, {FOLDERS[0]})

    # What happens to the gallery

    def state(self, word: int) -> FileState:
        """Of a file that was just written; its size tells its content."""
        self.clock += 1
        return FileState(word, self.clock * 10**9, self.clock, self.clock)

    def some(self, data: st.DataObject, most: int) -> list[Known]:
        known = self.gallery.images.between(b"/", b"\xff")
        return data.draw(st.lists(st.sampled_from(known), max_size=most)) if known else []

    @rule(found=st.sets(paths, max_size=6), word=words)
    def files_come(self, found: set[bytes], word: int) -> None:
        known = {image.path for image in self.gallery.images.at(found)}
        self.gallery.apply(Plan(new={path: self.state(word) for path in sorted(found - known)}))

    @rule(data=st.data(), word=words)
    def a_file_changes(self, data: st.DataObject, word: int) -> None:
        changed = [image._replace(state=self.state(word)) for image in self.some(data, 1)]
        self.gallery.apply(Plan(changed=changed))

    @rule(data=st.data(), path=paths)
    def a_file_is_renamed(self, data: st.DataObject, path: bytes) -> None:
        renamed = [Rename(image.id, path, image.state) for image in self.some(data, 1)]
        self.gallery.apply(Plan(renamed=renamed))

    @rule(data=st.data(), path=paths, is_folder=st.booleans())
    def an_image_inherits(self, data: st.DataObject, path: bytes, is_folder: bool) -> None:
        renamed = [Rename(image.id, path, image.state) for image in self.some(data, 1)]
        self.gallery.inherit(renamed, is_folder)

    @rule()
    def folders_swap_names(self) -> None:
        self.gallery.swap_folders({b"/photos/a": b"/side", b"/side": b"/photos/a"})

    @rule(data=st.data())
    def files_go(self, data: st.DataObject) -> None:
        self.gallery.forget(self.some(data, 3))

    @rule(data=st.data())
    def files_are_missed(self, data: st.DataObject) -> None:
        self.gallery.hide(self.some(data, 3), Hidden.GONE)

    @rule(data=st.data())
    def files_return(self, data: st.DataObject) -> None:
        self.gallery.apply(Plan(returned=self.some(data, 3)))

    @rule(data=st.data())
    def vectors_are_doubted(self, data: st.DataObject) -> None:
        self.gallery.redo([image.id for image in self.some(data, 2)])

    @rule(data=st.data(), limit=st.integers(1, 6))
    def pictures_are_embedded(self, data: st.DataObject, limit: int) -> None:
        model, waiting = self.gallery.verdicts.waiting(limit)
        examined = [Examined(i.id, i.state, content_of(i.state.size)) for i in waiting]
        unknown = self.gallery.verdicts.recognise(model, examined)
        verdicts = [
            Verdict(i, vector_of(i.content), data.draw(st.none() | headers)) for i in unknown
        ]
        self.gallery.verdicts.commit(model, verdicts)

    @rule(data=st.data(), header=headers)
    def headers_are_read(self, data: st.DataObject, header: PictureMetadata) -> None:
        self.gallery.verdicts.describe(dict.fromkeys(self.some(data, 2), header))

    @rule(path=paths, word=words, model=st.sampled_from(MODELS))
    def an_image_is_imported(self, path: bytes, word: int, model: str) -> None:
        content = content_of(word)
        vector = ForeignVector(0, FORM.to_bytes(vector_of(content)), 1)
        image = ImageId(self.gallery.images.last_id() + 3)
        foreign = ForeignImage(image, path, self.state(word), content, vectors=[vector])
        self.gallery.imports.take([foreign], [ForeignModel(model, model, FORM)], "blake3", False)

    @rule(model=st.sampled_from(MODELS))
    def the_model_changes(self, model: str) -> None:
        self.model = model
        self.gallery.aim(model, model, FORM, set(MODELS))
        self.gallery.reach_target()

    @rule(model=st.sampled_from(MODELS))
    def what_a_model_has_stored_is_removed(self, model: str) -> None:
        self.gallery.stored_vectors.remove(model, ImageId(0))

    @rule(shown=st.sets(folders))
    def disks_come_and_go(self, shown: set[bytes]) -> None:
        """If the gallery is shared, so is what was not shown before."""
        is_new = not shown <= set(self.gallery.visibility.roots)
        self.gallery.show(sorted(shown))
        if self.gallery.pushes.shared and is_new:
            self.roots |= shown

    @rule()
    def the_daemon_starts_again(self) -> None:
        self.gallery.close()
        self.gallery, self.taken = self.opened(), []
        self.disks_come_and_go(set(FOLDERS))

    @rule()
    def the_database_is_recovered(self) -> None:
        self.gallery.recover()

    # What the pusher does

    @rule(host=st.sampled_from([1, 1, 1, 2]), roots=st.sets(folders, min_size=1))
    def the_gallery_is_shared(self, host: int, roots: set[bytes]) -> None:
        now = self.gallery.pushes.shared
        if now and now.host != host:
            self.store, self.taken = {("m", 10**6): STRAY}, []
        self.gallery.pushes.share(HostNumber(host), sorted(roots))
        self.roots |= roots

    @rule(is_sure=st.sampled_from([False, False, True]))
    def it_is_shared_no_more(self, is_sure: bool) -> None:
        if is_sure:
            self.gallery.pushes.unshare()
            self.roots, self.taken = set(), []

    @rule(limit=st.integers(1, 9))
    def pushes_are_taken(self, limit: int) -> None:
        """Those that were taken before are given up: the pusher has died."""
        self.taken = self.gallery.pushes.next(limit)

    @rule()
    def they_are_carried_out(self) -> None:
        for push in self.taken:
            if push.row:
                self.store[push.model.identity, image_of(push.id)] = push.row
            else:
                self.store.pop((push.model.identity, image_of(push.id)), None)

    @precondition(lambda self: self.gallery.pushes.shared)
    @rule()
    def they_are_carried_out_and_done(self) -> None:
        self.they_are_carried_out()
        self.gallery.pushes.done([push.seq for push in self.taken])
        self.taken = []

    @precondition(lambda self: self.gallery.pushes.shared)
    @rule()
    def everything_is_pushed(self) -> None:
        self.compare()
        while self.gallery.pushes.count():
            self.pushes_are_taken(4)
            self.they_are_carried_out_and_done()
        assert self.store == self.truth()

    def compare(self) -> None:
        """As the pusher does while it does not know what is in the store."""
        now = self.gallery.pushes.shared
        if now is None or now.doubt is None:
            return
        for model in self.gallery.models:
            there = {image for name, image in self.store if name == model.identity}
            here = set(self.gallery.pushes.expected(model, ImageId(0), 1000))
            self.gallery.pushes.enqueue([ImageId(image) for image in there ^ here], model)
        self.gallery.pushes.settle(now.doubt)

    # What is promised

    @invariant()
    def what_differs_is_to_be_pushed(self) -> None:
        now = self.gallery.pushes.shared
        if now is None or now.doubt is not None:
            return
        truth = self.truth()
        keys = truth.keys() | self.store.keys()
        wrong = {key for key in keys if truth.get(key) != self.store.get(key)}
        for model in self.gallery.models:
            ids = {ImageId(image) for name, image in wrong if name == model.identity}
            assert self.gallery.pushes.unpushed(ids, model) == ids

    @invariant()
    def what_is_expected_is_the_truth(self) -> None:
        truth = self.truth()
        for model in self.gallery.models:
            expected = self.gallery.pushes.expected(model, ImageId(0), 1000)
            assert expected == sorted(i for name, i in truth if name == model.identity)

    def truth(self) -> dict[Key, SharedRow]:
        """What the collections must hold, from the tables as they are."""
        sql = """SELECT models.identity, images.id, vector, path, mtime_ns, format, width, height,
            taken, make, metadata.model FROM embeddings JOIN images ON images.id = image_id
            JOIN models ON models.id = model_id LEFT JOIN metadata USING (image_id)
            WHERE missing = 0"""
        now = self.gallery.pushes.shared
        host = now.host if now else HostNumber(0)
        rows: dict[Key, SharedRow] = {}
        for (
            model,
            image,
            vector,
            path,
            mtime,
            name,
            width,
            height,
            *texts,
        ) in self.gallery._catalog._file.db.execute(sql):
            roots = [root for root in self.roots if path.startswith(root + b"/")]
            if not roots:
                continue
            is_known = width is not None and height is not None
            shape = (width > height) - (width < height) if is_known else 2
            taken, *camera = texts
            rows[model, image] = SharedRow(
                shared(host, ImageId(image)),
                vector,
                host,
                max(roots, key=len),
                path,
                seconds(taken, mtime),
                name or "",
                "jpg",
                width * height if is_known else -1,
                shape,
                " ".join(" ".join(filter(None, camera)).lower().split()),
            )
        return rows


def seconds(taken: str | None, mtime_ns: int) -> int:
    if taken is None:
        return calendar.timegm(time.localtime(mtime_ns // 10**9))
    return int(datetime.fromisoformat(taken).replace(tzinfo=UTC).timestamp())


TestShared = Shared.TestCase
TestShared.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
