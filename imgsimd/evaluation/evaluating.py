"""The process that evaluates models.

python -m imgsimd.evaluation.evaluating CONFIG MODELS FOLDER [NAME...]

It reads the settings of the worker from CONFIG, models from the folder MODELS besides the built-in
ones, and labelled photos from FOLDER. Without a NAME it evaluates all models.
"""

from __future__ import annotations

import sys
from pathlib import Path

from imgsimd import config
from imgsimd.embedding import worker_output
from imgsimd.errors import UpdatingError, WorkerError
from imgsimd.evaluation import labelled_photos
from imgsimd.evaluation.evaluation import evaluate
from imgsimd.exchange import telling
from imgsimd.models import model_files
from imgsimd.models.model_files import Model
from imgsimd.words import printable

EVERY = 10
"""Photos between two lines of progress: a twentieth of a second."""


def main() -> None:
    """Tells what came of each model as `end`."""
    settings, models, folder, *names = sys.argv[1:]
    telling.run(lambda: _evaluated(Path(settings), Path(models), folder, names))


def _evaluated(file: Path, models: Path, folder: str, names: list[str]) -> dict[str, object]:
    """The evaluations, and a sentence for each model with which no worker can work."""
    settings = config.load(file).worker
    chosen = _models(names, models)
    photos = labelled_photos.find(folder)
    found, failed = [], []
    for model in chosen:
        with worker_output.heard() as words:
            try:
                found.append(evaluate(model, photos, settings, _stage).json)
            except UpdatingError:
                raise
            except WorkerError:
                failed.append(_failure(model, words))
    return {
        "models": found,
        "failed": failed,
        "outside": photos.outside,
        "deeper": photos.deeper,
    }


def _failure(model: Model, words: list[str]) -> str:
    return (
        f"No embedding worker can work with the model {printable(model.name)}. It said last: "
        f"{printable(worker_output.last_words(words))}."
    )


def _models(names: list[str], folder: Path) -> list[Model]:
    """Raises ModelError for a name of which there is none."""
    if not names:
        return model_files.available(folder)
    return [model_files.find(name, folder) for name in dict.fromkeys(names)]


def _stage(words: str, total: int) -> telling.Progress:
    return telling.Progress(words, total, EVERY)


if __name__ == "__main__":
    main()
