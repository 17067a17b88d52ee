"""The HTTP routes: what can be asked over the socket."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any, BinaryIO, Protocol

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from imgsimd import __version__
from imgsimd.control import openapi, schemas
from imgsimd.control.asking import Asking
from imgsimd.control.error_responses import Json, on_error
from imgsimd.control.openapi import errors
from imgsimd.control.schemas import text
from imgsimd.control.strict_json import StrictRoute, picture
from imgsimd.errors import ImgsimdError, RequestError, StoppedError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.indexer import Indexer
from imgsimd.maintenance.upkeep import Upkeep
from imgsimd.models.registry import Model
from imgsimd.reconciling.reconciler import Reconciler
from imgsimd.reconciling.relocation import Relocated
from imgsimd.types import FilePath, ImageId

EVENTS_UNDER_WAY = 0.6
"""Seconds that a change may take from the kernel to us: watchdog holds a rename back for 0.5 s."""
READ = 2**20
"""Bytes of a file sent at once."""
POLL = 0.1
"""Seconds between two looks while somebody waits."""
AT_REST = ("idle", "paused")
"""States in which nothing goes on by itself."""
Seconds = Annotated[float, Query(ge=0, le=86400, allow_inf_nan=False)]
Image = Annotated[int, PathParameter(ge=1, le=2**63 - 1, description="id of an image")]
Pixels = Annotated[int, Query(ge=16, le=1024, description="long side of the thumbnail")]


class Daemon(Protocol):
    """What the routes need of the daemon."""

    gallery: GalleryThread
    reconciler: Reconciler
    indexer: Indexer
    upkeep: Upkeep

    async def status(self) -> schemas.StatusAnswer:
        """How it is."""

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
        default_response_class=Json,
        responses=openapi.EVERYWHERE,
    )
    app.include_router(_routes(daemon))
    app.add_exception_handler(Exception, on_error)
    for kind in (ImgsimdError, RequestValidationError, HTTPException, OSError):
        app.add_exception_handler(kind, on_error)
    return app


def _routes(daemon: Daemon) -> APIRouter:
    routes = APIRouter(prefix="/v1", route_class=StrictRoute)
    asking = Asking(daemon.gallery)

    @routes.get("/status", response_model=schemas.StatusAnswer)
    async def status() -> Response:
        """How the daemon is."""
        return Json((await daemon.status()).model_dump())

    @routes.get("/openapi.json", response_model=dict[str, Any])
    async def openapi_json(request: Request) -> Response:
        """This document."""
        return Json(request.app.openapi())

    @routes.get("/events", response_class=StreamingResponse, responses=openapi.EVENTS)
    async def events() -> Response:
        """The status, now and whenever it changes, as Server-Sent Events."""
        return StreamingResponse(_stream(daemon), media_type="text/event-stream")

    @routes.get("/wait", response_model=schemas.WaitAnswer, responses=errors(422))
    async def wait(request: Request, timeout: Seconds = 60.0) -> Response:
        """Answers when nothing is pending or all that is pending is paused, or after `timeout`
        seconds."""
        status = await _until_at_rest(daemon, request, timeout)
        is_idle = status.state in AT_REST and not status.pending
        return Json({"idle": is_idle, "status": status.model_dump()})

    @routes.post("/similar", response_model=schemas.SimilarAnswer, responses=errors(404, 422))
    async def similar(question: schemas.SimilarRequest) -> Response:
        """The images that look like the queries, best first."""
        return Json(await asking.ask(question))

    @routes.post(
        "/vectors",
        response_model=schemas.VectorAnswer,
        responses=errors(422),
        openapi_extra=openapi.PICTURE,
    )
    async def vectors(request: Request) -> Response:
        """The vector of the picture in the body, to ask `/similar` with."""
        vector = await daemon.indexer.embed_query(picture(request))
        numbers = [float(number) for number in vector]
        return Json({"model": daemon.gallery.serving.name, "vector": numbers})

    @routes.post(
        "/thumbnails",
        response_class=Response,
        responses=openapi.JPEG | errors(422),
        openapi_extra=openapi.PICTURE,
    )
    async def thumbnails(request: Request, pixels: Pixels = 384) -> Response:
        """A small JPEG of the picture in the body."""
        return _jpeg(await daemon.indexer.thumbnail(picture(request), pixels))

    @routes.get(
        "/images/{image}/thumbnail",
        response_class=Response,
        responses=openapi.JPEG | errors(404, 422),
    )
    async def thumbnail(image: Image, pixels: Pixels = 384) -> Response:
        """A small JPEG of an image in the gallery."""
        path = await daemon.gallery.do(Gallery.path, ImageId(image))
        if path is None:
            raise RequestError("not_found", 404, f"There is no image {image} in the gallery.")
        return _jpeg(await daemon.indexer.thumbnail_of(path, pixels))

    @routes.get("/failed", response_model=list[schemas.FailureAnswer])
    async def failed() -> Response:
        """The pictures that cannot be embedded, and why."""
        failures = daemon.reconciler.unreadable + await daemon.indexer.failures()
        return Json([{"path": text(f.path), "reason": f.reason} for f in failures])

    @routes.post("/failed", response_model=schemas.RetryAnswer, responses=errors(422))
    async def retry(which: schemas.RetryRequest) -> Response:
        """Tries pictures again that cannot be embedded: those at or below the paths, or all."""
        places = [os.fsencode(path) for path in which.paths]
        return Json({"retried": await daemon.indexer.retry(places)})

    @routes.get("/models", response_model=list[schemas.ModelAnswer])
    async def models() -> Response:
        """The models that can be used."""
        found, used = await asyncio.to_thread(daemon.models), daemon.gallery.target.identity
        return Json([_model(model, model.identity == used) for model in found])

    @routes.post("/reload", response_model=schemas.DoneAnswer)
    async def reload() -> Response:
        """Reads the configuration again."""
        await daemon.reload()
        return _done()

    @routes.post("/roots", response_model=schemas.WatchAnswer, responses=errors(422))
    async def accept(root: schemas.RootRequest) -> Response:
        """Reads the configuration again, looks whether the folder is one that has moved, and
        otherwise takes whatever folder is at the root's path for it."""
        await daemon.reload()
        found = await daemon.reconciler.accept(os.fsencode(root.path), root.accept)
        return Json(
            {
                "path": text(found.place),
                "part_of": text(found.part_of) if found.part_of else None,
                "left_out": found.is_left_out,
                "moved": [
                    {"old": text(old), "new": text(new), "images": images}
                    for old, new, images in found.moves
                ],
            }
        )

    @routes.post("/relocate", response_model=schemas.RelocateAnswer, responses=errors(422))
    async def relocate(places: schemas.RelocateRequest) -> Response:
        """Reads the configuration again, in which a folder has been given its new place."""
        found = await daemon.relocate(os.fsencode(places.old), os.fsencode(places.new))
        return Json({"images": found.images, "left": found.left})

    @routes.post("/forget", response_model=schemas.ForgetAnswer, responses=errors(422))
    async def forget(asked: schemas.ForgetRequest) -> Response:
        """Forgets what is gone, or no longer watched; unless confirmed, says what that would be."""
        folder = os.fsencode(asked.path) if asked.path else None
        found = await daemon.reconciler.forget(folder, asked.confirm)
        folders = [{"path": text(path), "images": count} for path, count in found.items()]
        return Json({"forgotten": asked.confirm, "folders": folders})

    @routes.post("/rescan", response_model=schemas.DoneAnswer, responses=errors(422))
    async def rescan(folder: schemas.FolderRequest) -> Response:
        """Looks at a folder, or at all roots, as if no event had been seen."""
        path = folder.path
        await daemon.reconciler.rescan_on_demand(os.fsencode(path) if path else None)
        return _done()

    @routes.post("/pause", response_model=schemas.DoneAnswer)
    async def pause() -> Response:
        """Embeds nothing more until `/resume`."""
        daemon.indexer.pause()
        return _done()

    @routes.post("/resume", response_model=schemas.DoneAnswer)
    async def resume() -> Response:
        """Goes on embedding."""
        daemon.indexer.resume()
        return _done()

    @routes.get("/check", response_model=schemas.CheckAnswer)
    async def check() -> Response:
        """Compares disk, catalog and index; changes nothing."""
        findings = await daemon.upkeep.check()
        return Json({"sound": not findings, "findings": list(map(asdict, findings))})

    @routes.post("/rebuild", response_model=schemas.DoneAnswer)
    async def rebuild() -> Response:
        """Repairs what `/check` may find; the disk is looked at in the background."""
        await daemon.upkeep.rebuild()
        return _done()

    @routes.get("/backup", response_class=Response, responses=openapi.DATABASE)
    async def backup() -> Response:
        """A copy of the database as it is now."""
        file = await daemon.upkeep.copy()
        size = {"Content-Length": str(os.fstat(file.fileno()).st_size)}
        return StreamingResponse(_read(file), media_type=openapi.SQLITE, headers=size)

    return routes


