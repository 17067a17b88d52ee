"""The OpenAPI document is complete and true: read beside the routes, and held against a daemon.

Thousands of cases instead of hundreds, and their figures:
python -m pytest tests/control/test_openapi.py -n0 -rP --hypothesis-profile=thorough
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from imgsimd import errors
from imgsimd.control import app, openapi
from tests.support.api import DOCUMENT
from tests.support.household import SCRIPTS, Household
from tests.support.proxy import over_tcp

CONFIG = Path(__file__).with_name("schemathesis.toml")
OPERATIONS = [(method, path) for path, item in DOCUMENT["paths"].items() for method in item]
WITH_404 = (
    *(("post", "/v1/similar"), ("post", "/v1/compare"), ("post", "/v1/not-duplicates")),
    ("get", "/v1/images/{image}/thumbnail"),
)
ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}


def test_every_route_and_method_is_in_the_document() -> None:
    found = re.findall(r'@router\.(\w+)\(\s*"([^"]+)"', _source())
    routes = [(method, f"/v1{path}") for method, path in found]
    assert len(routes) > 14
    assert sorted(OPERATIONS) == sorted(routes)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_status_that_a_route_answers_with_has_its_schema(method: str, path: str) -> None:
    operation = DOCUMENT["paths"][path][method]
    answers = operation["responses"]
    statuses = {"200", "400", "408", "413", "500", "503"}
    takes_something = "parameters" in operation or "requestBody" in operation
    statuses |= {"422"} if takes_something else set()
    statuses |= {"404"} if (method, path) in WITH_404 else set()
    statuses |= {"409"} if path.startswith("/v1/hosts") else set()
    assert set(answers) == statuses
    assert [answers[s]["content"] for s in statuses - {"200"}] == [ERROR] * (len(statuses) - 1)
    (content,) = answers["200"]["content"].values()
    assert content["schema"]
    assert operation["summary"]
    assert operation["description"]


def test_every_error_of_the_daemon_is_documented_under_its_status() -> None:
    """Those with a status of their own: others are raised by commands only."""
    for kind in _below(errors.ImgsimdError):
        if kind.status != errors.ImgsimdError.status:
            assert f"`{kind.code}`" in openapi.ERRORS[kind.status], kind
    refusals = re.findall(r'RequestError\(\s*"(\w+)", (\d+)', _source())
    assert len(refusals) > 10
    for code, status in refusals:
        if code != "bad_answer":  # the client's own
            assert f"`{code}`" in openapi.ERRORS[int(status)]


def _source() -> str:
    return "".join(file.read_text() for file in Path(app.__file__).parent.rglob("*.py"))


def _below(kind: type[errors.ImgsimdError]) -> Iterator[type[errors.ImgsimdError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _below(child)


def test_a_daemon_serves_this_very_document(served: Household) -> None:
    assert served.client.get("/v1/openapi.json") == DOCUMENT


@pytest.mark.long
def test_schemathesis_finds_no_answer_that_is_not_documented(
    served: Household, tmp_path: Path
) -> None:
    """Over the real socket. Afterwards the daemon is as it was."""
    before = served.status()
    with over_tcp(served.socket) as address:
        tried = subprocess.run(
            [SCRIPTS / "schemathesis", "--config-file", CONFIG, "run",
             "--phases=examples,coverage,fuzzing", f"--max-examples={_examples()}",
             "--request-timeout=20", "--continue-on-failure", "--no-color",
             f"http://{address}/v1/openapi.json"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
    print(tried.stdout)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    served.client.post("/v1/resume")
    after = served.settle()
    assert (after["pid"], after["images"]) == (before["pid"], before["images"])
    assert "Traceback" not in served.log()


def _examples() -> int:
    """For each route: 2, or as the profile of hypothesis has it."""
    return settings().max_examples // 50
