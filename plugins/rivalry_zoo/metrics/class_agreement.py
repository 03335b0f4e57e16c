"""Class agreement: whether samples belong to the classes that they should, one by one."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.metrics.conditional_accuracy import class_agreement


@frozen
class ClassAgreement(Metric):
    """The part of samples [N, ...] that a judge takes for the class of their partner, in [0, 1], with its error.

    Partners are labels [N], as in `of: [G(E(x)), label]`, or samples that the judge classifies too, as in
    `of: [G(E(x)), x]`. Chance is one in the number of classes; real samples beside their labels score the judge's own
    accuracy. `features` must classify samples, as `judge` does: ValueError otherwise.
    """

    name: ClassVar[str] = "class_agreement"
    paper: ClassVar[str] = "Donahue, Krahenbuhl & Darrell 2016, arXiv:1605.09782, whose reconstructions are judged so"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)
    needs: ClassVar = ("pairs",)

    features: Features
    samples: Annotated[int, Gt(0)] = 1000

    def __attrs_post_init__(self) -> None:
        if not hasattr(self.features, "classify"):
            raise ValueError(f"wanted features that classify, got '{self.features.name}': write `features: judge`")

    def compute(self, samples: Tensor, partners: Tensor) -> Score:
        wanted = self.features.classify(partners) if partners.is_floating_point() else partners
        predicted = self.features.classify(samples)
        return class_agreement(predicted, wanted.to(predicted.device))


@hookimpl
def rivalry_components():
    return [ClassAgreement]
