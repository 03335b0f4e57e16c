"""The strided-convolution encoder."""

from collections.abc import Callable
from math import prod
from typing import Annotated, Literal

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Encoder, Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.heads import Gaussian, gaussian
from rivalry_zoo.blocks.inputs import map_channels, with_maps
from rivalry_zoo.blocks.layers import Activation, bounded, initialise_normal, real_valued
from rivalry_zoo.blocks.sizes import halvings, image_shape
from rivalry_zoo.blocks.strided import strided
from rivalry_zoo.norms.batch import BatchNorm


class DcganEncoder(Encoder):
    """Discriminator dcgan's body on an image [N, C, H, W], then a linear layer: a code of the output's shape.

    `head: plain` gives the code [N, ...]; its `activation: auto` is tanh where the code's field declares the range
    [-1, 1], as a uniform latent's does, and none otherwise. `head: gaussian` gives Gaussian(mean, log_variance), each
    [N, ...], for `draw(E(x))` and `kl_normal`. Conditions are appended to the image as maps. Weights start as
    N(0, 0.02).

    Raises ValueError with the nearest sizes for an image that does not halve so, for conditions that do not fit, and
    for a code of labels.
    """

    name = "dcgan"
    paper = "Larsen, Sonderby, Larochelle & Winther 2015, arXiv:1512.09300"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 64,
        norm: Callable[[int], Norm] = BatchNorm,
        head: Literal["plain", "gaussian"] = "plain",
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "encoder dcgan"
        sample, *conditions = as_inputs(inputs)
        field = real_valued(as_field(output), owner)
        channels, *size = image_shape(sample, owner)
        times, *base = halvings(*size, owner)
        self.maps, self.shape, self.is_gaussian = tuple(conditions), field.shape, head == "gaussian"
        self.body, _, top = strided(channels + map_channels(self.maps, *size, owner), width, times, norm)
        self.last = nn.Linear(top * prod(base), field.size * (2 if self.is_gaussian else 1))
        self.bound = nn.Sequential(*bounded(activation, field, undeclared=False))
        initialise_normal(self)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor | Gaussian:
        values = self.last(rearrange(self.body(with_maps(x, self.maps, conditions)), "n ... -> n (...)"))
        return gaussian(values, self.shape) if self.is_gaussian else self.bound(values).reshape(len(x), *self.shape)


@hookimpl
def rivalry_components():
    return [DcganEncoder]
