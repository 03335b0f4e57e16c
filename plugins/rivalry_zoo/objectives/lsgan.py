"""Least squares: regression to codes instead of classification."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective
from rivalry_zoo.blocks.precision import wide


def _half_square(scores: Tensor, code: float) -> Tensor:
    return 0.5 * (wide(scores) - code).square()


@frozen
class LeastSquares(SeparableObjective):
    """The discriminator regresses real scores to `real` and fake ones to `fake`; the generator pulls its to `target`.

    With the paper's letters b = `real`, a = `fake`, c = `target`:

        discriminator   1/2 E_p[(s - b)^2] + 1/2 E_q[(s - a)^2]
        generator       1/2 E_q[(s - c)^2]

    The defaults are the paper's 0-1 coding (a, b, c) = (0, 1, 1), its equation 9; its other coding (-1, 1, 0) is
    `{real: 1, fake: -1, target: 0}`. Scores are unbounded, and half precision is squared in float32.

    Optimum: s = (b p + a q) / (p + q), where the discriminator's loss is 1/2 (b - a)^2 sum pq / (p + q). If b - c = 1
    and b - a = 2, then E_p[(s - c)^2] + E_q[(s - c)^2] is Pearson's chi-square between p + q and 2q, which is
    sum (p - q)^2 / (p + q); the generator minimises half of the E_q term alone, and its gradient is another.

    Needs: nothing; r1 settles it.

    Use: when cross-entropies saturate and the losses should stay near their codes, as in image translation.

    Raises ValueError unless `fake` lies below both `real` and `target`: larger scores mean more real.

    Paper: Mao et al. 2016, arXiv:1611.04076.
    """

    name: ClassVar[str] = "lsgan"
    paper: ClassVar[str] = "Mao et al. 2016, arXiv:1611.04076"

    real: float = 1.0
    fake: float = 0.0
    target: float = 1.0

    def __attrs_post_init__(self) -> None:
        if not (self.fake < self.real and self.fake < self.target):
            raise ValueError(
                "larger scores mean more real, so `fake` must lie below `real` and `target`, "
                f"got real={self.real}, fake={self.fake}, target={self.target}; try real=1, fake=0, target=1"
            )

    def real_term(self, scores: Tensor) -> Tensor:
        return _half_square(scores, self.real)

    def fake_term(self, scores: Tensor) -> Tensor:
        return _half_square(scores, self.fake)

    def generated_term(self, scores: Tensor) -> Tensor:
        return _half_square(scores, self.target)


@hookimpl
def rivalry_components():
    return [LeastSquares]
