"""The models that can be used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from imgsimd.control.strict_json import StrictRoute
from imgsimd.gallery.thread import GalleryThread
from imgsimd.models.model_files import Model


@dataclass
class ModelAnswer:
    """A model that can be used."""

    name: str
    dimension: int
    precision: str
    bytes: int
    weights: str
    description: str
    in_use: bool

    @classmethod
    def of(cls, model: Model, in_use: bool) -> ModelAnswer:
        return cls(
            name=model.name,
            dimension=model.dimension,
            precision=model.precision,
            bytes=model.file.stat().st_size,
            weights=model.weights,
            description=model.description,
            in_use=in_use,
        )


def routes(available: Callable[[], Sequence[Model]], gallery: GalleryThread) -> APIRouter:
    """`available` is called in a thread, since it reads the folder of models."""
    router = APIRouter(route_class=StrictRoute)

    @router.get("/models")
    async def models() -> list[ModelAnswer]:
        """The models that can be used."""
        found, used = await asyncio.to_thread(available), gallery.target.identity
        return [ModelAnswer.of(model, model.identity == used) for model in found]

    return router
