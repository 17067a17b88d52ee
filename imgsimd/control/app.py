"""The HTTP app that answers over the socket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from imgsimd import __version__
from imgsimd.control import openapi
from imgsimd.control.error_responses import on_error
from imgsimd.control.routes import (
    compare,
    counts,
    duplicates,
    failed,
    features,
    folders,
    health,
    hosts,
    images,
    imports,
    maintenance,
    metrics,
    models,
    not_duplicates,
    running,
    show,
    similar,
    similar_each,
    skipped,
    status,
    thumbnails,
)
from imgsimd.control.status_feed import StatusFeed
from imgsimd.duplicates.duplicates import Duplicates
from imgsimd.errors import ImgsimdError
from imgsimd.gallery.thread import GalleryThread
from imgsimd.health import Health
from imgsimd.indexing.indexer import Indexer
from imgsimd.maintenance.maintenance import Maintenance
from imgsimd.maintenance.model_removal import ModelRemoval
from imgsimd.models.model_files import Model
from imgsimd.pushing.sharing import Sharing
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.reconciling.relocation import Relocated
from imgsimd.search.asked_models import AskedModels
from imgsimd.search.comparison import Comparer
from imgsimd.search.same import Same
from imgsimd.search.similar import Similar
from imgsimd.types import FilePath


class Daemon(Protocol):
    """What the routes need of the daemon."""

    sharing: Sharing | None
    gallery: GalleryThread
    reconciler: Reconciler
    indexer: Indexer
    similar: Similar
    duplicates: Duplicates
    same: Same
    models_asked: AskedModels
    comparer: Comparer
    maintenance: Maintenance
    model_removal: ModelRemoval
    health: Health
    feed: StatusFeed

    def models(self) -> Sequence[Model]:
        """The models that can be used."""

    async def reload(self) -> None:
        """Reads the configuration again. Raises ConfigError; the old one stays in force then."""

    async def relocate(self, old: FilePath, new: FilePath) -> Relocated:
        """Takes what is known of one folder for another's. Raises ConfigError."""


def build(daemon: Daemon) -> FastAPI:
    """The application that serves this daemon."""
    app = FastAPI(
        title="imgsimd",
        version=__version__,
        openapi_url=None,  # a route of its own, which is in the document, too
        redirect_slashes=False,  # to answer with what is not in the document
        responses=openapi.EVERYWHERE,
    )
    for routes in _routes(daemon):
        app.include_router(routes, prefix="/v1")
    app.add_exception_handler(Exception, on_error)
    for kind in (ImgsimdError, RequestValidationError, HTTPException, OSError):
        app.add_exception_handler(kind, on_error)
    return app


def _routes(daemon: Daemon) -> Iterator[APIRouter]:
    yield openapi.routes()
    yield status.routes(daemon.health, daemon.feed, lambda: daemon.indexer.awaited())
    yield health.routes(daemon.feed)
    yield metrics.routes(
        daemon.health,
        daemon.gallery,
        daemon.indexer,
        daemon.reconciler,
        daemon.similar,
        daemon.same,
    )
    yield similar.routes(daemon.similar, daemon.same, daemon.models_asked, daemon.indexer)
    yield similar_each.routes(daemon.similar, daemon.models_asked)
    yield features.routes(daemon.models_asked, daemon.indexer)
    yield compare.routes(daemon.comparer)
    yield show.routes(daemon.reconciler, daemon.similar)
    yield duplicates.routes(daemon.duplicates)
    yield not_duplicates.routes(daemon.duplicates)
    yield images.routes(daemon.similar)
    yield counts.routes(daemon.similar)
    yield thumbnails.routes(daemon.gallery, daemon.indexer, daemon.sharing)
    yield hosts.routes(daemon.sharing)
    yield failed.routes(daemon.reconciler, daemon.indexer)
    yield skipped.routes(daemon.reconciler, daemon.gallery)
    yield models.routes(daemon.models, daemon.gallery, daemon.model_removal)
    yield folders.routes(daemon.reconciler, daemon.reload, daemon.relocate)
    yield running.routes(daemon.indexer, daemon.reload)
    yield maintenance.routes(daemon.maintenance)
    yield imports.routes(daemon.maintenance)
