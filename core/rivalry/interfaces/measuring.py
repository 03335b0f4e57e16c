"""What says how good samples are: features and metrics."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from math import inf
from typing import Any, ClassVar, Literal

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
    """What a metric looks through: samples in, feature vectors out.

    One that also classifies has `head(features) -> logits` and `classify(samples) -> labels`; one that says how far
    pictures seem apart has `distance(first, second) -> [N]`. Metrics that need either say so when they are built.
    """

    kind = "features"
    resize: str | None = None
    """How pictures are brought to the extractor's own size, for protocols; None where they are seen as they are."""
    published: bool = False
    """Whether numbers seen through it are those that papers print by a metric's short name, as FID."""
    costly: ClassVar[bool] = False
    """Whether the vectors of real samples are worth keeping on disk for the next evaluation."""
    is_default: ClassVar[bool] = False
    """Whether folders of pictures are looked at through it when nobody says through what."""

    def prepare(self, dataset: Dataset, device: torch.device) -> str:
        """Get ready to judge samples of this data (train or load what is needed); returns a fingerprint for
        protocols: extractors of one fingerprint give the same vectors. ValueError in words for what is missing.
        """
        return self.name

    @abstractmethod
    def __call__(self, samples: Tensor) -> Tensor:
        """Feature vectors [N, d] of samples [N, ...]."""


class Probe(ABC):
    """A game's samples as a function of a tensor of its flow, the space: a latent, or what the metric's `of` names.

    `source` tells whether the space is a latent itself, as z, rather than computed from one, as w = M(z).
    """

    device: torch.device
    source: bool

    @abstractmethod
    def draw(self, n: int, seed: int) -> Tensor:
        """n points of the space [n, ...] on the device, as the game would draw them."""

    @abstractmethod
    def __call__(self, points: Tensor, seed: int = 0) -> Tensor:
        """The samples [n, ...] made from points; whatever else is random is the same for equal seeds and counts."""


Need = Literal["labels", "real_labels", "held_out", "held_out_labels", "pairs", "generator"]

WORDS: Mapping[Need, str] = {
    "labels": "labels that samples are made for",
    "real_labels": "labels of the data",
    "held_out": "held-out data",
    "held_out_labels": "labels of the held-out data",
    "pairs": "tensors of the flow, named by `of`",
    "generator": "the generator as a function of its latents, or of the tensor that `of` names",
}


class Metric(Component):
    """A number, or a few, that say how good samples are: a pure function of feature vectors.

    `features` is the extractor it looks through, `samples` how many of each side; `direction` says which way is better
    and `range` where values lie. A metric of several numbers names them in `parts`, and `compute` returns a mapping.
    A metric with a `short` name is printed as `published` through the features of the papers, as FID, and otherwise
    with its features' name, as fd_judge.
    """

    kind = "metric"
    direction: ClassVar[Literal["lower", "higher"]]
    range: ClassVar[tuple[float, float]] = (-inf, inf)
    needs: ClassVar[tuple[Need, ...]] = ()
    """What `compute` takes beside two sets of features: `labels` [M] that the fakes were made for, `real_labels` [N],
    `held_out` features [K, d] of real samples that the game has not trained on and their `held_out_labels`, each a
    keyword. `pairs`: its arguments are tensors of the flow, which the entry names with `of`. `generator`: its only
    argument is the keyword `generator`, a `Probe`.
    """
    parts: ClassVar[tuple[str, ...]] = ()
    short: ClassVar[str] = ""
    published: ClassVar[str] = ""
    is_default: ClassVar[bool] = False
    """Whether two folders of pictures are compared by it when nobody says by what."""
    features: Features
    samples: int

    @abstractmethod
    def compute(self, *features: Any, **needed: Any) -> Score | Mapping[str, Score]:
        """The value for real [N, d] and fake [M, d] features, or one for each of `parts`."""

    @classmethod
    def traits(cls) -> Mapping[str, str]:
        low, high = cls.range
        said = {"better": f"{cls.direction}, of values from {low:g} to {high:g}", "numbers": ", ".join(cls.parts)}
        said["needs"] = ", ".join(WORDS[need] for need in cls.needs)
        if cls.short:
            through = f"{cls.published} through the features of the papers, else " if cls.published else ""
            said["printed as"] = f"{through}{cls.short}_(features)"
        return {name: words for name, words in said.items() if words}

    def title(self) -> str:
        """What its number is called in print."""
        if self.published and self.features.published:
            return self.published
        return f"{self.short}_{self.features.name}" if self.short else self.name
