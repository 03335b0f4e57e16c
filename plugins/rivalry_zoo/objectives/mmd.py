"""Two sets of features, compared by a kernel."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective
from rivalry.marks import ComparesScores, Ge, Gt
from rivalry_zoo.blocks.kernels import distance_kernel
from rivalry_zoo.blocks.pair_sums import mean_across, mean_within
from rivalry_zoo.blocks.precision import wide


@frozen
class Mmd(Objective, ComparesScores):
    """The generator brings the mean embeddings of real and fake features together, the discriminator chooses features
    in which they are apart.

    With features h = D(x) [N, `scores`], x and x' two real, y and y' two fake samples, and w = `across`:

        generator       MMD^2 = E k(h_x, h_x') + E k(h_y, h_y') - 2 E k(h_x, h_y)
        discriminator   w E k(h_x, h_y) - E k(h_y, h_y') - (w - 1) E k(h_x, h_x')

    w = 2 makes the discriminator's loss -MMD^2; w = 0 is the repulsive form, which spreads real features out and draws
    fake ones together, and 1 leaves real pairs alone. Means within a set are over pairs of different samples (unbiased)
    or, with `biased`, over all. With r the distance in units of `scale`, k is the mean over t in {1, 2, 4, 8, 16} of
    exp(-r^2 / 2 t^2) (`rbf`, the paper's widths), or over a in {0.1, 1, 10} of (1 + r^2 / 2 a)^-a
    (`rational_quadratic`), or -r (`energy`), whose MMD^2 is the energy distance 2 E|x - y| - E|x - x'| - E|y - y'|.
    Papers add the mixtures up; here k(h, h) = 1, so theirs are 5 and 3 times as large. The N^2 pairs are computed in
    parts, so that large batches fit in memory.

    Optimum: with a characteristic kernel MMD^2 is 0 exactly if the two laws of h are equal; of laws p and q on n points
    it is (p - q)' K (p - q). A biased value is never negative; an unbiased one is right on average and may be. Features
    only inform about samples if the critic is kept in bounds: clipped weights (with an autoencoder, in the paper), a
    gradient penalty or spectral normalisation.

    Needs: a critic of several scores whose features are kept in bounds: weight_clip, a gradient penalty or weight norm
    spectral.

    Use: when an unbiased loss and a witness in closed form are worth N^2 pairs a batch.

    Raises ValueError in the generator's turn if there are no real features, and in both turns for fewer than two
    samples a side unless `biased`.

    Papers: Li et al. 2017, arXiv:1705.08584; unbiased, and the rational quadratic, Binkowski et al. 2018,
    arXiv:1801.01401; w, Wang, Sun & Halgamuge 2018, arXiv:1812.09916.
    """

    name: ClassVar[str] = "mmd"
    paper: ClassVar[str] = "Li et al. 2017, arXiv:1705.08584"

    scores: Annotated[int, Ge(1)] = 16
    kernel: Literal["rbf", "rational_quadratic", "energy"] = "rbf"
    scale: Annotated[float, Gt(0)] = 1.0
    biased: bool = False
    across: float = 2.0

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """w E k(h_x, h_y) - E k(h_y, h_y') - (w - 1) E k(h_x, h_x') of features [N, k]."""
        of_real, of_fake, between = self._means(real, fake)
        return self.across * between - of_fake - (self.across - 1) * of_real

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """MMD^2."""
        if real is None:
            raise ValueError("a discrepancy is between real and fake features, got no real ones; pass them too")
        of_real, of_fake, between = self._means(real, fake)
        return of_real + of_fake - 2 * between

    def _means(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The mean kernel within the real features, within the fake ones, and across."""
        if not self.biased and min(len(real), len(fake)) < 2:
            raise ValueError(
                f"pairs of different samples need two of each, got {len(real)} real and {len(fake)} fake; "
                "try biased: true, or larger batches"
            )
        centre = wide(real).detach().mean(0)  # kernels of distance do not see it, but rounding does
        x, y = real - centre, fake - centre
        kernel = distance_kernel(self.kernel, self.scale)
        return mean_within(kernel, x, self.biased), mean_within(kernel, y, self.biased), mean_across(kernel, x, y)


@hookimpl
def rivalry_components():
    return [Mmd]
