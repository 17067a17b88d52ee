"""Models: those that can be used, those that have vectors, and their removal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from imgsimd.client.limits import MOST_ID
from imgsimd.control import openapi
from imgsimd.control.fields import RequestBody, Whole
from imgsimd.control.strict_json import StrictRoute
from imgsimd.gallery.stored_vectors import StoredModel
from imgsimd.gallery.thread import GalleryThread
from imgsimd.maintenance.model_removal import ModelRemoval, Removal
from imgsimd.models.model_files import Model
from imgsimd.types import ImageId


@dataclass
class ModelAnswer:
    """A model that can be used; or, if it is not `installed` any more, one that has vectors."""

    name: str
    dimension: int
    precision: str
    bytes: int
    weights: str
    description: str
    in_use: bool
    installed: bool
    vectors: int
    vector_bytes: int

    @classmethod
    def of(cls, model: Model, in_use: bool, stored: StoredModel | None) -> ModelAnswer:
        return cls(
            name=model.name,
            dimension=model.dimension,
            precision=model.precision,
            bytes=model.file.stat().st_size,
            weights=model.weights,
            description=model.description,
            in_use=in_use,
            installed=True,
            vectors=stored.images if stored else 0,
            vector_bytes=stored.bytes if stored else 0,
        )

    @classmethod
    def of_removed(cls, stored: StoredModel, in_use: bool) -> ModelAnswer:
        """Of a model without a file."""
        return cls(
            name=stored.name,
            dimension=stored.dimension,
            precision="",
            bytes=0,
            weights="",
            description="",
            in_use=in_use,
            installed=False,
            vectors=stored.images,
            vector_bytes=stored.bytes,
        )


class RemovalRequest(RequestBody):
    """Remove a model, or, with `only_vectors`, what is stored by it. Unless confirmed, only say
    what that is. `after` is the `next` of the last answer."""

    name: str
    only_vectors: bool = False
    confirm: bool = False
    after: Annotated[Whole, Field(ge=0, le=MOST_ID)] = 0


@dataclass
class RemovalAnswer:
    """What was removed, or would be: bytes of its files, vectors (one for each photo) and their
    bytes. `freed_bytes` is how much smaller the database has become; if there is a `next`, the same
    request with it as `after` does more."""

    file_bytes: int
    vectors: int
    vector_bytes: int
    freed_bytes: int
    next: int | None

    @classmethod
    def of(cls, found: Removal) -> RemovalAnswer:
        return cls(**asdict(found))


def routes(
    available: Callable[[], Sequence[Model]], gallery: GalleryThread, removal: ModelRemoval
) -> APIRouter:
    """`available` is called in a thread, since it reads the folder of models."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/models")
    async def models() -> list[ModelAnswer]:
        """The models that can be used, and others that have vectors."""
        found, used = await asyncio.to_thread(available), gallery.target.identity
        stored = {model.identity: model for model in await removal.stored()}
        answers = [
            ModelAnswer.of(m, m.identity == used, stored.pop(m.identity, None)) for m in found
        ]
        removed = [model for model in stored.values() if model.images]
        return answers + [ModelAnswer.of_removed(m, m.identity == used) for m in removed]

    @router.post("/models/remove", responses=openapi.errors(400, 422))
    async def remove(asked: RemovalRequest) -> RemovalAnswer:
        """Removes for a while; unless confirmed, only says what there is."""
        if asked.confirm:
            done = removal.remove(asked.name, asked.only_vectors, ImageId(asked.after))
        else:
            done = removal.look(asked.name, asked.only_vectors)
        return RemovalAnswer.of(await done)

    return router
