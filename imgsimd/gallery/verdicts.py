"""Which images wait to be embedded, and what is stored of those that were read."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.catalog.backlog import Candidate
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.embeddings import Stored
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.catalog.images import MOST_TWINS
from imgsimd.gallery.catalog.model_keys import ModelKey, Served
from imgsimd.gallery.index import Index
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.gallery.visibility import Visibility
from imgsimd.types import ContentHash, FilePath, FileState, ImageId, Known
from imgsimd.vectors import Vector

FIRST_VERSION = 1
"""The decoder's version of a vector that comes without metadata."""


class Examined(NamedTuple):
    """A file that was read: these bytes had this hash while the file was in this state."""

    id: ImageId
    state: FileState
    content: ContentHash
    """Empty where nothing could be read."""


class Stamp(NamedTuple):
    """When something was done with an image."""

    image: ImageId
    at: float
    """Seconds since 1970."""


class Verdict(NamedTuple):
    """What came of embedding an image: its vector, or why there is none."""

    examined: Examined
    outcome: Vector | Fault
    metadata: PictureMetadata | None = None
    """Beside a vector, what its file says of the picture; None if nobody asked."""

    @property
    def is_doubtful(self) -> bool:
        """Whether it is another one for a file that somebody is still writing."""
        return isinstance(self.outcome, Fault) or (
            self.metadata is not None and self.metadata.read < 1
        )


