"""The strided-convolution discriminator of DCGAN."""

from collections.abc import Callable
from typing import Annotated, Literal

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator, Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.inputs import map_channels, with_maps
from rivalry_zoo.blocks.layers import initialise_normal, normed
from rivalry_zoo.blocks.projection import Projection
from rivalry_zoo.blocks.sizes import halvings, image_shape
from rivalry_zoo.norms.batch import BatchNorm


class DcganDiscriminator(Discriminator):
    """An image [N, C, H, W] shrinks by k convolutions of 4x4 and stride 2, then one of the base's size: scores [N].

    k, the base and the channels mirror generator dcgan; LeakyReLU(0.2); the norm stands after every convolution but
    the first and the last; weights start as N(0, 0.02). `bias` gives all convolutions but the last biases: before a
    norm they would be idle, but with neither norms nor biases the critic is homogeneous, D(a x) = a D(x) for a > 0.
    Conditions, if any, enter by `condition`: `projection` adds <V y, phi> with phi the last maps summed over
    places (arXiv:1802.05637), `concat` appends them to the image as maps. With the default norm it couples its batch,
    so gradient penalties want `norm: none` or `instance`. Raises ValueError with the nearest sizes for an image that
    does not halve so, and for conditions that do not fit.
    """

    name = "dcgan"
    paper = "Radford, Metz & Chintala 2015, arXiv:1511.06434"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 64,
        norm: Callable[[int], Norm] = BatchNorm,
        condition: Literal["projection", "concat"] = "projection",
        bias: bool = False,
    ) -> None:
        super().__init__()
        owner = "discriminator dcgan"
        sample, *conditions = as_inputs(inputs)
        channels, *size = image_shape(sample, owner)
        times, *base = halvings(*size, owner)
        self.maps = tuple(conditions) if condition == "concat" else ()
        inside, top = channels + map_channels(self.maps, *size, owner), width
        stack = [nn.Conv2d(inside, width, 4, 2, 1, bias=bias), nn.LeakyReLU(0.2, inplace=True)]
        for _ in range(times - 1):
            stack += [nn.Conv2d(top, top * 2, 4, 2, 1, bias=bias), *normed(norm(top * 2), 0.2)]
            top *= 2
        self.body = nn.Sequential(*stack)
        self.head = nn.Conv2d(top, 1, tuple(base), bias=False)
        projects = conditions and condition == "projection"
        self.projection = Projection(tuple(conditions), top, owner) if projects else None
        initialise_normal(self)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        if self.projection is None:
            return rearrange(self.head(self.body(with_maps(x, self.maps, conditions))), "n 1 1 1 -> n")
        features = self.body(x)
        return rearrange(self.head(features), "n 1 1 1 -> n") + self.projection(features.sum((2, 3)), conditions)


@hookimpl
def rivalry_components():
    return [DcganDiscriminator]
