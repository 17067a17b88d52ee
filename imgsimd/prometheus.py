"""Numbers in Prometheus's text format.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format, version
0.0.4. Written here since `prometheus_client` would cost the daemon 3 MiB of memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from imgsimd.words import printable

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "imgsimd_"
"""Begins the name of each metric."""
MARK = "# Written by imgsimctl metrics\n"
"""The first line of our files: a comment."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One number."""

    value: float
    labels: Mapping[str, str]
    suffix: str = ""
    """Added to the metric's name: `_bucket`, `_sum` or `_count` of a histogram."""


@dataclass(frozen=True, slots=True)
class Metric:
    """Numbers with one name and meaning."""

    name: str
    """Without the prefix; with its unit and, for a counter, `_total` at the end."""
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    samples: Sequence[Sample]


def gauge(name: str, help: str, value: float, **labels: str) -> Metric:  # noqa: A002 - its name
    """A number that goes up and down."""
    return Metric(name, "gauge", help, [Sample(value, labels)])


def counter(name: str, help: str, value: float) -> Metric:  # noqa: A002 - its name
    """A number that only grows, until the daemon is started again."""
    return Metric(name, "counter", help, [Sample(value, {})])


def gauges(name: str, help: str, label: str, values: Mapping[str, float]) -> Metric:  # noqa: A002 - its name
    """A gauge for each value of a label."""
    samples = [Sample(value, {label: each}) for each, value in values.items()]
    return Metric(name, "gauge", help, samples)


def text(metrics: Sequence[Metric]) -> str:
    """All metrics that have a number, without times."""
    return "".join(line for metric in metrics if metric.samples for line in _lines(metric))


def up(is_up: bool) -> Metric:
    """Whether the daemon answers."""
    return gauge("up", "Whether imgsimd answers (1) or not (0).", is_up)


def _lines(metric: Metric) -> Iterator[str]:
    name = PREFIX + metric.name
    yield f"# HELP {name} {metric.help}\n# TYPE {name} {metric.kind}\n"
    for sample in metric.samples:
        labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in sample.labels.items())
        labels = f"{{{labels}}}" if labels else ""
        yield f"{name}{sample.suffix}{labels} {_number(sample.value)}\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(value: str) -> str:
    """The value in one line of UTF-8. Backslashes are doubled first, so that no two paths become
    one: with two samples of the same labels, the whole text would be refused."""
    shown = printable(value.replace("\\", "\\\\"))
    return shown.replace("\\", "\\\\").replace('"', '\\"')
