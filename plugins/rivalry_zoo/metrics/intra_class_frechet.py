"""Intra-class Frechet distance: the Frechet distance of each class on its own."""

from math import inf
from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.frechet_distance import frechet_distance


def frechet_by_class(real: Tensor, fake: Tensor, real_labels: Tensor, labels: Tensor) -> dict[int, float]:
    """The Frechet distance of each class's features, real [N, d] of classes [N] and fake [M, d] of classes [M].

    ValueError unless every class that occurs has at least two samples on both sides.
    """
    for features, classes, name in ((real, real_labels, "real"), (fake, labels, "fake")):
        if classes.is_floating_point() or classes.shape != features.shape[:1]:
            raise ValueError(
                f"{name} needs one whole-numbered label for each of its {len(features)} samples, "
                f"not {classes.dtype} of shape {list(classes.shape)}"
            )
    real_labels, labels = real_labels.to(real.device), labels.to(fake.device)
    found = {}
    for label in sorted({*real_labels.tolist(), *labels.tolist()}):
        of_real, of_fake = real[real_labels == label], fake[labels == label]
        if min(len(of_real), len(of_fake)) < 2:
            raise ValueError(
                f"every class needs at least 2 samples on both sides, but class {label} has {len(of_real)} real and "
                f"{len(of_fake)} fake ones: draw more samples"
            )
        found[label] = frechet_distance(of_real, of_fake).value
    if not found:
        raise ValueError("wanted samples of at least one class, got none: draw more samples")
    return found


def intra_class_frechet(real: Tensor, fake: Tensor, real_labels: Tensor, labels: Tensor) -> Score:
    """mean over classes c of FD(real of c, fake of c), all classes alike; see `frechet_by_class`. No standard error."""
    found = frechet_by_class(real, fake, real_labels, labels)
    return Score(sum(found.values()) / len(found))


@frozen
class IntraClassFrechet(Metric):
    """`intra_class_frechet` through any features; lower is better, at least 0, in squares of the features' units.

    Unlike the distance of all samples together it sees variety lost within a class, and samples of the wrong class.
    It is biased upwards as `frechet_distance` is, by the number of samples of a class: features of few dimensions, as
    the judge's, need fewer of them.
    Errors: ValueError for a class with fewer than 2 samples on either side.
    """

    name: ClassVar[str] = "intra_class_frechet"
    paper: ClassVar[str] = "Miyato & Koyama 2018, arXiv:1802.05637"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, inf)
    needs: ClassVar = ("labels", "real_labels")
    short: ClassVar = "intra_fd"
    published: ClassVar = "intra-FID"

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 5000

    def compute(self, real: Tensor, fake: Tensor, *, labels: Tensor, real_labels: Tensor) -> Score:
        return intra_class_frechet(real, fake, real_labels, labels)


@hookimpl
def rivalry_components():
    return [IntraClassFrechet]
