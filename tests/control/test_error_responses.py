"""Every failure is JSON with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI

from imgsimd.client.transport import Transport
from imgsimd.control.error_responses import on_error
from imgsimd.errors import RequestError
from tests.support.serving import Start


def test_what_the_system_refuses_is_told_without_a_traceback(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = FastAPI()
    app.add_exception_handler(OSError, on_error)

    @app.get("/")
    async def route() -> str:
        return (tmp_path / "gone").read_text()

    with pytest.raises(RequestError, match="gone: No such file or directory") as refused:
        Transport(start(app).path).get("/")
    assert (refused.value.code, refused.value.status) == ("unavailable", 503)
    ours = [record for record in caplog.records if record.name.startswith("imgsimd")]
    assert ours
    assert not any(record.exc_info for record in ours)
