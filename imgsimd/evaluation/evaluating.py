"""The process that evaluates models.

python -m imgsimd.evaluation.evaluating CONFIG MODELS FOLDER MEASURED [NAME...]

It reads settings from CONFIG, models from the folder MODELS besides the built-in ones, and labelled
photos from FOLDER. Without a NAME it evaluates all models. If MEASURED is `indexes`, it measures
those of the Milvus server in CONFIG, too; if it is `models`, it does not.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from imgsimd import config
from imgsimd.embedding import worker_output
from imgsimd.errors import ConfigError, UpdatingError, WorkerError
from imgsimd.evaluation import labelled_photos
from imgsimd.evaluation.evaluation import evaluate
from imgsimd.evaluation.trial_indexes import TrialIndexes, trial_indexes
from imgsimd.exchange import telling
from imgsimd.index_settings import Index
from imgsimd.models import model_files
from imgsimd.models.model_files import Model
from imgsimd.words import printable

EVERY = 10
"""Photos between two lines of progress: a twentieth of a second."""


def main() -> None:
    """Tells what came of each model as `end`."""
    settings, models, folder, measured, *names = sys.argv[1:]
    telling.run(
        lambda: _evaluated(Path(settings), Path(models), folder, measured == "indexes", names)
    )


def _evaluated(
    file: Path, models: Path, folder: str, with_indexes: bool, names: list[str]
) -> dict[str, object]:
    """The evaluations, and a sentence for each model with which no worker can work."""
    settings = config.load(file)
    chosen = _models(names, models)
    photos = labelled_photos.find(folder)
    found, failed = [], []
    with _indexes(settings.index) if with_indexes else nullcontext() as indexes:
        for model in chosen:
            with worker_output.heard() as words:
                try:
                    done = evaluate(model, photos, settings.worker, _stage, indexes)
                    found.append(done.json)
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


def _indexes(settings: Index) -> AbstractContextManager[TrialIndexes]:
    """Raises ConfigError where no server is named."""
    if settings.backend != "milvus":
        raise ConfigError(
            "The settings name no Milvus server whose indexes could be measured: set backend = "
            '"milvus" and uri under [index], as README says.'
        )
    return trial_indexes(settings)


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
