"""Bringing pictures to an extractor's own size, in the ways whose difference moves published numbers."""

from functools import cache
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate

Resize = Literal["clean", "legacy_pytorch", "legacy_tensorflow"]


def _cubic(x: Tensor) -> Tensor:
    """Keys' kernel for a = -1/2, which interpolates parabolas exactly; 0 from |x| = 2 on."""
    x = x.abs()
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return torch.where(x < 1, near, torch.where(x < 2, far, 0.0))


@cache
def bicubic_weights(given: int, wanted: int) -> Tensor:
    """The matrix [wanted, given] of Pillow's antialiased bicubic filter, which is widened where the picture shrinks."""
    scale = given / wanted
    stretch = max(scale, 1.0)
    centres = (torch.arange(wanted, dtype=torch.float64) + 0.5) * scale
    places = torch.arange(given, dtype=torch.float64) + 0.5
    weights = _cubic((places - centres[:, None]) / stretch)
    return (weights / weights.sum(1, keepdim=True)).float()


@cache
def tensorflow_weights(given: int, wanted: int) -> Tensor:
    """The matrix [wanted, given] of TensorFlow 1's bilinear resize: output i lies at i * given / wanted, not at the
    pixel's middle. Places are rounded to float32, as there.
    """
    places = torch.arange(wanted, dtype=torch.float32) * (given / wanted)
    below = places.floor().long()
    above = (below + 1).clamp(max=given - 1)
    part, eye = (places - below)[:, None], torch.eye(given)
    return (1 - part) * eye[below] + part * eye[above]


def resized(pictures: Tensor, side: int, mode: Resize = "clean", high: float = 1.0) -> Tensor:
    """Pictures [N, C, H, W] of values in [0, high] as [N, C, side, side], unquantised.

    `clean` is Pillow's bicubic on floats, antialiased, cut off where it leaves the range; `legacy_pytorch` bilinear
    without antialiasing; `legacy_tensorflow` that of TensorFlow 1, which also shifts the picture by part of a pixel.
    """
    if mode == "legacy_pytorch":
        return interpolate(pictures, size=(side, side), mode="bilinear", align_corners=False)
    weights = bicubic_weights if mode == "clean" else tensorflow_weights
    rows, columns = (weights(given, side).to(pictures) for given in pictures.shape[2:])
    return (rows @ (pictures @ columns.T)).clamp(0, high)
