"""Metrics are text that Prometheus reads, whatever the names of folders are."""

from __future__ import annotations

import os

import pytest

from imgsimd.prometheus import Metric, Sample, gauge, gauges, text
from tests.support.metrics import assert_promtool_accepts, families, values
from tests.support.requires import needs_tool

pytestmark = pytest.mark.user

HOSTILE = [
    b"plain", b'quo"te', b"back\\slash", b"new\nline", b"tab\tescape\x1b[31m", b"\r", b"}",
    b"{a=b}", "right\u202eto left".encode(), b"not UTF-8 \xff", "Bücher 日本".encode(), b"# HELP x",
    b"", b"\x00", "\u2028".encode(), b"trailing\\", b"a\\n",
]  # fmt: skip


def test_every_name_comes_out_as_one_label_in_one_line() -> None:
    names = [os.fsdecode(name) for name in HOSTILE]
    written = text([gauges("root_state", "Of a folder.", "root", dict.fromkeys(names, 1.5))])
    assert written.count("\n") == 2 + len(names)
    assert written.isprintable() or set(filter(lambda c: not c.isprintable(), written)) == {"\n"}
    written.encode()
    found = values(families(written)["root_state"], "root")
    assert set(found.values()) == {1.5}
    assert len(found) == len(names)
    assert {("plain",), ('quo"te',), ("Bücher 日本",), (r"back\\slash",)} <= set(found)


@needs_tool("promtool")
def test_promtool_finds_nothing_wrong_with_any_name() -> None:
    names = map(os.fsdecode, HOSTILE)
    kinds = gauges("root_state", "Of a folder.", "root", dict.fromkeys(names, 1.5))
    assert_promtool_accepts(text([kinds]))


def test_no_two_names_become_one() -> None:
    """Prometheus refuses the whole text where two samples have the same labels."""
    names = ["a\nb", "a\\nb", "a\\\\nb", "\udcff", "\\xff", "\\udcff", "\x1b", "\\x1b"]
    written = text([gauges("x", "Some.", "root", dict.fromkeys(names, 1.0))])
    assert len(values(families(written)["x"], "root")) == len(names)


@pytest.mark.parametrize(("value", "shown"), [(True, "1"), (0.0, "0"), (1e17, "1" + "0" * 17),
                                              (0.25, "0.25"), (1e-9, "1e-09")])  # fmt: skip
def test_numbers_are_exact(value: float, shown: str) -> None:
    assert text([gauge("x", "One.", value)]).splitlines()[-1] == f"imgsimd_x {shown}"


def test_a_metric_without_a_number_is_left_out() -> None:
    assert text([Metric("x", "gauge", "None.", [])]) == ""
    assert text([Metric("x", "counter", "One.", [Sample(1, {})])]).count("\n") == 3
