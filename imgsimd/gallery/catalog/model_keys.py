"""The models that have or will have vectors here."""

from __future__ import annotations

from imgsimd.gallery.catalog.table import Table

ModelKey = int
"""Key of a model in the catalog."""


class Models(Table):
    """The models, by their keys."""

    def key(self, identity: str, name: str, dimension: int) -> ModelKey:
        """The key of the model, which is added if it is new."""
        sql = "SELECT id FROM models WHERE identity = ?"
        if row := self._db.execute(sql, [identity]).fetchone():  # a start writes nothing then
            return ModelKey(row[0])
        sql = "INSERT INTO models (identity, name, dimension) VALUES (?, ?, ?) RETURNING id"
        return ModelKey(self._db.execute(sql, [identity, name, dimension]).fetchone()[0])

    def dimension(self, identity: str) -> int | None:
        """Numbers in a vector of this model; None if it has never been used here."""
        sql = "SELECT dimension FROM models WHERE identity = ?"
        row = self._db.execute(sql, [identity]).fetchone()
        return int(row[0]) if row else None

    def serving(self) -> tuple[ModelKey, str, str, int] | None:
        """Key, identity, name and dimension of the model whose vectors answer questions."""
        sql = "SELECT id, identity, name, dimension FROM models WHERE serving"
        row = self._db.execute(sql).fetchone()
        return (row[0], row[1], row[2], row[3]) if row else None

    def set_serving(self, model: ModelKey) -> None:
        """Makes this the model whose vectors answer questions."""
        self._db.execute("UPDATE models SET serving = (id = ?)", [model])
