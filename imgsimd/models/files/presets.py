"""Networks that users export to ONNX themselves: where their weights are, how to export them, and
how pictures are prepared for them. The last is as their makers' own code has it.

The commands were tried with PyTorch 2.13 and transformers 5.24, on the same networks with random
weights. `dynamo=False` writes all weights into the one file.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imgsimd.errors import ModelError
from imgsimd.words import printable

if TYPE_CHECKING:  # imgsimctl, which lists them, does not import numpy
    from imgsimd.models.recipe import Colour
    from imgsimd.types import Resize

_EXPORT = """\
python3 -m venv exporting && exporting/bin/pip install {packages} && exporting/bin/python -c '
import torch{imports}
{network}
torch.onnx.export(
    network, torch.zeros(1, 3, {size}, {size}), "{name}.onnx", opset_version=17, dynamo=False,
    input_names=["pixels"], output_names=["vector"],
    dynamic_axes={{"pixels": {{0: "n"}}, "vector": {{0: "n"}}}})
'"""
_TRANSFORMERS = """\
class Vision(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.whole = transformers.{model}.from_pretrained("{source}")
    def forward(self, pixels):
        return self.whole(pixel_values=pixels).{output}
network = Vision().eval()"""
_TORCHSCRIPT = """\
torch.hub.download_url_to_file("{source}", "{name}.pt")
network = torch.jit.load("{name}.pt").eval()"""
_CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
HUB = "https://huggingface.co/"
_OURS: tuple[str, str | None] = ("vector", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A network, and all that its description must say."""

    name: str
    about: str
    source: str
    """Of Hugging Face, or the address of a TorchScript file."""
    licence: str
    """Of code and weights."""
    dimension: int
    size: int
    scaling: tuple[Colour, Colour]
    """Mean and standard deviation."""
    resize: Resize = "cubic"
    short_side: int | None = None
    """With a number, the picture's middle is cut out; else all of it is squeezed."""
    model: str = ""
    """The class of `transformers`; empty for TorchScript."""
    answer: str = ""
    """The field of its answer that is the vector."""
    outputs: tuple[tuple[str, str | None], ...] = (_OURS,)
    """By name, those that may have the vector, the best first: that of the command, then those of
    other exporters; and the token of it."""

    @property
    def address(self) -> str:
        """Where the weights are."""
        return f"{HUB}{self.source}" if self.model else self.source

    @property
    def command(self) -> str:
        """For a shell: writes `NAME.onnx`. Needs the network."""
        network = _TRANSFORMERS if self.model else _TORCHSCRIPT
        named = {"name": self.name, "source": self.source, "size": self.size}
        return _EXPORT.format(
            **named,
            packages="torch transformers onnx" if self.model else "torch onnx",
            imports=", transformers" if self.model else "",
            network=network.format(**named, model=self.model, output=self.answer),
        )

    @property
    def values(self) -> dict[str, str | int | Colour]:
        """What the description says, apart from the output."""
        mean, std = self.scaling
        values: dict[str, str | int | Colour] = {
            "description": self.about, "weights": self.address, "precision": "as given",
            "dimension": self.dimension, "size": self.size, "resize": self.resize,
            "colours": "rgb", "layout": "nchw", "mean": mean, "std": std,
        }  # fmt: skip
        if self.short_side is not None:
            values |= {"fit": "crop", "short_side": self.short_side}
        return values


_CLIP_OUTPUTS = (_OURS, ("image_embeds", None))
_POOLED = (_OURS, ("pooler_output", None))
_TOKENS = (*_POOLED, ("last_hidden_state", "first"))
PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            name="clip-vit-b-32",
            about="CLIP ViT-B/32 by OpenAI: pictures with the same meaning",
            source="openai/clip-vit-base-patch32",
            licence="MIT",
            dimension=512,
            size=224,
            scaling=_CLIP,
            short_side=224,
            model="CLIPVisionModelWithProjection",
            answer="image_embeds",
            outputs=_CLIP_OUTPUTS,
        ),
        Preset(
            name="clip-vit-l-14",
            about="CLIP ViT-L/14 by OpenAI: as clip-vit-b-32, larger and slower",
            source="openai/clip-vit-large-patch14",
            licence="MIT",
            dimension=768,
            size=224,
            scaling=_CLIP,
            short_side=224,
            model="CLIPVisionModelWithProjection",
            answer="image_embeds",
            outputs=_CLIP_OUTPUTS,
        ),
        Preset(
            name="siglip-base-16",
            about="SigLIP ViT-B/16 at 224 pixels by Google: pictures with the same meaning",
            source="google/siglip-base-patch16-224",
            licence="Apache-2.0",
            dimension=768,
            size=224,
            scaling=_HALF,
            model="SiglipVisionModel",
            answer="pooler_output",
            outputs=_POOLED,
        ),
        Preset(
            name="dinov2-small",
            about="DINOv2 ViT-S/14 by Meta: pictures that look alike",
            source="facebook/dinov2-small",
            licence="Apache-2.0",
            dimension=384,
            size=224,
            scaling=_IMAGENET,
            short_side=256,
            model="Dinov2Model",
            answer="pooler_output",
            outputs=_TOKENS,
        ),
        Preset(
            name="dinov2-base",
            about="DINOv2 ViT-B/14 by Meta: as dinov2-small, larger and slower",
            source="facebook/dinov2-base",
            licence="Apache-2.0",
            dimension=768,
            size=224,
            scaling=_IMAGENET,
            short_side=256,
            model="Dinov2Model",
            answer="pooler_output",
            outputs=_TOKENS,
        ),
        Preset(
            name="sscd-disc-mixup",
            about="SSCD ResNet-50 (sscd_disc_mixup) by Meta: copies of a picture",
            source="https://dl.fbaipublicfiles.com/sscd-copy-detection/"
            "sscd_disc_mixup.torchscript.pt",
            licence="MIT",
            dimension=512,
            size=320,
            scaling=_IMAGENET,
            resize="area",
        ),
    )
}


def named(name: str) -> Preset:
    """Raises ModelError, which names what is near, if there is none."""
    if found := PRESETS.get(name):
        return found
    near = difflib.get_close_matches(name.lower(), PRESETS)
    advice = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(PRESETS)}."
    raise ModelError(f"Unknown preset '{printable(name)}'. {advice}")
