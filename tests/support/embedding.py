"""An embedder, and pictures as the files that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from imgsimd.config import DEFAULT_MODEL, Worker
from imgsimd.control.spool import Spool
from imgsimd.embedding.embedder import Embedder
from imgsimd.errors import BadPictureError
from imgsimd.models.model_files import BUILT_IN, Model, find
from imgsimd.vectors import Vector
from tests.support.patience import DEADLINE

MODEL = find(DEFAULT_MODEL, BUILT_IN)


@asynccontextmanager
async def embedding(
    settings: Worker | None = None, model: Model = MODEL
) -> AsyncIterator[Embedder]:
    """An embedder for the length of the block, in which a hang fails the test."""
    embedder = Embedder(model, settings or Worker())
    try:
        async with asyncio.timeout(DEADLINE):
            yield embedder
    finally:
        await embedder.close()


@contextmanager
def as_file(content: bytes) -> Iterator[int]:
    """A file descriptor behind which these bytes are."""
    with Spool() as spool:
        spool.write(content)
        yield spool.descriptor


async def embed(embedder: Embedder, content: bytes) -> Vector | str:
    with as_file(content) as descriptor:
        try:
            return (await embedder.embed(descriptor)).vector
        except BadPictureError as error:
            return str(error)
