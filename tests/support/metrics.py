"""Metrics as another program than ours reads them."""

from __future__ import annotations

import subprocess

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


def families(text: str) -> dict[str, Metric]:
    """The metrics by name, without `imgsimd_`. A counter's name has no `_total` here."""
    parsed = text_string_to_metric_families(text)
    return {each.name.removeprefix("imgsimd_"): each for each in parsed}


def assert_promtool_accepts(text: str) -> None:
    """Prometheus's own tool finds nothing wrong, and has no advice."""
    check = ["promtool", "check", "metrics"]
    result = subprocess.run(check, input=text, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def values(metric: Metric, *labels: str) -> dict[tuple[str, ...], float]:
    """The numbers of a metric by these labels."""
    return {tuple(each.labels[name] for name in labels): each.value for each in metric.samples}
