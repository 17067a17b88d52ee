"""What can be added, by name or file, and what the model is called then."""

from __future__ import annotations

import pytest

from imgsimd.errors import ModelError
from imgsimd.models import makers, model_files, names

BUILT_IN = next(model_files.BUILT_IN.glob("*.toml")).stem


@pytest.mark.parametrize(
    ("given", "module"),
    {
        "vgg16": "keras.build",
        "efficientnetv2b0": "keras.build",
        "my-network.keras": "keras.build_file",
        "/photos/of/OTHERS.H5": "keras.build_file",
        "./vgg16.keras": "keras.build_file",
    }.items(),
)
def test_a_name_or_a_file_leads_to_what_makes_a_model_of_it(given: str, module: str) -> None:
    assert makers.of(given).module == f"imgsimd.models.{module}"


@pytest.mark.parametrize(
    ("given", "sentence"),
    {
        "resnet5": "Unknown model 'resnet5'. Did you mean resnet50",
        "ResNet50": "Unknown model 'ResNet50'. Did you mean resnet50",
        "": "Unknown model ''. Available: vgg16, ",
        "\x1b[1mx": r"Unknown model '\x1b[1mx'. Available: vgg16, ",
        "network.pt": "No model can be made of network.pt: what can be added are files whose names",
        "folder/vgg16": "No model can be made of folder/vgg16: ",
    }.items(),
)
def test_what_cannot_be_added_is_answered_with_what_can(given: str, sentence: str) -> None:
    with pytest.raises(ModelError) as error:
        makers.of(given)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("given", "wanted", "name"),
    [
        ("resnet50", None, "resnet50"),
        ("resnet50", "resnet50-conv4", "resnet50-conv4"),
        ("/home/me/My_network.v2.keras", None, "My_network.v2"),
        ("./vgg16.h5", "mine", "mine"),
    ],
)
def test_a_model_is_called_as_the_user_says_or_as_what_it_is_made_of(
    given: str, wanted: str | None, name: str
) -> None:
    assert names.chosen(given, wanted) == name


@pytest.mark.parametrize(
    ("given", "wanted", "reason"),
    [
        ("./my network.keras", None, "cannot be called 'my network'"),
        ("./.keras", None, r"cannot be called '\.keras'"),
        ("./a\n.keras", None, r"cannot be called 'a\\n'"),
        ("./\udcff.keras", None, r"cannot be called '\\xff'"),
        ("./Größe.keras", None, "cannot be called 'Größe'"),
        ("./-x.h5", None, "cannot be called '-x'"),
        ("a.h5", "../a", r"cannot be called '\.\./a'"),
        ("a.h5", "a" * 65, "64 at most"),
        ("a.h5", "", "cannot be called ''"),
        (f"./{BUILT_IN}.keras", None, f"A built-in model is called {BUILT_IN} already"),
        ("vgg16", BUILT_IN, f"A built-in model is called {BUILT_IN} already"),
        ("./vgg16.h5", None, "vgg16 is what `imgsimctl model add vgg16` makes"),
        ("resnet50", "vgg16", "vgg16 is what `imgsimctl model add vgg16` makes"),
    ],
)
def test_a_name_that_a_model_cannot_have_is_refused_with_what_to_do(
    given: str, wanted: str | None, reason: str
) -> None:
    with pytest.raises(ModelError, match=reason) as error:
        names.chosen(given, wanted)
    assert "Choose another name: imgsimctl model add --name NAME" in str(error.value)
