"""What a model is worth on labelled photos, and what it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from imgsimd.config import Worker
from imgsimd.embedding.protocol import ALTERATIONS
from imgsimd.errors import ConfigError
from imgsimd.evaluation import ranking, retrieval
from imgsimd.evaluation.embedded import Embedded, Stages, embedded
from imgsimd.evaluation.labelled_photos import LabelledPhotos, Unread
from imgsimd.evaluation.ranking import Rows
from imgsimd.evaluation.retrieval import Figures, Labels
from imgsimd.evaluation.trial_indexes import IndexFigures, TrialIndexes
from imgsimd.models.model_files import Model
from imgsimd.search import reranking
from imgsimd.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Of one model."""

    model: str
    photos: int
    """That were read."""
    kinds: int
    """Of these photos."""
    questions: int
    """Photos of whose kind another one was read, so that they can be asked about."""
    exact: Figures
    """In the order of distances."""
    reranked: Figures
    """In the order of `search.reranking`."""
    copies: dict[str, float]
    """For each of `protocol.ALTERATIONS`, the share of the copies that have no photo nearer to them
    than their own."""
    photos_per_second: float
    """What the processor decodes and embeds on all threads of the worker: neither the disk nor
    other programs count."""
    bytes_per_photo: int
    """Of a vector as it is stored; the index in memory takes as much."""
    memory_bytes: int
    """Of the worker, once it has embedded all."""
    unread: Sequence[Unread]
    indexes: Sequence[IndexFigures] = ()
    """On a Milvus server, if that was asked for."""

    @property
    def json(self) -> dict[str, object]:
        """As README documents it."""
        return {
            "model": self.model,
            "recall_at_1": self.exact.recall_at_1,
            "precision_at_10": self.exact.precision_at_10,
            "map": self.exact.mean_average_precision,
            "reranked_precision_at_10": self.reranked.precision_at_10,
            "reranked_map": self.reranked.mean_average_precision,
            "copies": self.copies,
            "photos_per_second": self.photos_per_second,
            "bytes_per_photo": self.bytes_per_photo,
            "memory_bytes": self.memory_bytes,
            "photos": self.photos,
            "kinds": self.kinds,
            "questions": self.questions,
            "unread": [{"path": each.path, "reason": each.reason} for each in self.unread],
            "indexes": [each.json for each in self.indexes],
        }


def evaluate(
    model: Model,
    photos: LabelledPhotos,
    settings: Worker,
    stages: Stages,
    indexes: TrialIndexes | None = None,
) -> Evaluation:
    """Embeds the photos, and asks about each. Raises as `embedded` does, ConfigError where no photo
    can be asked about, and StoreError where `indexes` cannot be measured."""
    with embedded(model, photos, settings, stages) as found:
        return evaluated(model, found, settings, stages, indexes)


def evaluated(
    model: Model,
    found: Embedded,
    settings: Worker,
    stages: Stages,
    indexes: TrialIndexes | None = None,
) -> Evaluation:
    """As `evaluate`, of photos that are embedded."""
    questions = len(retrieval.asking(found.labels))
    if not questions:
        raise ConfigError(
            "Too few photos could be read: no two are of the same kind. The first one that failed "
            f"is {found.unread[0].path}: {found.unread[0].reason}."
        )
    on_done = stages(f"{model.name}: asking", questions)
    exact, reranked = figures(model, found.vectors, found.labels, on_done)
    return Evaluation(
        model=model.name,
        photos=len(found.labels),
        kinds=len(np.unique(found.labels)),
        questions=questions,
        exact=exact,
        reranked=reranked,
        copies=_found_again(found),
        photos_per_second=_per_second(found, settings),
        bytes_per_photo=model.form.size,
        memory_bytes=found.memory,
        unread=found.unread,
        indexes=_of_indexes(model, found, stages, indexes),
    )


def figures(
    model: Model, vectors: Vectors, labels: Labels, on_done: Callable[[int], None]
) -> tuple[Figures, Figures]:
    """In the order of distances, and in the better one; see `retrieval.figures`."""
    reordered = partial(_reranked, vectors, model.similar_distance or 0.0)
    return retrieval.figures(vectors, labels, reordered, on_done)


def _of_indexes(
    model: Model, found: Embedded, stages: Stages, indexes: TrialIndexes | None
) -> list[IndexFigures]:
    if indexes is None:
        return []
    return indexes.figures(
        model.form, found.vectors, lambda words, total: stages(f"{model.name}: {words}", total)
    )


def _reranked(vectors: Vectors, near: float, row: int, order: Rows) -> Rows:
    """The order in which a question is answered, see `reranking.reranked`."""
    nearest = order[: reranking.NODES]
    distances = np.linalg.norm(vectors[nearest] - vectors[row], axis=1)
    kept = int(np.count_nonzero(distances <= near))
    better = reranking.order(vectors[row], vectors[nearest], kept)
    return np.concatenate([nearest[better], order[reranking.NODES :]])


def _found_again(found: Embedded) -> dict[str, float]:
    owners = found.copied.repeat(len(ALTERATIONS))
    are_found = ranking.are_nearest(found.copies, found.vectors, owners)
    shares = are_found.reshape(-1, len(ALTERATIONS)).mean(axis=0)
    return dict(zip(ALTERATIONS, shares.tolist(), strict=True))


def _per_second(found: Embedded, settings: Worker) -> float:
    return settings.all_threads * len(found.labels) / found.seconds if found.seconds else 0.0
