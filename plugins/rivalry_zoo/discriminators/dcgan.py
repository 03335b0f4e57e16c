"""The strided-convolution discriminator of DCGAN."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Annotated, Any, Literal

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator, Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.heads import Branches, Heads, as_scores, branch_names
from rivalry_zoo.blocks.inputs import map_channels, with_maps
from rivalry_zoo.blocks.layers import initialise_normal
from rivalry_zoo.blocks.projection import Projection
from rivalry_zoo.blocks.sizes import halvings, image_shape
from rivalry_zoo.blocks.strided import strided
from rivalry_zoo.norms.batch import BatchNorm


class DcganDiscriminator(Discriminator):
    """An image [N, C, H, W] shrinks by k convolutions of 4x4 and stride 2, then one of the base's size: scores [N].

    k, the base and the channels mirror generator dcgan; LeakyReLU(0.2); the norm stands after every convolution but
    the first and the last; weights start as N(0, 0.02). `bias` gives all convolutions but the last biases: before a
    norm they would be idle, but with neither norms nor biases the critic is homogeneous, D(a x) = a D(x) for a > 0.
    Conditions, if any, enter by `condition`: `projection` adds <V y, phi> with phi the last maps summed over
    places (arXiv:1802.05637), `concat` appends them to the image as maps. With the default norm it couples its batch,
    so gradient penalties want `norm: none` or `instance`. For an objective that judges vectors it gives `scores`
    numbers a sample, [N, scores].

    `heads` are linear layers beside the last convolution and `taps` (conv1, conv2, ...) what an inner convolution gives
    after norm and rectifier: named outputs, as in `D(x).code` and `D(x).conv2`. A head of `classes` gives logits
    [N, classes], one of `gaussian` means and log-variances [N, gaussian], one of both all three.

    Raises ValueError with the nearest sizes for an image that does not halve so, and for conditions, heads and taps
    that do not fit.
    """

    name = "dcgan"
    paper = "Radford, Metz & Chintala 2015, arXiv:1511.06434"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        scores: Given[int] = 1,
        width: Annotated[int, Gt(0)] = 64,
        norm: Callable[[int], Norm] = BatchNorm,
        condition: Literal["projection", "concat"] = "projection",
        bias: bool = False,
        heads: Heads | None = None,
        taps: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        owner = "discriminator dcgan"
        sample, *conditions = as_inputs(inputs)
        channels, *size = image_shape(sample, owner)
        times, *base = halvings(*size, owner)
        self.maps = tuple(conditions) if condition == "concat" else ()
        inside = channels + map_channels(self.maps, *size, owner)
        self.body, places, top = strided(inside, width, times, norm, bias)
        self.head = nn.Conv2d(top, scores, tuple(base), bias=False)
        projects = conditions and condition == "projection"
        if projects and scores > 1:
            raise ValueError(f"a projection adds to one score, got {scores} a sample; take condition: concat")
        self.projection = Projection(tuple(conditions), top, owner) if projects else None
        self.branches = Branches(heads, taps, top * prod(base), places, owner)
        initialise_normal(self)

    @classmethod
    def outputs_of(cls, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        return branch_names(arguments)

    def forward(self, x: Tensor, *conditions: Tensor) -> Any:
        image = x if self.projection is not None else with_maps(x, self.maps, conditions)
        features, tapped = self.branches.through(self.body, image)
        scores = as_scores(rearrange(self.head(features), "n k 1 1 -> n k"))
        if self.projection is not None:
            scores = scores + self.projection(features.sum((2, 3)), conditions)
        return self.branches.beside(scores, features, tapped)


@hookimpl
def rivalry_components():
    return [DcganDiscriminator]
