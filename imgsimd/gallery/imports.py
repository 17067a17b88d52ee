"""Takes images that another gallery knows: with their ids, vectors and all else.

1. An image whose path is not known here is added. It keeps its id if that is above all that were
   ever given here; else it is refused, or gets a new one.
2. If the path is known and the file there is the same (size and mtime), the image here stays, and
   gets what is not known of it.
3. If the path is known and the file is another one, what is known here stays as it is.

An image that is added is hidden until its file is seen. No file is looked at here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.errors import ConfigError
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.catalog.not_duplicates import Decision
from imgsimd.gallery.index import Index
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.types import ContentHash, FilePath, FileState, Hash, Hidden, ImageId, Known
from imgsimd.vectors import VectorForm


class ForeignModel(NamedTuple):
    """A model of the other gallery."""

    identity: str
    name: str
    form: VectorForm


class ForeignVector(NamedTuple):
    """A vector of the other gallery."""

    model: int
    """The place of its model in the list that comes with it."""
    numbers: bytes
    """As it is stored: of its model's form, and of unit length."""
    version: int
    """Of the decoder that read the picture."""


@dataclass(frozen=True, slots=True)
class ForeignImage:
    """An image of the other gallery."""

    id: ImageId
    path: FilePath
    state: FileState
    content: ContentHash | None
    is_left_out: bool = False
    """Whether a user had left it out there."""
    vectors: Sequence[ForeignVector] = ()
    metadata: PictureMetadata | None = None
    """Its `version` means nothing: each vector has one of its own."""
    needs_headers: bool = False
    """Whether its headers are to be read, since `metadata` lacks something that they may say."""
    fault: Fault | None = None
    """Why it could not be embedded."""
    is_unread: bool = False
    """Whether nothing could be read of the file that has this fault."""


class Taken(NamedTuple):
    """What became of some images."""

    added: int
    known: int
    """Known here already, by the same file."""
    different: int
    """Another file is known at their path."""
    refused: list[ImageId]
    """Not added, since their ids may have been in use here."""


class Imports:
    """Adds to catalog and index."""

    def __init__(self, catalog: Catalog, models: ModelSwitch, index: Index) -> None:
        self._catalog = catalog
        self._images = catalog.images
        self._models = models
        self._index = index

    def take(
        self,
        images: Sequence[ForeignImage],
        models: Sequence[ForeignModel],
        by: Hash,
        gives_new_ids: bool,
    ) -> Taken:
        """Takes these images, whose contents were hashed `by` this, in one transaction.

        Raises ConfigError if contents or vectors cannot be told apart from those that are here.
        """
        with self._catalog.lasting():
            self._check_hash(by)
            keys = [self._key(model) for model in models]
            known = {image.path: image for image in self._images.at([i.path for i in images])}
            new = [image for image in images if image.path not in known]
            free = new if gives_new_ids else _free(new, self._images.last_id())
            added = [self._add(image, keys, gives_new_ids) for image in free]
            same = self._same(images, known)
            for there, image in same:
                self._fill(there, image, keys)
        self._index.refresh([*added, *(there.id for there, _ in same)])
        taken = {image.id for image in free}
        refused = [image.id for image in new if image.id not in taken]
        return Taken(len(added), len(same), len(images) - len(new) - len(same), refused)

    def end(
        self, last_id: ImageId, roots: Iterable[FilePath], decisions: Iterable[Decision]
    ) -> None:
        """Takes what is known besides images: ids up to this one are not given to others; these
        folders were watched, so that they are recognised elsewhere; and these are no duplicates."""
        with self._catalog.lasting():
            self._images.continue_after(last_id)
            for root in roots:
                self._catalog.roots.expect(root)
            self._catalog.not_duplicates.add_new(decisions)

    def _check_hash(self, by: Hash) -> None:
        if self._images.have_contents() and by != self._images.hash():
            raise ConfigError(
                f"The photos to import were hashed by {by}, and those of this gallery by "
                f"{self._images.hash()}: import them into a gallery without photos."
            )

    def _key(self, model: ForeignModel) -> ModelKey:
        known = self._catalog.models.form(model.identity)
        if known not in (None, model.form):
            raise ConfigError(
                f"The vectors to import are {model.form}, and those of the same model, "
                f"{model.name}, here {known}: they were changed."
            )
        return self._catalog.models.key(*model)

    def _add(self, image: ForeignImage, keys: Sequence[ModelKey], gets_new_id: bool) -> ImageId:
        why = Hidden.LEFT_OUT if image.is_left_out else Hidden.EXPECTED
        added = self._images.add(
            None if gets_new_id else image.id, image.path, image.state, image.content, why
        )
        self._store(added, image, keys)
        if image.fault:
            self._catalog.failures.add(added, image.fault, image.is_unread)
        else:
            embedded = {keys[vector.model] for vector in image.vectors}
            missing = [key for key in self._models.keys if key not in embedded]
            self._catalog.backlog.add([added], missing)
        return added

    def _fill(self, there: Known, image: ForeignImage, keys: Sequence[ModelKey]) -> None:
        """Gives an image what it lacks, unless it could not be read here."""
        if image.content is None or self._catalog.failures.of(there.id):
            return
        self._images.set_content(there.id, image.content)
        self._store(there.id, image, keys)

    def _store(self, at: ImageId, image: ForeignImage, keys: Sequence[ModelKey]) -> None:
        """Stores vectors and metadata of which there are none yet."""
        added = [vector for vector in image.vectors if self._add_vector(at, vector, keys)]
        if image.metadata and self._catalog.metadata.of(at) is None:
            self._catalog.metadata.store(at, image.metadata)
        if image.metadata and added:
            self._note_decoders(at, image.metadata.format, added)
        if added and (image.needs_headers or not image.metadata):
            self._catalog.metadata.read_again(at)

    def _add_vector(self, at: ImageId, vector: ForeignVector, keys: Sequence[ModelKey]) -> bool:
        key = keys[vector.model]
        is_new = self._catalog.embeddings.add(at, key, vector.numbers, vector.version)
        if is_new:
            self._catalog.backlog.done(at, key)
        return is_new

    def _note_decoders(self, at: ImageId, format_: str, vectors: Sequence[ForeignVector]) -> None:
        """An image whose vector is by another version of its decoder is embedded again."""
        versions = {vector.version for vector in vectors}
        if self._catalog.decoders.note(format_, versions):
            for model in self._models.keys:
                self._catalog.backlog.add_outdated(model, at)

    def _same(
        self, images: Sequence[ForeignImage], known: Mapping[FilePath, Known]
    ) -> list[tuple[Known, ForeignImage]]:
        """Those of which the very file is known here."""
        contents = self._images.contents([image.id for image in known.values()])
        return [
            (known[image.path], image)
            for image in images
            if image.path in known
            and known[image.path].state.copied_from(image.state)
            and contents[known[image.path].id] in (None, image.content)
        ]


def _free(images: Sequence[ForeignImage], last: ImageId) -> list[ForeignImage]:
    """Those with ids above the last one given, and above the one before."""
    free: list[ForeignImage] = []
    for image in images:
        if image.id > last:
            free.append(image)
            last = image.id
    return free
