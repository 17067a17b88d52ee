"""Indices of models that do not answer: for questions to them, and for a change of model. And those
in memory, where what answers is on another machine.

Each takes memory as the serving one does. They are loaded bit by bit, so that questions get in
between, and kept in step from then on.
"""

from __future__ import annotations

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.model_keys import ModelKey, Served
from imgsimd.gallery.index import Index, MakeStore
from imgsimd.gallery.visibility import Visibility


class IndexMissingError(Exception):
    """A model's index is not there, or not complete: `load` comes first."""


class OtherIndexes:
    """Belongs to the gallery's thread."""

    def __init__(
        self, catalog: Catalog, visibility: Visibility, make_store: MakeStore, serving: Index
    ) -> None:
        """`serving` is the index of the model that answers. Others have a store of their own, even
        of the same model, if that is made in another way."""
        self._catalog = catalog
        self._visibility = visibility
        self._make_store = make_store
        self._serving = serving

    def load(self, model: Served) -> bool:
        """Loads for a moment; whether all of the model's vectors are loaded."""
        index = self._of(model.key)
        if index is None:
            index = Index(self._catalog, self._visibility, self._make_store)
            index.begin(model.key, model.form)
            self._serving.others.append(index)
        return index.load_next()

    def find(self, model: Served) -> Index | None:
        """The model's index, if it is loaded completely."""
        index = self._of(model.key)
        return index if index is not None and index.is_complete else None

    def get(self, model: Served) -> Index:
        """The model's index. Raises IndexMissingError."""
        if (index := self.find(model)) is None:
            raise IndexMissingError(model.name)
        return index

    def drop(self, model: ModelKey) -> None:
        """Frees what the model's index takes, if there is one."""
        if (index := self._of(model)) is not None:
            self._serving.others.remove(index)
            index.close()

    def _of(self, model: ModelKey) -> Index | None:
        others = self._serving.others
        return next((each for each in others if each.is_of(model, self._make_store)), None)
