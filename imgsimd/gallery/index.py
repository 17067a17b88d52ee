"""Which images searches find: a model's vectors in a vector store, and a filter.

An image that becomes hidden stays in the store; the filter keeps searches from finding it. So to
hide and to show a folder takes no rebuild, and hidden vectors take memory until the index is built
anew: then only shown images are loaded, and hidden ones when they are shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.vectors.base import (
    Ids,
    Neighbour,
    RemoteSearch,
    RemoteStore,
    Search,
    VectorStore,
)
from imgsimd.gallery.vectors.faiss_flat import FaissFlat
from imgsimd.gallery.vectors.id_set import IdSet, are_in, without
from imgsimd.gallery.visibility import Visibility
from imgsimd.types import FilePath, ImageId
from imgsimd.vectors import Vector, VectorForm, Vectors

MakeStore = Callable[[Catalog, ModelKey, VectorForm], VectorStore]
"""Gives an empty store for the vectors of this model (0: of none), which have this form."""


def in_memory(catalog: Catalog, model: ModelKey, form: VectorForm) -> VectorStore:
    """A store that needs nothing else: see MakeStore."""
    return FaissFlat(form)


LOADING_SECONDS = 0.02
"""How long a visit takes that loads one of the `others`."""
LOADED_AT_ONCE = 500
"""Images of one look at the clock: a few milliseconds."""


class Index:
    """Searchable images. Every shown image with a vector of the model is among them."""

    def __init__(self, catalog: Catalog, visibility: Visibility, make_store: MakeStore) -> None:
        """Empty until `build` or `begin` is called."""
        self._catalog = catalog
        self._visibility = visibility
        self._make_store = make_store
        self._model = ModelKey(0)
        self._store = make_store(catalog, self._model, VectorForm(1))
        self._hidden = IdSet()
        """Those of the hidden images that are in the store."""
        self._is_complete = False
        """Whether every shown image is in the store. False until a first root is shown."""
        self._loaded_upto = ImageId(0)
        self.others: list[Index] = []
        """Of other models. They are kept in step with this one, and end when it is built anew."""

    def __len__(self) -> int:
        """How many images searches can find."""
        return len(self._store) - len(self._hidden)

    def __contains__(self, image: ImageId) -> bool:
        """Whether searches can find the image."""
        return image in self._store and image not in self._hidden

    @property
    def vector_bytes(self) -> int:
        """Bytes of all vectors, with those of hidden images, and of the others."""
        others = sum(other.vector_bytes for other in self.others)
        return len(self._store) * self._store.form.size + others

    @property
    def model(self) -> ModelKey:
        """Whose vectors these are; 0: nobody's."""
        return self._model

    def is_of(self, model: ModelKey, make_store: MakeStore) -> bool:
        """Whether this has the model's vectors, in a store that is made so."""
        return self._model == model and self._make_store is make_store

    @property
    def is_complete(self) -> bool:
        """Whether every shown image with a vector is here. False until a first root is shown."""
        return self._is_complete

    def close(self) -> None:
        """Frees what it holds, and the others."""
        self._empty(VectorForm(1))

    # From the catalog

    def build(self, model: ModelKey, form: VectorForm) -> None:
        """Replaces everything by the model's vectors of all shown images."""
        self._model = model
        self._empty(form)
        hidden = self._look_for_hidden(self._visibility.roots)
        if self._visibility.roots:  # at the start there is none, and nothing is shown
            rows = self._catalog.embeddings.vectors(model)
            self._store.load(row for row in rows if row[0] not in hidden)
            self._is_complete = True

    def begin(self, model: ModelKey, form: VectorForm) -> None:
        """Empties it; from now on, `load_next` fills it with the vectors of this model."""
        self._model = model
        self._empty(form)
        self._loaded_upto = ImageId(0)

    def load_next(self) -> bool:
        """Reads on for a moment; returns whether all are loaded. Changes in between are known."""
        end = time.monotonic() + LOADING_SECONDS
        while not self._is_complete:
            ids = self._catalog.embeddings.images(self._loaded_upto, LOADED_AT_ONCE)
            self._load(self._shown(ids))
            self._loaded_upto = max(ids, default=self._loaded_upto)
            self._is_complete = not ids
            if time.monotonic() > end:
                break
        return self._is_complete

    def become(self, other: Index) -> None:
        """Takes the place of one of the others, which is complete."""
        self.others.remove(other)
        self._store.close()
        self._model, self._store, self._hidden = other._model, other._store, other._hidden

    def show(self, roots: Sequence[FilePath]) -> None:
        """Images below these roots are shown from now on, and no others. If that fails, the next
        call tries it again."""
        before = set(self._visibility.roots)
        if roots and self._is_complete:
            if set(roots) != before:
                self._show_others(roots, set(roots) - before)
        elif roots or before:
            self._visibility.roots = tuple(roots)
            self.build(self._model, self._store.form)

    def _show_others(self, roots: Sequence[FilePath], new: Collection[FilePath]) -> None:
        self._end_others()
        hidden = self._look_for_hidden(roots)
        candidates = self._catalog.images.ids_below(new)
        self._is_complete = False
        self._visibility.roots = tuple(roots)
        self._load(image for image in candidates if image not in hidden)
        self._hidden = IdSet(image for image in hidden if image in self._store)
        self._is_complete = True

    def refresh(self, ids: Collection[ImageId]) -> None:
        """Brings these images up to date with the catalog: their vectors, and whether they are
        shown."""
        shown = self._shown(ids)
        self._visibility.has_hidden |= len(shown) < len(ids)
        self._remove(ids)
        self._load(shown)
        for other in self.others:
            other.refresh(ids)

    def reveal(self, ids: Collection[ImageId]) -> bool:
        """Makes those images searchable that are shown by now; their vectors have not changed.
        Returns whether any image is shown that was not searchable."""
        shown = self._shown([image for image in ids if image not in self])
        self._hidden.discard(shown)
        self._load(shown)
        for other in self.others:
            other.reveal(ids)
        return bool(shown)

    def hide(self, ids: Collection[ImageId]) -> None:
        """These images are hidden from now on."""
        self._visibility.has_hidden = True
        self._hidden.add(image for image in ids if image in self._store)
        for other in self.others:
            other.hide(ids)

    def remove(self, ids: Collection[ImageId]) -> None:
        """Removes the vectors of these images."""
        self._remove(ids)
        for other in self.others:
            other.remove(ids)

    def keep_only_embedded(self, ids: Sequence[ImageId]) -> None:
        """Removes the images of which the catalog has no vector any more: another model has seen
        them."""
        embedded = {image for image, _ in self._catalog.embeddings.vectors(self._model, ids)}
        self._remove([image for image in ids if image not in embedded])
        for other in self.others:
            other.refresh(ids)

    def pushed(self, model: ModelKey, ids: Collection[ImageId]) -> None:
        """A shared store has these images' vectors by this model as the catalog has them."""
        if model == self._model and isinstance(self._store, RemoteStore):
            self._store.pushed(ids)
        for other in self.others:
            other.pushed(model, ids)

    # Questions

    def vector(self, image: ImageId) -> Vector | None:
        """The vector of a searchable image."""
        return self._store.get(image) if image in self else None

    def ids(self) -> Ids:
        """All searchable images, ascending."""
        return without(self._store.ids(), self._hidden.ids)

    def vectors_of(self, ids: Ids) -> tuple[NDArray[np.bool_], Vectors]:
        """Which of the ids are those of searchable images, and the vectors of these, in their
        order."""
        present, vectors = self._store.vectors_of(ids)
        shown = ~are_in(ids[present], self._hidden.ids)
        present[present] = shown
        return present, vectors[shown]

    def search_many(self, searches: Sequence[Search]) -> list[list[Neighbour]] | RemoteSearch:
        """See `VectorStore`. A search in a remote store is only prepared."""
        hidden = self._hidden.ids if self._hidden else None
        if isinstance(self._store, RemoteStore):
            return self._store.prepare(searches, hidden)
        return self._store.search_many(searches, hidden)

    def is_current(self, search: RemoteSearch) -> bool:
        """Whether the index still has the store of this search: it was not built anew since."""
        return search.store is self._store

    def between(self, after: int, upto: int) -> tuple[Ids, Vectors, set[ImageId]]:
        """What the store has of these ids, see `VectorStore`; and which of them are hidden."""
        ids, vectors = self._store.between(after, upto)
        found = (ImageId(int(image)) for image in ids)
        return ids, vectors, {image for image in found if image in self._hidden}

    def _empty(self, form: VectorForm) -> None:
        """Before the new store is filled the old one must be gone: both may not fit in memory."""
        self._end_others()
        self._is_complete = False
        self._hidden = IdSet()
        self._store.close()
        self._store = self._make_store(self._catalog, self._model, form)

    def _end_others(self) -> None:
        for other in self.others:
            other.close()
        self.others.clear()

    def _remove(self, ids: Collection[ImageId]) -> None:
        self._hidden.discard(ids)
        self._store.remove(list(ids))

    def _look_for_hidden(self, roots: Sequence[FilePath]) -> set[ImageId]:
        self._catalog.look_again()
        hidden = set(self._catalog.images.hidden_ids(roots)) if roots else set[ImageId]()
        self._visibility.has_hidden = bool(hidden) or not roots
        return hidden

    def _shown(self, ids: Collection[ImageId]) -> list[ImageId]:
        known = self._catalog.images.by_id(ids)
        return [image.id for image in known if self._visibility.is_shown(image)]

    def _load(self, ids: Iterable[ImageId]) -> None:
        """Loads what the store has not yet."""
        absent = sorted(image for image in ids if image not in self._store)  # slab by slab
        self._store.load(self._catalog.embeddings.vectors(self._model, absent))
