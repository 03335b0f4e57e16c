"""The variational game of any f-divergence."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Divergence, SeparableObjective
from rivalry_zoo.blocks.precision import wide
from rivalry_zoo.divergences.rows import KL

DEFAULT = KL()


@frozen
class FDivergence(SeparableObjective):
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

    Needs: scores of moderate size where the divergence has an exponential; r1 keeps them so.

    Use: to choose the divergence: `kl` covers modes, `reverse_kl` seeks them, `js` does neither.

    Paper: Nowozin et al. 2016, arXiv:1606.00709.
    """

    name: ClassVar[str] = "f_divergence"
    paper: ClassVar[str] = "Nowozin et al. 2016, arXiv:1606.00709"

    divergence: Divergence = DEFAULT
    alternative: bool = False

    def real_term(self, scores: Tensor) -> Tensor:
        return -self.divergence.output(wide(scores))

    def fake_term(self, scores: Tensor) -> Tensor:
        return self.divergence.conjugate_of_output(wide(scores))

    def generated_term(self, scores: Tensor) -> Tensor:
        return self.real_term(scores) if self.alternative else -self.fake_term(scores)


@hookimpl
def rivalry_components():
    return [FDivergence]
