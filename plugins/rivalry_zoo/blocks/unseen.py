"""A metric's way to the samples themselves where it compares pictures through an extractor's own distance."""

from collections.abc import Callable

import torch
from attrs import define, field
from torch import Tensor

from rivalry.interfaces import Dataset, Features
from rivalry_zoo.features.samples import SAMPLES


def built(features: Callable[[], Features]) -> Features:
    """An extractor, or the one that a default makes: its own for each metric, because it keeps its weights.

    A spec's schema takes the type of the metric's argument from here.
    """
    return features if isinstance(features, Features) else features()


def with_distance(features: Callable[[], Features]) -> Features:
    """An extractor that tells distances; ValueError in words for any other."""
    found = built(features)
    if not hasattr(found, "distance"):
        raise ValueError(
            f"wanted features that tell how far pictures seem apart, got '{found.name}': write `features: alexnet`"
        )
    return found


@define(eq=False)
class Unseen(Features):
    """Samples as they are, in the name of the extractor `by` that compares them later."""

    by: Features
    name: str = field(init=False)
    paper: str = field(init=False)
    resize: str | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.name, self.paper, self.resize = self.by.name, self.by.paper, self.by.resize

    def prepare(self, dataset: Dataset, device: torch.device) -> str:
        return f"samples for {self.by.prepare(dataset, device)}"

    def __call__(self, samples: Tensor) -> Tensor:
        return SAMPLES(samples)


def unseen(features: Callable[[], Features]) -> Unseen:
    """`with_distance`, held behind the samples themselves."""
    return features if isinstance(features, Unseen) else Unseen(with_distance(features))
