"""Only building a model needs TensorFlow, and says so."""

from __future__ import annotations

import re
import sys

import pytest

from tests.support.household import WITHOUT, Household


@pytest.mark.parametrize("missing", ["tensorflow", "keras"])
def test_a_build_says_how_to_install_tensorflow(home: Household, missing: str) -> None:
    done = home.ctl("model", "add", "vgg16", PYTHONPATH=str(WITHOUT), WITHOUT=missing)
    assert done.returncode == 8
    sentence = done.stderr.decode()
    assert sentence.startswith(
        "imgsimctl: Building a model needs TensorFlow, which is not installed"
    )
    assert re.search(rf"`{sys.prefix}/bin/python\S* -m pip install tensorflow`", sentence)
    assert sentence.count("\n") == 1
    assert not (home.state / "models").exists()
