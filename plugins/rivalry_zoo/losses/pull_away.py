"""A batch whose codes point in all directions."""

from typing import ClassVar

from attrs import frozen
from einops import rearrange
from torch import Tensor
from torch.nn.functional import normalize

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.precision import wide


@frozen
class PullAway(Loss):
    """The mean squared cosine between the codes of two samples of a batch. Of codes [N, ...], flattened to [N, d].

        1 / (N (N - 1)) sum_{i != j} (S_i . S_j / |S_i| |S_j|)^2

    0 exactly if all codes are orthogonal, which takes d >= N; 1 exactly if all lie on one line; 1 / d on average for
    codes that point anywhere. Lengths do not count; a code of zeros has cosine 0 with all, and a batch of one is worth
    0. It stands in for minus an entropy, of which it is neither a value nor a bound.

    EBGAN lets the generator descend it, of its samples' codes in the critic: `{use: pull_away, of: D(fake).code,
    weight: 0.1, trains: [G]}`. Half precision is computed in float32.

    Raises ValueError for codes of a single number.

    Paper: Zhao, Mathieu & LeCun 2016, arXiv:1609.03126, section 2.4.
    """

    name: ClassVar[str] = "pull_away"
    paper: ClassVar[str] = "Zhao, Mathieu & LeCun 2016, arXiv:1609.03126, section 2.4"

    def forward(self, codes: Tensor) -> Tensor:
        """The mean over all pairs of different samples, a scalar."""
        flat = rearrange(wide(codes), "n ... -> n (...)")
        n, d = flat.shape
        if d < 2:
            raise ValueError(f"codes of one number lie on one line, got shape {tuple(codes.shape)}; take wider ones")
        directions = normalize(flat, dim=1)
        cosines = directions @ directions.T
        pairs = cosines.square().sum() - cosines.diagonal().square().sum()
        return pairs / max(n * (n - 1), 1)


@hookimpl
def rivalry_components():
    return [PullAway]
