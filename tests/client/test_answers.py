"""Answers of a newer or an older daemon: what is understood, and what is told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest

from imgsimd import client
from imgsimd.client import (
    AcceptedRoot,
    CheckResult,
    Count,
    CountsResult,
    Failure,
    ForgetResult,
    ImageRecord,
    ImagesResult,
    Match,
    ModelInfo,
    Problem,
    RelocateResult,
    Root,
    SimilarResult,
    Status,
)
from imgsimd.client.json_fields import Json, each
from imgsimd.errors import RequestError

MATCH = {"rank": 1, "id": 7, "path": "/a.jpg", "distance": 0, "similarity": 1.0}
ROOT = {"path": "/photos", "state": "online", "reason": "", "names": ["/photos"]}
PROBLEM = {"code": "c", "severity": "info", "title": "t", "sentence": "s", "remedy": "r"}
IMAGE = {
    "id": 7, "path": "/a.jpg", "bytes": 1, "mtime_ns": 2, "pixels": [4, 3], "format": "JPEG",
    "taken": None, "camera": None,
}  # fmt: skip
COUNT = {"value": "/photos", "count": 3, "own": 1}
ANSWERS: dict[Callable[[object], object], Json] = {
    Match.of: MATCH,
    SimilarResult.of: {"model": "vgg16", "matches": [MATCH]},
    Failure.of: {
        "path": "/a.jpg", "reason": "only 61 % of it could be read", "kind": "damaged",
        "damaged": True, "read": 0.61,
    },
    ModelInfo.of: {
        "name": "vgg16", "dimension": 4096, "precision": "int8", "bytes": 1, "weights": "built in",
        "description": "", "in_use": True,
    },
    CheckResult.of: {"sound": False, "findings": [{"what": "stray", "count": 1, "examples": []}]},
    ForgetResult.of: {"forgotten": True, "folders": [{"path": "/photos", "images": 3}]},
    AcceptedRoot.of: {
        "path": "/photos", "part_of": None, "left_out": False,
        "moved": [{"old": "/old", "new": "/photos", "images": 3}],
    },
    RelocateResult.of: {"images": 3, "left": 0},
    ImageRecord.of: IMAGE,
    ImagesResult.of: {"images": [IMAGE], "next": None},
    Count.of: COUNT,
    CountsResult.of: {"counts": [COUNT], "left_out": 0},
    Root.of: ROOT,
    Problem.of: PROBLEM,
    Status.of: {
        "state": "idle", "images": 0, "pending": 0, "failed": 0, "damaged": 0, "decoded": 0,
        "finished": 0, "newest": None, "roots": [ROOT], "model": "vgg16", "next_model": None,
        "worker": False, "sandbox": [], "trouble": "", "problems": [PROBLEM], "max_bytes": 1,
        "notes": [], "rss_bytes": 1, "pid": 1, "version": "0", "config": "/c", "state_dir": "/s",
    },
}  # fmt: skip
OPTIONAL = {"problems", "damaged", "pixels", "own"}
"""What an earlier daemon does not send with its status, or what may be null."""
KINDS = pytest.mark.parametrize(
    ("of", "answer"), ANSWERS.items(), ids=[of.__qualname__ for of in ANSWERS]
)


def test_every_public_name_can_be_imported_and_no_other() -> None:
    for name in client.__all__:
        assert isinstance(getattr(client, name), type), name
    with pytest.raises(AttributeError, match="Ghost"):
        _ = client.Ghost


@KINDS
def test_fields_of_a_newer_daemon_are_accepted_and_kept(
    of: Callable[[object], object], answer: Json
) -> None:
    newer = {**answer, "added_later": [1, 2]}
    understood = of(newer)
    assert understood == of(answer)
    assert getattr(understood, "json", None) == newer


@KINDS
def test_a_missing_field_is_named_with_what_to_do(
    of: Callable[[object], object], answer: Json
) -> None:
    for name in answer.keys() - OPTIONAL:
        older = {key: value for key, value in answer.items() if key != name}
        with pytest.raises(RequestError, match=f"lacks a usable `{name}`.*`imgsimctl up`") as told:
            of(older)
        assert told.value.code == "bad_answer"


@KINDS
def test_a_field_of_another_type_is_named(of: Callable[[object], object], answer: Json) -> None:
    for name in answer:
        with pytest.raises(RequestError, match=f"lacks a usable `{name}`"):
            of({**answer, name: {"of": "another type"}})


@pytest.mark.parametrize("answer", [None, [], "text", 1])
def test_an_answer_that_is_no_object_is_refused(answer: object) -> None:
    with pytest.raises(RequestError, match="lacks a usable `object`"):
        Status.of(answer)


def test_a_list_of_answers_must_be_a_list() -> None:
    with pytest.raises(RequestError, match="lacks a usable `list`"):
        each({}, Failure.of)


def test_a_number_is_not_taken_for_true_nor_true_for_a_number() -> None:
    with pytest.raises(RequestError, match="`images`"):
        RelocateResult.of({"images": True, "left": 0})
    with pytest.raises(RequestError, match="`sound`"):
        CheckResult.of({"sound": 1, "findings": []})


def test_an_earlier_daemon_is_understood() -> None:
    older = {key: value for key, value in ANSWERS[Status.of].items() if key not in OPTIONAL}
    assert Status.of(older).problems == ()
    assert Status.of(older).damaged == 0


def test_an_answer_cannot_be_changed() -> None:
    match = Match.of(MATCH)
    with pytest.raises(FrozenInstanceError):
        match.rank = 2  # type: ignore[misc]  # that is the test
