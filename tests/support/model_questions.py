"""Questions of every kind, asked while the model is changed; and a judge who computes anew, from
the vectors of each model, whether an answer is by one of them alone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgsimd.client import Client, Match, SimilarResult
from imgsimd.client.transport import Transport
from imgsimd.errors import RequestError
from imgsimd.models.model_files import Model
from tests.support.household import Household
from tests.support.networks import network_of

K = 10
AT_ONCE = 8
"""Questions under way."""
NEAR = 1e-5
"""By so much a distance in an answer may differ from ours: a question's vector goes through JSON,
and is made a unit vector again."""
Numbers = NDArray[np.float64]
_View = tuple[Numbers, float]
"""A vector, and by how much farther than it is a photo near to it counts."""


class Answer(NamedTuple):
    """What was asked, and which model has answered what."""

    kind: str
    picture: Path
    model: str
    matches: Sequence[Match]


@dataclass
class Asked:
    """What came of all questions."""

    answers: list[Answer] = field(default_factory=list)
    refused: int = 0
    """Questions with a vector of an earlier model, after the change: rightly."""
    failures: list[str] = field(default_factory=list)
    longest: float = 0.0
    """Seconds that the slowest answer took."""

    @property
    def models(self) -> Counter[str]:
        return Counter(answer.model for answer in self.answers)

    @property
    def kinds(self) -> Counter[tuple[str, str]]:
        return Counter((answer.kind, answer.model) for answer in self.answers)


class Questions:
    """Asks about a photo that is indexed, and about a picture that is not."""

    def __init__(self, home: Household, photo: Path, outside: Path, under: Path) -> None:
        """`under` is the folder that the filter names."""
        self._client = Client(home.socket)
        self._transport: Transport = home.client
        self._photo, self._outside, self._under = photo, outside, under
        self._old = self._vector()
        self.asked = Asked()

    @contextmanager
    def meanwhile(self, seconds: float) -> Iterator[Asked]:
        """Asks one every so many seconds, of one kind after the other, for the length of the
        block. A slow answer does not keep the next question waiting, unless there are many."""
        over = threading.Event()

        def ask() -> None:
            for number, kind in zip(count(1), cycle(self._kinds()), strict=False):
                places.acquire()
                pool.submit(self._ask, kind).add_done_callback(lambda _: places.release())
                if over.wait(max(0.0, began + number * seconds - time.monotonic())):
                    return

        places = threading.Semaphore(AT_ONCE)
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(1) as clock:
            asking = clock.submit(ask)
            try:
                yield self.asked
            finally:
                over.set()
                asking.result()

    def _kinds(self) -> list[Callable[[], Iterator[Answer]]]:
        quick = [
            self._by_path, self._by_picture, self._by_old_vector, self._by_new_vector,
            self._collapsed, self._filtered, self._each,
        ]  # fmt: skip
        return [*quick, self._same, *quick, self._same_outside, *quick, self._verified]

    def _ask(self, kind: Callable[[], Iterator[Answer]]) -> None:
        began = time.monotonic()
        try:
            self.asked.answers += kind()
        except Exception as error:  # whatever it is, the user would see it
            self.asked.failures.append(f"{kind.__name__}: {error!r}")
        self.asked.longest = max(self.asked.longest, time.monotonic() - began)

    def _by_path(self) -> Iterator[Answer]:
        yield self._answer("path", self._photo, self._client.similar(self._photo, k=K))

    def _by_picture(self) -> Iterator[Answer]:
        yield self._answer("picture", self._outside, self._client.similar(self._outside, k=K))

    def _by_old_vector(self) -> Iterator[Answer]:
        try:
            yield self._of_vector("old vector", self._old)
        except RequestError as error:
            if error.code != "model_changed":
                raise
            self.asked.refused += 1

    def _by_new_vector(self) -> Iterator[Answer]:
        """What a careful program does: once more if the model was changed in between."""
        try:
            yield self._of_vector("new vector", self._vector())
        except RequestError as error:
            if error.code != "model_changed":
                raise
            yield self._of_vector("new vector", self._vector())

    def _same(self) -> Iterator[Answer]:
        yield self._answer("same", self._photo, self._client.same(self._photo, k=K))

    def _same_outside(self) -> Iterator[Answer]:
        yield self._answer("same", self._outside, self._client.same(self._outside, k=K))

    def _verified(self) -> Iterator[Answer]:
        result = self._client.similar(self._photo, k=K, verify=True)
        yield self._answer("verify", self._photo, result)

    def _collapsed(self) -> Iterator[Answer]:
        result = self._client.similar(self._photo, k=K, collapse=True)
        yield self._answer("collapse", self._photo, result)

    def _filtered(self) -> Iterator[Answer]:
        result = self._client.similar(self._outside, k=K, under=[self._under])
        yield self._answer("filter", self._outside, result)

    def _each(self) -> Iterator[Answer]:
        both = self._photo, self._outside
        results = self._client.similar_to_each(*both, k=K)
        for picture, result in zip(both, results, strict=True):
            assert isinstance(result, SimilarResult), result
            yield self._answer("each", picture, result)

    def _vector(self) -> dict[str, object]:
        """A query with a vector of the picture outside."""
        with self._outside.open("rb") as content:
            answer = self._transport.upload("/v1/vectors", content)
        assert isinstance(answer, dict)
        return {"vector": answer["vector"], "model": answer["identity"]}

    def _of_vector(self, kind: str, query: dict[str, object]) -> Answer:
        answer = self._transport.post("/v1/similar", {"queries": [query], "k": K})
        return self._answer(kind, self._outside, SimilarResult.of(answer))

    def _answer(self, kind: str, picture: Path, result: SimilarResult) -> Answer:
        return Answer(kind, picture, result.model, result.matches)


class Judge:
    """Knows the vectors that the database has of each model, and the networks that made them."""

    def __init__(self, home: Household, models: Sequence[Model], under: Path) -> None:
        self._networks = {model.name: network_of(model) for model in models}
        self._forms = {model.name: model.form for model in models}
        self._under = f"{under}/"
        self._paths: dict[int, str] = {}
        self._views: dict[tuple[str, Path, bool], list[_View]] = {}
        self._vectors: dict[str, dict[int, Numbers]] = {model.name: {} for model in models}
        with closing(sqlite3.connect(f"file:{home.state}/gallery.db?mode=ro", uri=True)) as db:
            sql = """SELECT m.name, i.id, i.path, e.vector FROM embeddings e
                JOIN images i ON i.id = e.image_id JOIN models m ON m.id = e.model_id"""
            for model, image, path, vector in db.execute(sql):
                self._vectors[model][image] = (
                    self._forms[model].from_bytes(vector).astype(np.float64)
                )
                self._paths[image] = path.decode()

    def mixed(self, answers: Sequence[Answer]) -> list[str]:
        """Why answers are not by the model that they name: one sentence for each wrong one."""
        return [why for answer in answers if (why := self._wrong_distance(answer))]

    def incomplete(self, answers: Sequence[Answer]) -> list[str]:
        """The same for answers that lack photos, or have others than the nearest ones. Nothing was
        added, changed or removed meanwhile."""
        compared = [a for a in answers if a.kind != "same"]
        return [why for answer in compared if (why := self._wrong_matches(answer))]

    def _wrong_distance(self, answer: Answer) -> str:
        for match in answer.matches:
            expected = self._distance(answer, match.id)
            if abs(expected - match.distance) > NEAR:
                return f"{answer.kind} by {answer.model}: {match.distance}, not {expected}"
        return ""

    def _wrong_matches(self, answer: Answer) -> str:
        others = (
            (self._distance(answer, image), image)
            for image in self._vectors[answer.model]
            if self._paths[image] != str(answer.picture)
            and (answer.kind != "filter" or self._paths[image].startswith(self._under))
        )
        ranks = {image: rank for rank, (_, image) in enumerate(sorted(others), start=1)}
        wrong = [(m.id, m.exact_rank) for m in answer.matches if m.exact_rank != ranks.get(m.id)]
        found, expected = len(answer.matches), min(K, len(ranks))
        if wrong or found != expected:
            return f"{answer.kind} by {answer.model}: {found} of {expected}, {wrong}"
        return ""

    def _distance(self, answer: Answer, image: int) -> float:
        stored = self._vectors[answer.model][image]
        near = [
            (float(np.linalg.norm(vector - stored)) + penalty, penalty)
            for vector, penalty in self._asked(answer)
        ]
        distance, penalty = min(near)
        return distance - penalty

    def _asked(self, answer: Answer) -> list[_View]:
        """The picture's vector or, if the very same is wanted, those of all views of it."""
        of = answer.model, answer.picture, answer.kind == "same"
        if of not in self._views:
            self._views[of] = list(self._seen(*of))
        return self._views[of]

    def _seen(self, model: str, picture: Path, is_same: bool) -> Iterator[_View]:
        network, form = self._networks[model], self._forms[model]
        if is_same:
            for view, penalty in network.look(picture.read_bytes())[0]:
                yield form.from_bytes(view).astype(np.float64), penalty
        else:
            vector, _ = network.embed(picture.read_bytes())
            yield form.from_bytes(vector).astype(np.float64), 0.0
