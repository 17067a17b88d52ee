"""What a daemon says of itself, made up."""

from __future__ import annotations

from datetime import datetime, timedelta

from imgsimd.client import Status
from imgsimd.client.json_fields import Json

NOW = datetime.fromisoformat("2026-05-01T12:00:00+02:00")
_STATUS: Json = {
    "state": "idle", "images": 0, "pending": 0, "failed": 0, "damaged": 0, "decoded": 0,
    "finished": 0, "newest": None, "roots": [], "model": "efficientnet-lite0", "next_model": None,
    "worker": False, "sandbox": [], "trouble": "", "problems": [], "max_bytes": 1, "notes": [],
    "rss_bytes": 90_000_000, "pid": 17, "version": "0.3", "config": "/c/config.toml",
    "state_dir": "/s", "paused": [], "pause_ignored_until": None, "skipped": None,
}  # fmt: skip


def status(**fields: object) -> Status:
    """That of an idle daemon without photos, but for these fields."""
    return Status.of({**_STATUS, **fields})


def root(path: str = "/p", state: str = "online", **fields: object) -> Json:
    """A watched folder, for `status`."""
    return {"path": path, "state": state, "reason": "", "names": [path], **fields}


def problem(severity: str, sentence: str, remedy: str = "") -> Json:
    """Something that is wrong, for `status`."""
    return {
        "code": "c", "severity": severity, "title": "t", "sentence": sentence, "remedy": remedy,
    }  # fmt: skip


def before(**length: float) -> str:
    """A moment so long before NOW."""
    return (NOW - timedelta(**length)).isoformat()
