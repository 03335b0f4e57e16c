"""A batch spread out as widely as its law asks for."""

from math import lgamma, log, pi
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from einops import rearrange
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry.marks import Ge
from rivalry_zoo.blocks.precision import wide


@frozen
class MinusEntropy(Loss):
    """Minus the differential entropy of the samples' law, estimated from distances to the k-th nearest neighbour. Of
    samples [N, ...], flattened to [N, d].

        -H = psi(k) - psi(N) - log V_d - d/N sum_i log r_i

    with r_i the distance from sample i to its `k`-th nearest other one, V_d = pi^(d/2) / Gamma(d/2 + 1) the volume of
    the unit ball and psi the digamma function. In nats; consistent for any law with a density, whatever its shape, at a
    bias that grows with d. A scale of a adds -d log a, a shift nothing.

    It makes a generator the model of an energy U: KL(q || exp(-U) / Z) = E_q[U] - H(q) + log Z, so that a generator
    that descends E_q[U] (objectives `wasserstein`, `ebgan`) and this loss with weight 1 draws from the energy's law.
    Samples that coincide cost much and push nowhere: their distance counts as the least normal number. Half precision
    is computed in float32.

    Raises ValueError unless N > k.

    Paper: Kozachenko & Leonenko 1987, Problems of Information Transmission 23; for k > 1 Kraskov, Stogbauer &
    Grassberger 2003, arXiv:cond-mat/0305641.
    """

    name: ClassVar[str] = "minus_entropy"
    paper: ClassVar[str] = "Kozachenko & Leonenko 1987; Kraskov, Stogbauer & Grassberger 2003, arXiv:cond-mat/0305641"

    k: Annotated[int, Ge(1)] = 1

    def forward(self, samples: Tensor) -> Tensor:
        """Minus the entropy, a scalar."""
        x = rearrange(wide(samples), "n ... -> n (...)")
        n, d = x.shape
        if n <= self.k:
            raise ValueError(f"wanted more samples than neighbours, got {n} for k={self.k}; take a larger batch")
        apart = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
        others = apart.masked_fill(torch.eye(n, dtype=torch.bool, device=x.device), torch.inf)
        radius = others.topk(self.k, largest=False).values[:, -1].clamp(min=torch.finfo(x.dtype).tiny)
        digammas = sum(1 / i for i in range(self.k, n))  # psi(N) - psi(k)
        volume = d / 2 * log(pi) - lgamma(d / 2 + 1)
        return -(digammas + volume) - d * radius.log().mean()


@hookimpl
def rivalry_components():
    return [MinusEntropy]
