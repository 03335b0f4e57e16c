"""The residual discriminator of WGAN-GP and SNGAN."""

from collections.abc import Callable
from typing import Annotated, Literal

from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator, Norm
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.heads import as_scores
from rivalry_zoo.blocks.projection import Projection
from rivalry_zoo.blocks.residual import DownBlock, initialise_glorot
from rivalry_zoo.blocks.sizes import halvings, image_shape
from rivalry_zoo.norms.none import NoNorm


class ResnetDiscriminator(Discriminator):
    """Blocks that halve an image to maps of about 8x8, `blocks` that do not, ReLU, pool, linear: scores [N].

    It halves as often as leaves a shorter side of 7 or more (once at least): 32 -> 8x8, 28 -> 7x7, 64 -> 8x8. `width`
    channels throughout; the pool sums over places (SNGAN) or averages (WGAN-GP, arXiv:1704.00028); the last linear
    layer has no bias unless `bias`. Glorot weights, gain sqrt(2) in the blocks. With `head: projection`, which `auto`
    takes where there are conditions, labels or vectors y add <V y, phi> to the score of the pooled features phi
    (arXiv:1802.05637). Raises ValueError for sizes that generator resnet could not make, and for a head and inputs
    that do not go together. For an objective that judges
    vectors it gives `scores` numbers a sample, [N, scores].
    """

    name = "resnet"
    paper = "Miyato et al. 2018, arXiv:1802.05957"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        scores: Given[int] = 1,
        width: Annotated[int, Gt(0)] = 128,
        blocks: Annotated[int, Ge(0)] = 2,
        norm: Callable[[int], Norm] = NoNorm,
        head: Literal["auto", "linear", "projection"] = "auto",
        pool: Literal["sum", "mean"] = "sum",
        bias: bool = False,
    ) -> None:
        super().__init__()
        sample, *conditions = as_inputs(inputs)
        if head == "projection" and not conditions:
            raise ValueError(
                "head: projection wants a condition besides the sample, got the sample alone; "
                "write the judge as `D(_, label)`, or take head: linear"
            )
        if head == "linear" and conditions:
            given = ", ".join(map(str, conditions))
            raise ValueError(
                f"head: linear ignores conditions, got {given}; write the judge as `D(_)`, or take head: auto"
            )
        if conditions and scores > 1:
            raise ValueError(f"a projection adds to one score, got {scores} a sample; write the judge as `D(_)`")
        channels, *size = image_shape(sample, "discriminator resnet")
        times, *base = halvings(*size, "discriminator resnet")
        halving = max(1, times if min(base) == 7 else times - 1)
        self.mean = pool == "mean"
        self.blocks = nn.Sequential(
            DownBlock(channels, width, norm, opening=True),
            *[DownBlock(width, width, norm) for _ in range(halving - 1)],
            *[DownBlock(width, width, norm, halve=False) for _ in range(blocks)],
        )
        self.head = nn.Linear(width, scores, bias=bias)
        self.projection = Projection(tuple(conditions), width, "discriminator resnet") if conditions else None
        initialise_glorot(self)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        maps = F.relu(self.blocks(x))
        features = maps.mean((2, 3)) if self.mean else maps.sum((2, 3))
        scores = as_scores(self.head(features))
        return scores if self.projection is None else scores + self.projection(features, conditions)


@hookimpl
def rivalry_components():
    return [ResnetDiscriminator]
