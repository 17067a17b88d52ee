"""Endings of names mean what their writer means, or are refused with what to write instead."""

from __future__ import annotations

import pytest

from imgsimd import extensions


@pytest.mark.parametrize("text", ["jpg", ".jpg", "*.jpg", "JPG", ".JPG", " jpg "])
def test_an_extension_may_be_written_in_any_form(text: str) -> None:
    assert extensions.read([text]) == ("jpg",)


@pytest.mark.parametrize("text", ["jpg,png", "jpg png", ".jpg, .PNG", "*.jpg; *.png"])
def test_one_text_may_name_several_extensions(text: str) -> None:
    assert extensions.read([text]) == ("jpg", "png")


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([], "leaves out everything"),
        ([""], "no ending"),
        (["jpg", "."], "no ending"),
        (["image/jpeg"], "`jpeg`"),
        (["*"], "wildcards"),
        (["jp*g"], "wildcards"),
        (["*_edit.jpg"], "wildcards"),
        (["svg"], "cannot read drawings and layered pictures"),
        (["jpg", ".MP4"], "cannot read videos"),
        (["ico"], "cannot read icons"),
    ],
)
def test_an_extension_without_effect_is_refused(texts: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        extensions.read(texts)
