"""How far two variables are from independent, as a classifier of pairs sees it."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.logistic import as_fake, as_real
from rivalry_zoo.blocks.precision import wide


@frozen
class JointInformation(Loss):
    """What a statistic T pays for telling pairs that belong together from shuffled ones. Of scores [joint, product].

        -E_joint[log sigma(T)] - E_product[log(1 - sigma(T))]

    the sum of both terms, with no half. At the best T, log p(x, z) / p(x) p(z), it is 2 log 2 - 2 JS(joint || product):
    2 log 2 exactly if x and z are independent, 0 if they never meet by chance. So whoever descends it together with T
    makes x and z depend on each other, and the loss from 2 log 2 is a lower bound of twice that divergence for any T.
    Of the game `minimax` this is the discriminator's side, which both players play here.

    Of x = G(z) the information about z is the entropy of x, so that it keeps samples apart. MEG is objective
    `wasserstein` of scores -U, with U an energy, penalty `r1` with weight 20 (its 10 without r1's half), and, moved by
    the generator's player, the statistic T of

        {use: joint_information, of: ["T(fake, z)", "T(fake, shuffle(z))"], trains: [G, T]}

    Its other form rebuilds z: `{use: mutual_information, of: [E(fake), z]}` is half the squared error and a constant.

    Scores are [N, ...] of any shape; half precision is computed in float32.

    Papers: Hjelm et al. 2018 (Deep InfoMax), arXiv:1808.06670; Kumar et al. 2019 (MEG), arXiv:1901.08508.
    """

    name: ClassVar[str] = "joint_information"
    paper: ClassVar[str] = "Hjelm et al. 2018, arXiv:1808.06670; in a game Kumar et al. 2019 (MEG), arXiv:1901.08508"

    def forward(self, joint: Tensor, product: Tensor) -> Tensor:
        """The sum of both cross-entropies, a scalar."""
        return as_real(wide(joint)).mean() + as_fake(wide(product)).mean()


@hookimpl
def rivalry_components():
    return [JointInformation]
