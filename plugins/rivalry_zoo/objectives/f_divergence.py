"""The variational game of any f-divergence."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Divergence, Objective
from rivalry_zoo.blocks.precision import wide
from rivalry_zoo.divergences.rows import KL

DEFAULT = KL()


@frozen
class FDivergence(Objective):
    """The discriminator bounds D_f(p || q) = sum q f(p / q) from below as tightly as it can, by Fenchel's duality.

    With g the divergence's output and f* the conjugate of f:

        discriminator   -E_p[g(s)] + E_q[f*(g(s))]
        generator       -E_q[f*(g(s))], or -E_q[g(s)] if `alternative`

    The second generator is the paper's answer to a saturating first one, in its section 3.2: it raises the outputs of
    its samples, as `non_saturating` does to `minimax`. These two are the game of the divergence `gan`.

    Optimum: g(s) = f'(p / q), where the discriminator's loss is -D_f(p || q) and the first generator's gradient is that
    of D_f. The second's is another: for `kl` it is that of KL(q || p). A sample counts as real if g(s) > f'(1).

    Scores are unbounded and half precision is widened to float32; nothing is clamped, so a divergence with an
    exponential overflows beyond scores of about 88 (its own entry says on which side).

    Paper: Nowozin et al. 2016, arXiv:1606.00709.
    """

    name: ClassVar[str] = "f_divergence"
    paper: ClassVar[str] = "Nowozin et al. 2016, arXiv:1606.00709"

    divergence: Divergence = DEFAULT
    alternative: bool = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-E_p[g(s)] + E_q[f*(g(s))] of scores [N, k]."""
        return self.divergence.conjugate_of_output(wide(fake)).mean() - self.divergence.output(wide(real)).mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """-E_q[f*(g(s))], or -E_q[g(s)]."""
        if self.alternative:
            return -self.divergence.output(wide(fake)).mean()
        return -self.divergence.conjugate_of_output(wide(fake)).mean()


@hookimpl
def rivalry_components():
    return [FDivergence]
