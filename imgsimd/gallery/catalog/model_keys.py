"""The models that have or will have vectors here."""

from __future__ import annotations

from typing import NamedTuple

from imgsimd.gallery.catalog.table import Table
from imgsimd.vectors import VectorForm

ModelKey = int
"""Key of a model in the catalog."""


class KnownModel(NamedTuple):
    """A model that has or had vectors here, or will have."""

    key: ModelKey
    identity: str
    name: str
    form: VectorForm


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

    def serving(self) -> tuple[ModelKey, str, str, VectorForm] | None:
        """Key, identity and name of the model whose vectors answer questions, and their form."""
        sql = "SELECT id, identity, name, dimension, stored_as FROM models WHERE serving"
        row = self._db.execute(sql).fetchone()
        return (row[0], row[1], row[2], VectorForm(row[3], row[4])) if row else None

    def set_serving(self, model: ModelKey) -> None:
        """Makes this the model whose vectors answer questions."""
        self._db.execute("UPDATE models SET serving = (id = ?)", [model])

    def all(self) -> list[KnownModel]:
        """Every one, the first known first."""
        sql = "SELECT id, identity, name, dimension, stored_as FROM models ORDER BY id"
        rows = self._db.execute(sql)
        return [KnownModel(row[0], row[1], row[2], VectorForm(row[3], row[4])) for row in rows]