def _jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg")


async def _read(file: BinaryIO) -> AsyncIterator[bytes]:
    """The file in pieces; it is closed at the end."""
    with file:
        while piece := await asyncio.to_thread(file.read, READ):
            yield piece


def _done() -> Response:
    return Json({"done": True})


async def _stream(daemon: Daemon) -> AsyncIterator[bytes]:
    """Until the daemon stops, or its state directory is gone, after which it stops."""
    last = ""
    while True:
        try:
            status = json.dumps((await daemon.status()).model_dump())
        except StoppedError:
            return
        if status != last:
            last = status
            yield f"data: {status}\n\n".encode("ascii")
        await asyncio.sleep(POLL)


async def _until_at_rest(daemon: Daemon, request: Request, timeout: float) -> schemas.StatusAnswer:
    """Looks until nothing is done any more, at least as long as an event may be under way; who has
    hung up is not waited for."""
    end = time.monotonic() + timeout
    await asyncio.sleep(min(EVENTS_UNDER_WAY, timeout))
    while (status := await daemon.status()).state not in AT_REST and time.monotonic() < end:
        if await request.is_disconnected():
            break
        await asyncio.sleep(POLL)
    return status


def _model(model: Model, in_use: bool) -> dict[str, Any]:
    return {
        "name": model.name,
        "dimension": model.dimension,
        "precision": model.precision,
        "bytes": model.file.stat().st_size,
        "weights": model.weights,
        "description": model.description,
        "in_use": in_use,
    }