class Verdicts:
    """Takes images from the backlog, and stores what came of them in catalog and index."""

    def __init__(
        self, catalog: Catalog, models: ModelSwitch, visibility: Visibility, index: Index
    ) -> None:
        self._catalog = catalog
        self._images = catalog.images
        self._models = models
        self._visibility = visibility
        self._index = index
        self.last = Stamp(ImageId(0), 0.0)
        """The image that was given a vector last, since the daemon started."""

    def waiting(
        self, limit: int, taken: Collection[ImageId] = (), resting: Collection[ModelKey] = ()
    ) -> tuple[Served, list[Candidate]]:
        """What to embed next besides what is `taken`, and by which model: the serving one first, so
        it stays current, but none that is `resting`."""
        scope = self._visibility.scope
        models = dict.fromkeys([self._models.serving, self._models.target])
        for model in (each for each in models if each.key not in resting):
            candidates = self._catalog.backlog.next(model.key, limit + len(taken), scope)
            if rest := [image for image in candidates if image.id not in taken]:
                return model, rest[:limit]
        return self._models.target, []

    def amid(self, model: Served, share: float) -> Candidate | None:
        """One that is to be embedded by the model later, from the last (0) to the next (1); None if
        the one just there is hidden."""
        return self._catalog.backlog.amid(model.key, share, self._visibility.scope)

    def sample(self, most: int) -> list[tuple[Served, int, list[tuple[FilePath, int]]]]:
        """For the serving model and for the target, if that is another one: how many images wait
        (of the target: 0, since to count them takes long), and some of their files with their
        sizes."""
        backlog, target = self._catalog.backlog, self._models.target
        found = []
        for model in dict.fromkeys([self._models.serving, target]):
            count = 0 if model == target else backlog.count_of(model.key)
            files = backlog.sample(model.key, most)
            shown = [file for file in files if self._visibility.is_within(file[0])]
            found.append((model, count, shown))
        return found

    def recognise(self, model: Served, images: Sequence[Examined]) -> list[Examined]:
        """Gives images whose content is known their vector; returns those that must be embedded.

        An image that changed since it was read is left out: it is in the backlog anyway.
        """
        current = self._current(model, images)
        vectors: dict[ContentHash, Stored | None] = {}
        with self._catalog.atomic():
            for content in {image.content for image in current}:
                vectors[content] = self._vector_of(content, model)
            for image in current:
                if stored := vectors[image.content]:
                    self._store(image, model, stored.vector, stored.version)
                    if stored.image != image.id:
                        self._catalog.metadata.copy(stored.image, image.id)
        self._update_index(model, [image.id for image in current if vectors[image.content]])
        return [image for image in current if not vectors[image.content]]

    def commit(self, model: Served, verdicts: Iterable[Verdict]) -> None:
        """Stores vectors and failures of images that have not changed since they were read."""
        by_image = {verdict.examined: verdict for verdict in verdicts}
        with self._catalog.atomic():
            current = self._current(model, list(by_image))
            for image in current:
                self._take(by_image[image], model)
        self._update_index(model, [image.id for image in current])

    def retry(self, readers: Collection[str], allowed: Mapping[str, int]) -> None:
        """Puts what failed into the backlog where that may help now: see
        `Failures.outdated_causes`."""
        with self._catalog.atomic():
            for cause in [None, *self._catalog.failures.outdated_causes(readers, allowed)]:
                self._catalog.backlog.add_failed(cause, self._models.keys)

    # Headers of files that were embedded before so much was read of them

    def without_metadata(self, limit: int) -> list[Known]:
        """Shown images whose headers are to be read; each is given once, until others are shown."""
        return self._catalog.metadata.next(limit, self._visibility.roots)

    def describe(self, read: Mapping[Known, PictureMetadata | None]) -> None:
        """Stores what was read of these images, unless they have changed since; None: it cannot be
        read. One whose decoder is at another version than its vector is embedded again."""
        now = {i.id: i.state for i in self._images.by_id([image.id for image in read])}
        with self._catalog.atomic():
            for image, metadata in read.items():
                if now.get(image.id) != image.state:
                    continue
                if metadata is None:
                    self._catalog.metadata.skip(image.id)
                    continue
                self._catalog.metadata.describe(image.id, metadata)
                for model in self._models.keys:
                    self._catalog.backlog.add_outdated(model, image.id)

    def _take(self, verdict: Verdict, model: Served) -> None:
        image, outcome, metadata = verdict
        if isinstance(outcome, Fault):
            self._fail(image, model, outcome)
            return
        version = metadata.version if metadata else FIRST_VERSION
        self._store(image, model, model.form.to_bytes(outcome), version)
        if metadata:
            self._catalog.metadata.store(image.id, metadata)

    def _current(self, model: Served, images: Sequence[Examined]) -> list[Examined]:
        """Those that are still what was read, below a root that is still shown; none for a model
        that is no longer in use."""
        if model not in (self._models.serving, self._models.target):
            return []
        known = {i.id: i for i in self._images.by_id([image.id for image in images])}
        now = {i: image.state for i, image in known.items() if self._visibility.is_shown(image)}
        return [image for image in images if now.get(image.id) == image.state]

    def _vector_of(self, content: ContentHash, model: Served) -> Stored | None:
        stored = self._catalog.embeddings.of_content(content, model.key, MOST_TWINS)
        return next((s for s in stored if model.form.is_vector(s.vector)), None)

    def _store(self, image: Examined, model: Served, vector: bytes, version: int) -> None:
        self._take_content(image)
        self._catalog.embeddings.store(image.id, model.key, vector, version)
        self._catalog.backlog.done(image.id, model.key)
        self.last = Stamp(image.id, time.time())

    def _fail(self, image: Examined, model: Served, fault: Fault) -> None:
        if image.content:
            self._take_content(image)
            # An earlier version of the decoder may have made a vector of this very content.
            self._catalog.embeddings.drop_one(image.id, model.key)
        self._catalog.failures.add(image.id, fault, unread=not image.content)

    def _take_content(self, image: Examined) -> None:
        if not self._images.has_content(image.id, image.content):
            self._catalog.embeddings.drop(image.id)
            self._catalog.metadata.drop(image.id)
            self._images.set_content(image.id, image.content)

    def _update_index(self, model: Served, ids: Sequence[ImageId]) -> None:
        """Brings the index up to date with the catalog for images that this model has just seen.
        Vectors of the serving model may have gone with it: those of a file's earlier content."""
        if model == self._models.serving:
            self._index.refresh(ids)
        else:
            self._index.keep_only_embedded(ids)
