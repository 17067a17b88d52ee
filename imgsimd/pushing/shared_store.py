"""The vector store of a gallery that is shared."""

from __future__ import annotations

from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.model_keys import ModelKey
from imgsimd.gallery.index import MakeStore, in_memory
from imgsimd.gallery.vectors.base import VectorStore
from imgsimd.milvus.ask import Ask
from imgsimd.milvus.messages import IndexKind
from imgsimd.milvus.store import MilvusStore
from imgsimd.pushing.collection_names import collection_of
from imgsimd.vectors import VectorForm


def shared_stores(ask: Ask, prefix: str, kind: IndexKind = "FLAT") -> MakeStore:
    """Makes stores of which other hosts have a part: each model's is the collection that the pusher
    fills. The gallery says as which host it is shared, which may change (`Pushes.share`)."""

    def make(catalog: Catalog, model: ModelKey, form: VectorForm) -> VectorStore:
        known = next((served for served in catalog.models.all() if served.key == model), None)
        now = catalog.outbox.shared()
        if known is None or now is None:
            return in_memory(catalog, model, form)
        return MilvusStore(
            ask,
            collection_of(prefix, known, kind),
            prefix,
            now.host,
            stored=lambda ids: catalog.embeddings.vectors(model, ids),
            unpushed=lambda ids: catalog.outbox.among(ids, model),
        )

    return make
