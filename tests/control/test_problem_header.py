"""An answer tells of a problem in one header line, whatever is in its sentence."""

from __future__ import annotations

from starlette.responses import JSONResponse

from imgsimd.client.last_answer import LastAnswer, SeriousProblem
from imgsimd.client.transport import Transport
from imgsimd.control.problem_header import LONGEST, ProblemHeader
from imgsimd.problems import RELOAD_FAILED, Problem
from tests.support.serving import Start

ODD = [
    "plain", "Zeile\nNew: header\r\n\r\n", "\x00\x1b[31m\x7f\x80", "Bücher 日本 \U0001f600",
    "\u202e\udcff", '"}\\',
]  # fmt: skip


def test_any_sentence_arrives(start: Start) -> None:
    current: list[Problem] = []
    app = ProblemHeader(JSONResponse({}), lambda: current[0] if current else None)
    transport = Transport(start(app).path)
    transport.get("/")
    assert LastAnswer.problem is None
    for sentence in ODD:
        current[:] = [RELOAD_FAILED.problem(sentence, "Do this.")]
        transport.get("/")
        assert LastAnswer.problem == SeriousProblem("reload_failed", sentence, "Do this.")
    current[:] = [RELOAD_FAILED.problem("x" * LONGEST)]
    transport.get("/")
    assert LastAnswer.problem
    assert LastAnswer.problem.sentence == f"{RELOAD_FAILED.title}."
    current.clear()
    transport.get("/")
    assert LastAnswer.problem is None


def test_what_is_no_problem_of_ours_is_ignored() -> None:
    for header in ("", "x", "[]", "{}", "null", '{"code": 1}', "\udcff"):
        assert SeriousProblem.of(header) is None
