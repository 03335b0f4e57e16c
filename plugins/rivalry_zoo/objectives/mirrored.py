"""A game in which somebody stands upstream of the real side too."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective
from rivalry_zoo.blocks.separable import want_terms
from rivalry_zoo.objectives.non_saturating import NonSaturating

DEFAULT = NonSaturating()


@frozen
class Mirrored(Objective):
    """The generator's side plays the discriminator's loss with the labels swapped, as BiGAN's encoder and generator do.

    With a(s) and b(s) what the discriminator of `objective` pays for a real and for a fake sample of score s:

        discriminator   E_p[a(s)] + E_q[b(s)]
        generator       E_q[a(s)] + E_p[b(s)]

    What the wrapped generator pays is left aside. The real scores are wanted only where somebody who trains is upstream
    of them; without any the generator's second term is left out, and of `non_saturating` that is the game unmirrored.

    Optimum: of `non_saturating` s = log p/q, where the generator's loss exceeds the discriminator's, 2 log 2 -
    2 JS(p, q), by KL(p || q) + KL(q || p): neither side has anything left to gain exactly if the laws are equal.

    Needs: an objective that is a sum of terms of one score each, and somebody who trains upstream of the real side.

    Use: for BiGAN and its relatives, whose encoder plays with the generator.

    Raises ValueError if `objective` is no sum of terms of one score each.

    Paper: Donahue, Krahenbuhl & Darrell 2016, arXiv:1605.09782, section 3.4.
    """

    name: ClassVar[str] = "mirrored"
    paper: ClassVar[str] = "Donahue, Krahenbuhl & Darrell 2016, arXiv:1605.09782"

    objective: Objective = DEFAULT

    def __attrs_post_init__(self) -> None:
        want_terms(self.objective, self.name)

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """E_p[a(s)] + E_q[b(s)] of scores [N, k]."""
        return self.objective.real_term(real).mean() + self.objective.fake_term(fake).mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """E_q[a(s)] + E_p[b(s)], or the first alone."""
        if real is None:
            return self.objective.real_term(fake).mean()
        return self.discriminator(fake, real)


@hookimpl
def rivalry_components():
    return [Mirrored]
