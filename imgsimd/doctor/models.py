"""Whether the models are there, and are those that their descriptions name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from imgsimd import config
from imgsimd.doctor import packages
from imgsimd.doctor.result import Result, failed, passed
from imgsimd.doctor.situation import Situation
from imgsimd.errors import ImgsimdError
from imgsimd.models import model_files, needs
from imgsimd.models.keras.networks import NETWORKS
from imgsimd.models.model_files import Model
from imgsimd.words import of_bytes, quoted, reason

NAME = "model"


def check(situation: Situation) -> Iterator[Result]:
    """One result for the built-in model, and one for each other that is in use."""
    built_in = config.Settings().model
    for name in dict.fromkeys([built_in, *_used(situation)]):
        yield _of(situation, name, is_built_in=name == built_in)


def _used(situation: Situation) -> Iterator[str]:
    """The models that are configured, and those that the daemon uses."""
    configured = (situation.written or {}).get("model")
    if isinstance(configured, str):
        yield configured
    if status := situation.daemon.status:
        yield from filter(None, (status.model, status.next_model))


def _of(situation: Situation, name: str, is_built_in: bool) -> Result:
    mend = mending(situation, name, is_built_in)
    try:
        model = model_files.find(name, situation.where.models)
        is_right = is_whole(model)
        size = model.file.stat().st_size
    except ImgsimdError as error:
        return failed(NAME, str(error), mend)
    except OSError as error:
        return failed(NAME, f"{name} cannot be read: {reason(error)}.", mend)
    if not is_right:
        return failed(
            NAME,
            f"{model.file} is damaged: its content is not the one whose sha256 is in the .toml "
            "beside it.",
            mend,
        )
    if missing := needs.need(model.file.suffix):
        return failed(NAME, f"{name} cannot be used, because {missing}.", needs.command())
    place = "built in" if is_built_in else str(model.file)
    return passed(NAME, f"{name} ({place}, {of_bytes(size)}) is complete.")


def is_whole(model: Model) -> bool:
    """Whether the file is the one that the description names. Raises OSError."""
    with model.file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == model.sha256


def mending(situation: Situation, name: str, is_built_in: bool) -> str:
    """Makes the model anew, or chooses the built-in one; without a daemon, in its configuration."""
    if is_built_in:
        return packages.restoring(model_files.BUILT_IN / f"{name}.tflite")
    if name in NETWORKS:
        return f"imgsimctl model add {quoted(name)}"
    other = config.Settings().model
    if situation.daemon.status:
        return f"imgsimctl model use {other}"
    change = quoted(rf's/^\s*model\s*=.*/model = "{other}"/')
    return f"sed -i --follow-symlinks {change} {quoted(str(situation.where.config))}"
