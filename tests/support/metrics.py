"""Metrics as another program than ours reads them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


def families(text: str) -> dict[str, Metric]:
    """The metrics by name, without `imgsimd_`. A counter's name has no `_total` here. Fails the
    test where promtool, if it is there, finds anything wrong."""
    if shutil.which("promtool"):
        check = ["promtool", "check", "metrics"]
        result = subprocess.run(check, input=text, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    return {each.name.removeprefix("imgsimd_"): each for each in _parsed(text)}


def values(metric: Metric, *labels: str) -> dict[tuple[str, ...], float]:
    """The numbers of a metric by these labels."""
    return {tuple(each.labels[name] for name in labels): each.value for each in metric.samples}


def _parsed(text: str) -> Sequence[Metric]:
    return list(text_string_to_metric_families(text))
