"""What says how good samples are: features and metrics."""

from abc import abstractmethod
from typing import ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.interfaces.component import Component
from rivalry.interfaces.training import Dataset


@frozen
class Score:
    """A metric's value, with its standard error where one is defined."""

    value: float
    error: float | None = None


class Features(Component):
    """What a metric looks through: samples in, feature vectors out."""

    kind = "features"

    def prepare(self, dataset: Dataset, device: torch.device) -> str:
        """Get ready to judge samples of this data (train or load what is needed); returns a fingerprint for
        protocols.
        """
        return self.name

    @abstractmethod
    def __call__(self, samples: Tensor) -> Tensor:
        """Feature vectors [N, d] of samples [N, ...]."""


class Metric(Component):
    """A number that says how good samples are: a pure function of real and fake feature vectors.

    `features` is the extractor it looks through; `direction` says which way is better.
    """

    kind = "metric"
    direction: ClassVar[Literal["lower", "higher"]]
    needs_labels: ClassVar[bool] = False
    """Whether `compute` also takes `labels` [M], the classes that the fakes were made for."""
    features: Features
    samples: int

    @abstractmethod
    def compute(self, real: Tensor, fake: Tensor, **labels: Tensor) -> Score:
        """The value for real [N, d] and fake [M, d] features."""
