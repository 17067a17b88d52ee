"""The user is told what is not watched, and what to do about it."""

from __future__ import annotations

import errno
from pathlib import Path

from imgsimd.watching.watch_coverage import Coverage


def test_no_reason_is_given_when_everything_is_watched() -> None:
    assert Coverage(10).reasons == []
    assert not Coverage(10).must_be_polled


def test_at_the_watch_limit_the_reason_has_the_number_of_folders_and_the_command_that_helps() -> (
    None
):
    coverage = Coverage(100, {errno.ENOSPC: 401})
    assert coverage.reasons[0].what.startswith("401 of 501 folders are not watched")
    line = coverage.reasons[0].remedy
    name, value = line.removeprefix("To raise the limit: sudo sysctl ").split("=")
    assert int(value) > int(Path("/proc/sys", name.replace(".", "/")).read_text())
    assert coverage.must_be_polled


def test_without_a_watcher_the_reason_has_the_command_that_helps() -> None:
    coverage = Coverage(0, {errno.EMFILE: 1})
    assert "sudo sysctl fs.inotify.max_user_instances=" in coverage.reasons[0].remedy
    assert coverage.must_be_polled


def test_unreadable_folders_are_reported_and_not_polled_since_a_scan_cannot_read_them() -> None:
    coverage = Coverage(3, {errno.EACCES: 2})
    assert coverage.reasons[0].what.startswith("2 of 5 folders cannot be read")
    assert not coverage.must_be_polled


def test_several_problems_are_all_reported() -> None:
    reasons = Coverage(1, {errno.EACCES: 1, errno.ENOSPC: 1, errno.ENAMETOOLONG: 1}).reasons
    assert all(reason.what.startswith("1 of 4 folders") for reason in reasons)
    assert len(reasons) == 3
    assert "name too long" in reasons[2].what
