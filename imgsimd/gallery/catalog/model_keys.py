"""The models that have or will have vectors here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from imgsimd.gallery.catalog.table import Table
from imgsimd.vectors import VectorForm

ModelKey = int
"""Key of a model in the catalog."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model as the gallery uses it: it has or had vectors here, or will have."""

    key: ModelKey
    identity: str
    name: str
    form: VectorForm


_COLUMNS = "id, identity, name, dimension, stored_as"
"""Of `_served`."""


class Models(Table):
    """The models, by their keys."""

    def key(self, identity: str, name: str, form: VectorForm) -> ModelKey:
        """The key of the model, which is added if it is new."""
        sql = "SELECT id FROM models WHERE identity = ?"
        if row := self._db.execute(sql, [identity]).fetchone():  # a start writes nothing then
            return ModelKey(row[0])
        sql = """INSERT INTO models (identity, name, dimension, stored_as) VALUES (?, ?, ?, ?)
            RETURNING id"""
        values = [identity, name, form.dimension, form.stored_as]
        return ModelKey(self._db.execute(sql, values).fetchone()[0])

    def form(self, identity: str) -> VectorForm | None:
        """How the vectors of this model are stored; None if it has never been used here."""
        sql = "SELECT dimension, stored_as FROM models WHERE identity = ?"
        row = self._db.execute(sql, [identity]).fetchone()
        return VectorForm(*row) if row else None

    def serving(self) -> Served | None:
        """The model whose vectors answer questions."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM models WHERE serving").fetchone()
        return _served(*row) if row else None

    def set_serving(self, model: ModelKey) -> None:
        """Makes this the model whose vectors answer questions."""
        self._db.execute("UPDATE models SET serving = (id = ?)", [model])

    def all(self) -> list[Served]:
        """Every one, the first known first."""
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM models ORDER BY id")
        return [_served(*row) for row in rows]


def _served(key: ModelKey, identity: str, name: str, *form: Any) -> Served:
    return Served(key, identity, name, VectorForm(*form))
