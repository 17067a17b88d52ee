"""What can go, as a file: paths, JSON, or the script that moves it to the trash. These are what
`imgsimctl duplicates` gives, of what was decided."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from imgsimd import trash_script
from imgsimd.client.comparisons import Comparison
from imgsimd.client.duplicates import DuplicateMember
from imgsimd.file_address import path_bytes
from imgsimd.web.duplicate_choice import Case
from imgsimd.web.duplicate_plan import Going, Plan
from imgsimd.words import printable

FORMS = {
    "script": ("tidy.sh", "application/x-sh"),
    "paths": ("copies.txt", "text/plain; charset=utf-8"),
    "nul": ("copies.nul", "application/octet-stream"),
    "json": ("copies.json", "application/json"),
}
"""Name and type of each file."""
BY_HAND = "you chose it"
"""The reason of a keeper that was not proposed."""


def content(form: str, plan: Plan) -> Iterator[bytes]:
    """The file, in parts. To write the script reads all copies that are not exact."""
    if form == "script":
        return _script(plan)
    if form == "json":
        return _json(plan)
    end = b"\0" if form == "nul" else b"\n"
    return (path_bytes(path) + end for path in plan.paths)


def _script(plan: Plan) -> Iterator[bytes]:
    """With what is left out after all, as comments at the end."""
    left: list[tuple[str, str]] = []
    yield from trash_script.script(plan.steps, lambda path, why: left.append((path, why)))
    for path, why in left:
        yield f"# Not in the script: {printable(path)}: {printable(why)}\n".encode()


def _json(plan: Plan) -> Iterator[bytes]:
    groups = groupby(plan.going, key=lambda each: each.number)
    found = [_group(list(going)) for _, going in groups]
    yield json.dumps({"groups": found}, indent=2, ensure_ascii=True).encode("ascii") + b"\n"


def _group(going: list[Going]) -> dict[str, object]:
    """As `duplicates --json` has it: the photo to keep first, then what can go."""
    case = going[0].case
    members = [case.keeper, *(each.member for each in going)]
    return {
        **case.group.json,
        "keeper": case.keeper.path,
        "reason": BY_HAND if case.is_by_hand else case.group.reason,
        "reclaimable_bytes": sum(each.member.bytes for each in going),
        "members": [_member(case, member) for member in members],
    }


def _member(case: Case, member: DuplicateMember) -> dict[str, object]:
    """What was said of a member was said of the photo that was proposed."""
    if not case.is_by_hand:
        return dict(member.json)
    found = case.found(member)
    now: dict[str, object] = {"distance": 0.0, "verdict": "same", "inliers": 0, "transform": None}
    if isinstance(found, Comparison):
        now = {name: found.json.get(name) for name in now}
    return {**member.json, **now, "same_inode": False}
