"""What the collections of a shared store are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.milvus.messages import HOSTS, Collection, IndexKind

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


def of_models(prefix: str, names: Iterable[str]) -> list[str]:
    """Those of a server's collections that hold vectors of a model, of whichever host, under this
    prefix. Other hosts may share under a longer one, such as `PREFIX_2`."""
    names = [name for name in names if name.startswith(prefix + "_")]
    groups = {name.removesuffix(HOSTS) for name in names if name.endswith(HOSTS)}
    longer = tuple(f"{group}_" for group in groups - {prefix})
    form = re.compile(rf"{re.escape(prefix)}_\w+_\d+_[0-9a-f]{{{HASH_DIGITS}}}", re.ASCII)
    return [n for n in names if form.fullmatch(n) and not n.startswith(longer)]
