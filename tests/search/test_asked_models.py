"""The vectors of a model that is not in use are given up when nobody asks for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from imgsimd.closeness import Closeness
from imgsimd.config import Worker
from imgsimd.errors import ModelError
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.indexing.embedders import Embedders
from imgsimd.indexing.features import Features
from imgsimd.indexing.photo_opener import PhotoOpener
from imgsimd.indexing.timed_opener import TimedOpener
from imgsimd.search.asked_models import Asked, AskedModels
from imgsimd.search.asked_pictures import AskedPictures
from imgsimd.search.query import Query, Question
from imgsimd.search.same import Same
from imgsimd.search.similar import Similar
from imgsimd.search.verifier import Verifier
from imgsimd.types import ImageId
from imgsimd.vectors import VectorForm
from tests.support.library import DIMENSION, ROOT, add, begin, vector_of, work_off
from tests.support.patience import DEADLINE

COUNT = 20


def fill(gallery: Gallery) -> None:
    begin(gallery, "old")
    work_off(gallery, add(gallery, *range(COUNT)))
    gallery.aim("new", "new", VectorForm(DIMENSION), {"old", "new"})
    known = gallery.images.by_id(list(map(ImageId, range(1, COUNT + 1))))
    contents = gallery.images.contents([image.id for image in known])
    work_off(gallery, {image.path: contents[image.id] or b"" for image in known})
    gallery.reach_target()


def installed(name: str) -> str:
    raise ModelError(f"Unknown model '{name}'.")


async def test_they_are_loaded_and_dropped(tmp_path: Path) -> None:
    gallery = GalleryThread()
    await gallery.open(tmp_path / "gallery.db")
    await gallery.do(fill)
    opener = TimedOpener(PhotoOpener(10**9))
    features = Features(Embedders(gallery, tmp_path, Worker()), opener)
    verifier = Verifier(gallery, features, 1.0)
    similar = Similar(gallery)
    serving = Asked(similar, Same(similar, verifier, AskedPictures(gallery, verifier, features)))
    models = AskedModels(
        gallery, serving, verifier, features, lambda model: Closeness(), installed, 0.2
    )
    vector = vector_of(b"a picture").tolist()
    question = Question([Query(vector=vector, model="old")], 3)
    result = await models.ask("old", lambda asked: asked.similar.ask(question))
    assert result.model.name == "old"
    assert result.coverage == (COUNT, COUNT)
    both = await gallery.do(lambda g: g.vector_bytes)
    async with asyncio.timeout(DEADLINE):
        while await gallery.do(lambda g: g.vector_bytes) == both:
            await asyncio.sleep(0.02)
    assert await gallery.do(lambda g: g.vector_bytes) == both / 2
    await gallery.do(lambda g: g.show([ROOT, b"/elsewhere"]))
    again = await models.ask("old", lambda asked: asked.similar.ask(question))
    assert again.matches == result.matches
    question = Question([Query(vector=vector)], 3)
    plain = await models.ask("new", lambda asked: asked.similar.ask(question))
    assert (plain.model.name, plain.coverage) == ("new", None)
    with pytest.raises(ModelError, match="Unknown model 'none'"):
        await models.find("none")
    await gallery.close()
