"""Which settings have no effect, or none before a restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imgsimd import locations
from imgsimd.config import Settings
from imgsimd.locations import Locations
from imgsimd.problems import SETTING_OVERRIDDEN, SETTING_WAITS, Problem

_VARIABLES = {"state_dir": "IMGSIMD_STATE_DIR", "socket": "IMGSIMD_SOCKET"}


def out_of_effect(
    started: Settings, now: Settings, where: Locations, environ: Mapping[str, str]
) -> list[Problem]:
    """Which of the settings read `now` the daemon does not obey: it was `started` with others, or
    in other places, or its environment says otherwise."""
    return [*_waiting(started, now, where, environ), *_overridden(now, environ)]


def _waiting(
    started: Settings, now: Settings, where: Locations, environ: Mapping[str, str]
) -> Iterator[Problem]:
    meant = locations.find(environ, where.config)
    keys = [] if meant.state == where.state else ["state_dir"]
    keys += [] if meant.socket == where.socket or keys else ["socket"]
    for section in ("worker", "index"):
        before = getattr(started, section).model_dump()
        after = getattr(now, section).model_dump()
        keys += [f"{section}.{key}" for key, value in after.items() if value != before[key]]
    if keys:
        named = ", ".join(f"`{key}`" for key in keys)
        has = "has changed, and takes" if len(keys) == 1 else "have changed, and take"
        yield SETTING_WAITS.problem(
            f"{named} {has} effect after a restart.", "Run: imgsimctl down && imgsimctl up"
        )


def _overridden(now: Settings, environ: Mapping[str, str]) -> Iterator[Problem]:
    for key, variable in _VARIABLES.items():
        if getattr(now, key) is not None and environ.get(variable):
            yield SETTING_OVERRIDDEN.problem(
                f"`{key}` has no effect while the environment variable {variable} is set.",
                f"Remove `{key}` from the configuration, or start imgsimd without the variable.",
            )
