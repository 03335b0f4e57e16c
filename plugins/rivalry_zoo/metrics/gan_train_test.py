"""GAN-train and GAN-test: what a classifier learns from fakes about real samples, and the other way round."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.blocks.logistic_regression import fit_logistic_regression
from rivalry_zoo.blocks.probing import uniform
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.conditional_accuracy import class_agreement

Labelled = tuple[Tensor, Tensor]


def _labelled(name: str, features: Tensor, labels: Tensor) -> Labelled:
    if labels.shape != features.shape[:1] or labels.is_floating_point():
        raise ValueError(
            f"{name} samples need a whole number each for a label, [{len(features)}], "
            f"but have labels {list(labels.shape)}, {labels.dtype}"
        )
    return features, labels.to(features.device)


def _some(rows: Labelled, n: int, seed: int) -> Labelled:
    """n of the rows at random, in their order."""
    features, labels = rows
    chosen = uniform((len(features),), "some", seed).argsort()[:n].sort().values.to(features.device)
    return features[chosen], labels[chosen]


def gan_train_test(
    real: Tensor,
    fake: Tensor,
    *,
    real_labels: Tensor,
    labels: Tensor,
    held_out: Tensor,
    held_out_labels: Tensor,
    penalty: float = 1.0,
    seed: int = 0,
) -> dict[str, Score]:
    """The accuracies, in [0, 1], of one kind of classifier trained and tested on real and fake samples.

        gan_base:  trained on real [N, d], tested on held_out [K, d]
        gan_train: trained on fake [M, d], tested on held_out
        gan_test:  trained on real, tested on fake

    The classifier is multinomial `logistic_regression` with this penalty, standardised by its own training set. Both
    are trained on min(N, M) samples, those of the larger set drawn at random. Errors are binomial, for the tested
    samples alone. ValueError unless every set has a sample, finite features and a whole label each.
    """
    x, y = exact_pair(real, fake)
    x, z = exact_pair(x, held_out)
    true = _labelled("real", x, real_labels)
    made = _labelled("fake", y, labels)
    kept = _labelled("held-out", z, held_out_labels)
    n = min(len(x), len(y))
    taught, misled = (fit_logistic_regression(*_some(rows, n, seed), penalty) for rows in (true, made))
    pairs = {"gan_base": (taught, kept), "gan_train": (misled, kept), "gan_test": (taught, made)}
    return {name: class_agreement(judge.classify(rows[0]), rows[1]) for name, (judge, rows) in pairs.items()}


@frozen
class GanTrainTest(Metric):
    """`gan_train_test` of a conditional game through any features: higher is better, up to gan_base.

    gan_train falls where fakes lack quality or variety, gan_test where they lack quality alone: one perfect sample a
    class, repeated, has a high gan_test and a low gan_train. gan_base is the same for real training samples; what the
    others lack of it is what they say. Chance is one in the number of classes. gan_train is known as CAS, the
    classification accuracy score, through a network trained from pixels on; here it is logistic regression, which has
    one optimum and no chance, through features.
    """

    name: ClassVar[str] = "gan_train_test"
    paper: ClassVar[str] = "Shmelkov, Schmid & Alahari 2018, arXiv:1807.09499; Ravuri & Vinyals 2019, arXiv:1905.10887"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)
    needs: ClassVar = ("labels", "real_labels", "held_out", "held_out_labels")
    parts: ClassVar = ("gan_base", "gan_train", "gan_test")

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 2000
    penalty: Annotated[float, Gt(0)] = 1.0
    seed: int = 0

    def compute(
        self,
        real: Tensor,
        fake: Tensor,
        *,
        labels: Tensor,
        real_labels: Tensor,
        held_out: Tensor,
        held_out_labels: Tensor,
    ) -> dict[str, Score]:
        return gan_train_test(
            real,
            fake,
            labels=labels,
            real_labels=real_labels,
            held_out=held_out,
            held_out_labels=held_out_labels,
            penalty=self.penalty,
            seed=self.seed,
        )


@hookimpl
def rivalry_components():
    return [GanTrainTest]
