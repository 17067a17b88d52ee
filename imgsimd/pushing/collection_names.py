"""What the collections of a shared store are called."""

from __future__ import annotations

import re
from hashlib import sha256

from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.milvus.messages import Collection, IndexKind

LONGEST_NAME = 64
"""Characters of the model's name. Milvus allows 255 for the whole."""
HASH_DIGITS = 16
"""Of the hash of the model's identity: so two models of one name never share a collection."""


def collection_of(prefix: str, model: Served, kind: IndexKind = "FLAT") -> Collection:
    """The collection of the model's vectors: `PREFIX_NAME_DIMENSION_HASH`. Milvus allows letters,
    digits and underscores."""
    name = re.sub(r"\W+", "_", model.name, flags=re.ASCII)[:LONGEST_NAME]
    identity = sha256(model.identity.encode()).hexdigest()[:HASH_DIGITS]
    return Collection(f"{prefix}_{name}_{model.form.dimension}_{identity}", model.form, kind)
