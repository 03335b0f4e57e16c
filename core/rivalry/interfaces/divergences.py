"""What measures how far two laws are apart, as data."""

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor

from rivalry.interfaces.component import Component


class Divergence(Component):
    """An f-divergence D_f(p || q) = sum q f(p / q), as the triple (f, g, f* o g) that a game needs of it.

    `f` is convex on u >= 0; `g`, here `output`, increases and maps the scores into the domain of the conjugate
    f*(t) = sup_u ut - f(u); the third is written as one function of the score, for f* after g would round and overflow
    where the composition does not. Any scores v bound the divergence from below, by E_p[g(v)] - E_q[f*(g(v))]; the v*
    with g(v*) = f'(p / q) attain it. `threshold` is f'(1), the output that leaves real and fake undecided; where f has
    a kink there, any slope under f.

    D_f(p || p) = f(1), which is 0 unless a divergence says that it is shifted. A divergence is a row of data, hence
    rows share a file. A conjugate that grows exponentially overflows where its scores do: nothing is clamped.
    """

    kind = "divergence"
    rows = True
    threshold: ClassVar[float]

    @abstractmethod
    def f(self, u: Tensor) -> Tensor:
        """The generating function of density ratios u >= 0, elementwise."""

    @abstractmethod
    def output(self, v: Tensor) -> Tensor:
        """g(v), the variational function's value of scores v, elementwise."""

    @abstractmethod
    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """f*(g(v)) of scores v, elementwise, in its stable form."""
