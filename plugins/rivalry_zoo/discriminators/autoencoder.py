"""The critic whose score is how well it can rebuild a sample."""

from typing import Annotated, Literal, NamedTuple

import torch
from einops import rearrange, reduce
from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.began import EluDecoder, elu_convs
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.precision import wide
from rivalry_zoo.blocks.sizes import halvings, image_shape


class Rebuilding(NamedTuple):
    """What the critic knows of samples: scores [N], codes [N, code] and their reconstructions [N, C, H, W]."""

    score: Tensor
    code: Tensor
    rebuilt: Tensor


class AutoencoderDiscriminator(Discriminator):
    """Scores -U(x) [N] of images [N, C, H, W], U the mean over values of |x - A(x)| (`l1`) or of its square (`l2`).

    A encodes by conv3-ELU to `width` channels, k levels of two convolutions 3x3 with ELU, the second of stride 2, level
    i ending with (i + 1) `width` channels, two more such convolutions, and a linear map to a `code`; the decoder is
    generator began's. k and the base are those of discriminator dcgan: 28 -> 7x7 (k = 2). No norm; torch's initial
    weights. Conditions, as vectors (labels one-hot), join the code before it is decoded. Named outputs: `code` and
    `rebuilt`. The paper's width is 64 or 128 and its code 64. Half precision is compared in float32. Raises ValueError
    with the nearest sizes for an image that does not halve so.
    """

    name = "autoencoder"
    paper = "Zhao, Mathieu & LeCun 2016, arXiv:1609.03126; layers of Berthelot et al. 2017, arXiv:1703.10717"
    outputs = ("code", "rebuilt")

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 64,
        code: Annotated[int, Gt(0)] = 64,
        distance: Literal["l1", "l2"] = "l1",
    ) -> None:
        super().__init__()
        owner = "discriminator autoencoder"
        sample, *conditions = as_inputs(inputs)
        self.conditions, self.distance = tuple(conditions), distance
        channels, *size = image_shape(sample, owner)
        times, height, breadth = halvings(*size, owner)
        stack: list[nn.Module] = [nn.Conv2d(channels, width, 3, padding=1), nn.ELU()]
        for level in range(1, times + 1):
            here, wider = level * width, (level + 1) * width
            stack += [nn.Conv2d(here, here, 3, padding=1), nn.ELU(), nn.Conv2d(here, wider, 3, 2, 1), nn.ELU()]
        top = (times + 1) * width
        self.encoder = nn.Sequential(*stack, *elu_convs(top, top))
        self.to_code = nn.Linear(top * height * breadth, code)
        told = vector_width(self.conditions, owner) if conditions else 0
        self.decoder = EluDecoder(code + told, channels, width, times, (height, breadth))

    def forward(self, x: Tensor, *conditions: Tensor) -> Rebuilding:
        code = self.to_code(rearrange(self.encoder(x), "n c h w -> n (c h w)"))
        told = (as_vector(self.conditions, conditions, self),) if self.conditions else ()
        rebuilt = self.decoder(torch.cat([code, *told], 1))
        apart = wide(x - rebuilt)
        apart = apart.abs() if self.distance == "l1" else apart.square()
        return Rebuilding(-reduce(apart, "n c h w -> n", "mean"), code, rebuilt)


@hookimpl
def rivalry_components():
    return [AutoencoderDiscriminator]
