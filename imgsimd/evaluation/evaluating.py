"""The process that evaluates models.

python -m imgsimd.evaluation.evaluating CONFIG MODELS FOLDER [NAME...]

It reads the settings of the worker from CONFIG, models from the folder MODELS besides the built-in
ones, and labelled photos from FOLDER. Without a NAME it evaluates all models.
"""

from __future__ import annotations

import sys
from pathlib import Path

from imgsimd import config
from imgsimd.errors import WorkerError
from imgsimd.evaluation import labelled_photos
from imgsimd.evaluation.evaluation import evaluate
from imgsimd.exchange import telling
from imgsimd.models import model_files
from imgsimd.models.model_files import Model

EVERY = 10
"""Photos between two lines of progress: a twentieth of a second."""


def main() -> None:
    """Tells what came of each model as `end`."""
    settings, models, folder, *names = sys.argv[1:]
    telling.run(lambda: _evaluated(Path(settings), Path(models), folder, names))


def _evaluated(file: Path, models: Path, folder: str, names: list[str]) -> dict[str, object]:
    """The evaluations, and the models that no worker can use, with the reason."""
    settings = config.load(file).worker
    chosen = _models(names, models)
    photos = labelled_photos.find(folder)
    found, failed = [], []
    for model in chosen:
        try:
            found.append(evaluate(model, photos, settings, _stage).json)
        except WorkerError:
            failed.append(model.name)
    return {"models": found, "failed": failed, "outside": photos.outside}


def _models(names: list[str], folder: Path) -> list[Model]:
    """Raises ModelError for a name of which there is none."""
    if not names:
        return model_files.available(folder)
    return [model_files.find(name, folder) for name in dict.fromkeys(names)]


def _stage(words: str, total: int) -> telling.Progress:
    return telling.Progress(words, total, EVERY)


if __name__ == "__main__":
    main()
