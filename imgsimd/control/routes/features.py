"""What is needed of a picture to ask for the very same one."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from fastapi import APIRouter, Request

from imgsimd.control import openapi
from imgsimd.control.fields import ModelText
from imgsimd.control.strict_json import StrictRoute, picture
from imgsimd.indexing.indexer import Indexer
from imgsimd.search.asked_models import AskedModels


@dataclass
class ViewAnswer:
    """Another way to look at a picture: so much farther than it is counts a photo near to it."""

    vector: list[float]
    penalty: float


@dataclass
class FeaturesAnswer:
    """Vectors of unit length, of the picture and of other views of it; the name and the identity of
    the model that has made them; features in base64."""

    model: str
    identity: str
    vector: list[float]
    views: list[ViewAnswer]
    features: str


def routes(models: AskedModels, indexer: Indexer) -> APIRouter:
    """Features."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/features", responses=openapi.errors(422), openapi_extra=openapi.PICTURE)
    async def features(request: Request, model: ModelText | None = None) -> FeaturesAnswer:
        """What a query needs so that its matches can be verified, of the picture in the body, by
        this model."""
        by = None if model is None else await models.find(model)
        made_by, views = await indexer.features.views(picture(request), by)
        return FeaturesAnswer(
            made_by.name,
            made_by.identity,
            views.vector.tolist(),
            [ViewAnswer(view.vector.tolist(), view.penalty) for view in views.others],
            base64.b64encode(views.features).decode("ascii"),
        )

    return router
