"""A new version of one decoder embeds that format's pictures again, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.decoding import registry
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FilePath, Plan
from tests.support.library import add, content_of, forget_headers, opened, vector_of


def with_new_png_decoder(
    gallery: Gallery, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Gallery:
    """The gallery in the folder, opened again by an imgsimd whose decoder of PNG has changed."""
    gallery.close()
    changed = [
        replace(d, version=d.version + 1) if d.format == "PNG" else d for d in registry.DECODERS
    ]
    monkeypatch.setattr(registry, "DECODERS", tuple(changed))
    return opened(folder)


def work_off(gallery: Gallery, formats: dict[FilePath, str]) -> list[FilePath]:
    """Embeds all that waits, by the current decoders; returns what was embedded."""
    model, waiting = gallery.verdicts.waiting(1000)
    paths = {image.id: image.path for image in waiting}
    examined = [Examined(i.id, i.state, content_of(i.state.size)) for i in waiting]
    unknown = gallery.verdicts.recognise(model, examined)
    versions = registry.versions()
    for image in unknown:
        format_ = formats[paths[image.id]]
        metadata = PictureMetadata(format_, versions[format_], width=image.state.size)
        gallery.verdicts.commit(model, [Verdict(image, vector_of(image.content), metadata)])
    return sorted(paths[image.id] for image in unknown)


def some(gallery: Gallery) -> dict[FilePath, str]:
    names = ("HEIC", "PNG", "HEIC", "PNG")
    return dict(zip(add(gallery, 1, 2, 3, 4), names, strict=True))


def test_only_pictures_of_that_format_are_embedded_again_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = opened(tmp_path)
    formats = some(gallery)
    assert work_off(gallery, formats) == list(formats)
    gallery = with_new_png_decoder(gallery, tmp_path, monkeypatch)
    assert gallery.census.counts().pending == 2
    assert work_off(gallery, formats) == [path for path in formats if formats[path] == "PNG"]
    gallery.close()
    gallery = opened(tmp_path)
    assert gallery.census.counts().pending == 0


def test_the_earlier_vector_answers_until_there_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = opened(tmp_path)
    formats = some(gallery)
    work_off(gallery, formats)
    known = gallery.images.at(formats)
    gallery = with_new_png_decoder(gallery, tmp_path, monkeypatch)
    assert gallery.census.counts().images == 4
    assert gallery.lookup.find([(i.path, i.state) for i in known]) == [i.id for i in known]


def test_a_twin_inherits_the_version_and_the_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = opened(tmp_path)
    formats = dict.fromkeys(add(gallery, 1), "PNG")
    work_off(gallery, formats)
    ((path, state),) = [(i.path, i.state) for i in gallery.images.at(formats)]
    copy = path + b".copy"
    gallery.apply(Plan(new={copy: state._replace(inode=77)}))
    assert work_off(gallery, formats) == [], "its content is known"
    (image,) = gallery.images.at([copy])
    assert (gallery.metadata.of(image.id) or {})["format"] == "PNG"
    gallery = with_new_png_decoder(gallery, tmp_path, monkeypatch)
    assert gallery.census.counts().pending == 2


def test_a_picture_that_the_new_version_refuses_is_not_found_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = opened(tmp_path)
    formats = dict.fromkeys(add(gallery, 1), "PNG")
    work_off(gallery, formats)
    gallery = with_new_png_decoder(gallery, tmp_path, monkeypatch)
    model, (image,) = gallery.verdicts.waiting(10)
    gallery.verdicts.commit(
        model, [Verdict(Examined(image.id, image.state, content_of(1)), Fault("damaged"))]
    )
    assert gallery.census.counts().images == 0
    assert gallery.census.counts().failed == 1


def test_an_earlier_gallery_learns_its_formats_and_then_what_is_outdated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = opened(tmp_path)
    formats = some(gallery)
    gallery_before_metadata(gallery, formats)
    gallery = with_new_png_decoder(gallery, tmp_path, monkeypatch)
    assert gallery.census.counts().pending == 0, "nobody knows which are PNG"
    images = gallery.verdicts.without_metadata(10)
    assert len(images) == 4
    versions = registry.versions()
    gallery.verdicts.describe(
        {i: PictureMetadata(formats[i.path], versions[formats[i.path]]) for i in images}
    )
    assert gallery.census.counts().pending == 2
    assert gallery.verdicts.without_metadata(10) == []
    assert work_off(gallery, formats) == [path for path in formats if formats[path] == "PNG"]


def gallery_before_metadata(gallery: Gallery, formats: dict[FilePath, str]) -> None:
    """Embeds all, as an imgsimd did that read no headers."""
    model, waiting = gallery.verdicts.waiting(1000)
    examined = [Examined(i.id, i.state, content_of(i.state.size)) for i in waiting]
    gallery.verdicts.commit(model, [Verdict(i, vector_of(i.content)) for i in examined])
    forget_headers(gallery)


def test_what_cannot_be_read_is_not_tried_again(tmp_path: Path) -> None:
    gallery = opened(tmp_path)
    gallery_before_metadata(gallery, some(gallery))
    gallery.verdicts.describe(dict.fromkeys(gallery.verdicts.without_metadata(10)))
    gallery.close()
    assert opened(tmp_path).verdicts.without_metadata(10) == []
