"""Samples of a data set's range as RGB pictures in [0, 1], as pretrained extractors want them."""

from attrs import frozen
from einops import repeat
from torch import Tensor

from rivalry.interfaces import Dataset


@frozen
class PictureRange:
    """The values between which a data set's pictures lie."""

    low: float
    high: float

    @classmethod
    def of(cls, dataset: Dataset) -> "PictureRange":
        """As the data set's first field declares it; ValueError where that is no picture [C, H, W] of a known range."""
        name, field = next(iter(dataset.fields.items()))
        if len(field.shape) != 3:
            raise ValueError(
                f"wanted pictures [C, H, W], but `{name}` of {dataset.name} has the shape {list(field.shape)}: "
                "choose `features: pixels`"
            )
        if field.low is None or field.high is None:
            raise ValueError(
                f"wanted pictures of a known range, but `{name}` of {dataset.name} declares no low and high"
            )
        return cls(field.low, field.high)

    def rgb(self, samples: Tensor) -> Tensor:
        """Pictures [N, 1 or 3, H, W] as float32 [N, 3, H, W] in [0, 1]; values outside the range are clamped."""
        if samples.ndim != 4:
            raise ValueError(f"wanted pictures [N, C, H, W], got samples of shape {list(samples.shape)}")
        if samples.shape[1] not in (1, 3):
            raise ValueError(
                f"wanted grey or RGB pictures, got {samples.shape[1]} channels: leave alpha out, or lay the pictures "
                "on a background"
            )
        unit = ((samples.float() - self.low) / (self.high - self.low)).clamp(0, 1)
        return unit if unit.shape[1] == 3 else repeat(unit, "n 1 h w -> n c h w", c=3)

    def __str__(self) -> str:
        return f"{self.low:g}..{self.high:g}"
