"""The end of a critic: from the base's maps to scores."""

from torch import Tensor, nn

from rivalry.fields import Inputs
from rivalry_zoo.blocks.equalised import EqualisedConv, EqualisedLinear, rectified
from rivalry_zoo.blocks.minibatch import MinibatchDeviation
from rivalry_zoo.blocks.projection import Projection


class Epilogue(nn.Module):
    """Maps [N, C, h, w] to scores [N]: conv3, a layer over all places and a linear one, LeakyReLU(0.2) between.

    `deviation` first adds the group's mean standard deviation as a map. Conditions are projected on the last features.
    Karras et al. 2017, arXiv:1710.10196, and all its successors; projection: arXiv:1802.05637.
    """

    def __init__(self, channels: int, base: list[int], conditions: Inputs, deviation: bool, owner: str) -> None:
        super().__init__()
        self.deviation = MinibatchDeviation() if deviation else nn.Identity()
        self.conv = EqualisedConv(channels + deviation, channels)
        self.features = EqualisedLinear(channels * base[0] * base[1], channels)
        self.head = EqualisedLinear(channels, 1, gain=1.0)
        self.projection = Projection(conditions, channels, owner) if conditions else None

    def forward(self, maps: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        maps = rectified(self.conv(self.deviation(maps)))
        features = rectified(self.features(maps.flatten(1)))
        scores = self.head(features).squeeze(1)
        return scores if self.projection is None else scores + self.projection(features, conditions)
