"""Real samples that are only mostly real."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective, SeparableObjective
from rivalry.marks import Gt, Le
from rivalry_zoo.blocks.separable import want_terms
from rivalry_zoo.objectives.non_saturating import NonSaturating

DEFAULT = NonSaturating()


@frozen
class LabelSmoothing(SeparableObjective):
    """One-sided: the discriminator of `objective` is told that a real sample is real with probability alpha = `real`.

    With a(s) and b(s) what that discriminator pays for a real and for a fake sample of score s, and c(s) what its
    generator pays:

        discriminator   E_p[alpha a(s) + (1 - alpha) b(s)] + E_q[b(s)]
        generator       E_q[c(s)]

    So a sure discriminator pays for its sureness. Fakes keep their label: smoothed too, they would pull the optimum
    towards whatever the generator does.

    Optimum, of `minimax`, `non_saturating` and others whose sigma(s) is the chance of being real: sigma(s) =
    alpha p / (p + q), hence alpha / 2 and not 1/2 where p = q; s = log(alpha p / ((1 - alpha) p + q)) never exceeds
    log(alpha / (1 - alpha)).

    Needs: an objective that is a sum of terms of one score each.

    Use: when the discriminator grows too sure of itself, and a gradient penalty is not wanted.

    Raises ValueError if `objective` is no sum of terms of one score each.

    Paper: Salimans et al. 2016, arXiv:1606.03498, section 3.4, for alpha 0.9.
    """

    name: ClassVar[str] = "label_smoothing"
    paper: ClassVar[str] = "Salimans et al. 2016, arXiv:1606.03498, section 3.4"

    objective: Objective = DEFAULT
    real: Annotated[float, Gt(0), Le(1)] = 0.9

    def __attrs_post_init__(self) -> None:
        want_terms(self.objective, self.name)

    def real_term(self, scores: Tensor) -> Tensor:
        return self.real * self.objective.real_term(scores) + (1 - self.real) * self.objective.fake_term(scores)

    def fake_term(self, scores: Tensor) -> Tensor:
        return self.objective.fake_term(scores)

    def generated_term(self, scores: Tensor) -> Tensor:
        return self.objective.generated_term(scores)


@hookimpl
def rivalry_components():
    return [LabelSmoothing]
