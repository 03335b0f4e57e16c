"""The mean of a tensor of the flow, for what a game's own quantities can tell."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from einops import reduce
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.features.pixels import PIXELS


def by_sample(value: Tensor) -> Tensor:
    """The mean of each sample [N] of a tensor [N, ...], in float64; ValueError for none, or for NaN or infinity."""
    if value.ndim == 0 or len(value) == 0 or not torch.isfinite(value).all():
        raise ValueError(f"value must hold samples [N, ...] of finite numbers, but has shape {list(value.shape)}")
    exact = value.detach().to("cpu" if value.device.type == "mps" else value.device).double()
    return reduce(exact, "n ... -> n", "mean")


def mean(value: Tensor) -> Score:
    """The mean of all numbers of a tensor [N, ...], with its standard error over samples (None for one sample)."""
    means = by_sample(value)
    n = len(means)
    return Score(float(means.mean()), float(means.std() / n**0.5) if n > 1 else None)


@frozen
class Mean(Metric):
    """`mean` of one expression of the flow, on held-out data: `error: {use: mean, of: abs(to_dark(x) + x)}`.

    Samples are independent, the values within one are not, so the error is the deviation of the samples' means over
    sqrt(N). Lower counts as better: write an expression that is an error, a distance or a cost.
    """

    name: ClassVar[str] = "mean"
    paper: ClassVar[str] = "none: elementary"
    direction: ClassVar = "lower"
    needs: ClassVar = ("pairs",)

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, value: Tensor) -> Score:
        return mean(value)


@hookimpl
def rivalry_components():
    return [Mean]
