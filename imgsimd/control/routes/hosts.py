"""The machines that share the gallery."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from imgsimd.control import openapi
from imgsimd.control.fields import PathText, RequestBody
from imgsimd.control.strict_json import StrictRoute
from imgsimd.errors import RequestError
from imgsimd.pushing.hosts import Hosts, SharingHost
from imgsimd.pushing.sharing import Sharing


@dataclass
class HostAnswer:
    """A machine. `images` is how many of its photos the others find by the model that answers here;
    `written_at`, when it last told of itself: at its start, and whenever a folder went offline or
    came back; `offline`, its folders whose photos are not found now."""

    name: str
    number: int
    images: int
    written_at: str
    offline: list[PathText]
    this_machine: bool

    @classmethod
    def of(cls, host: SharingHost) -> HostAnswer:
        return cls(
            name=host.told.name,
            number=host.told.number,
            images=host.images,
            written_at=datetime.fromtimestamp(host.told.changed, UTC).isoformat(timespec="seconds"),
            offline=list(map(os.fsdecode, host.told.offline)),
            this_machine=host.is_own,
        )


class RemovedHost(RequestBody):
    """Remove a machine that is gone for good: all that the server has of it. Unless confirmed, only
    say which one that is."""

    host: Annotated[str, Field(min_length=1, max_length=255, description="its name, or number")]
    confirm: bool = False


def routes(sharing: Sharing | None) -> APIRouter:
    """`sharing`: None if the gallery is not shared."""
    router = APIRouter(route_class=StrictRoute)

    def hosts() -> Hosts:
        """Raises RequestError if the gallery is not shared."""
        if sharing is None:
            raise RequestError(
                "not_shared",
                409,
                "This gallery is not shared with other machines: `backend` in the section [index] "
                'of the configuration is "faiss".',
            )
        return sharing.hosts

    @router.get("/hosts", responses=openapi.errors(409))
    async def all_hosts() -> list[HostAnswer]:
        """The machines that share the gallery, this one first."""
        return list(map(HostAnswer.of, await hosts().all()))

    @router.post("/hosts/remove", responses=openapi.errors(400, 409, 422))
    async def remove(asked: RemovedHost) -> HostAnswer:
        """Removes a machine; unless confirmed, only says which. Its photos stay where they are."""
        found = await hosts().find(asked.host)
        if asked.confirm:
            await hosts().remove(found.told.number)
        return HostAnswer.of(found)

    return router
