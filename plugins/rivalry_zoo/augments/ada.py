"""Augmentations that a generator cannot learn, because they happen with a probability below one."""

from math import pi
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from rivalry.hooks import hookimpl
from rivalry.interfaces import Augment
from rivalry.marks import Draws, Ge, Le, Number
from rivalry.streams import Stream
from rivalry_zoo.blocks.precision import wide


@frozen
class Ada(Draws, Augment):
    """Images [N, C, H, W] of range about [-1, 1], each transformed or not, each time with the given probability.

    blit      mirroring, a quarter turn (of 0 to 3), a shift by whole pixels, up to 1/8 of the side
    geometry  scaling by 2^N(0, 0.2^2), the same across one axis against the other, before and after it turns by any
              angle, with probability 1 - sqrt(1 - p) each, a shift by N(0, 1/8^2) of the side
    colour    adding N(0, 0.2^2), multiplying by 2^N(0, 0.5^2)

    The paper's default groups, in its order, without the three transforms that need three colours. A transform that
    leaves enough samples alone can be undone in law, so that the generator still learns the plain data. All movements
    are one bilinear sampling, reflected at the borders. A sample that nothing moves comes back bit for bit; the
    function is twice differentiable. The probability may be a tensor: nothing branches on it.
    """

    name: ClassVar[str] = "ada"
    paper: ClassVar[str] = "Karras et al. 2020, arXiv:2006.06676, section 2 and appendix B"

    probability: Annotated[Number, Ge(0), Le(1)] = 0.2
    blit: bool = True
    geometry: bool = True
    colour: bool = True

    def __call__(self, x: Tensor, *, draw: Stream) -> Tensor:
        """The images [N, C, H, W], transformed."""
        moved = self._moved(wide(x), draw) if self.blit or self.geometry else wide(x)
        return (self._coloured(moved, draw) if self.colour else moved).to(x.dtype)

    def _moved(self, x: Tensor, draw: Stream) -> Tensor:
        (n, _, height, width), p = x.shape, self.probability
        same = torch.eye(2, device=x.device)
        sides = torch.stack([same.new_full((), width), same.new_full((), height)])  # across, down
        matrix, shift = same.expand(n, 2, 2), same.new_zeros(n, 2, 1)
        if self.blit:  # from pixels of the result to pixels of x, both counted from the centre: matrix q + shift
            mirror = _either(draw, p, 1.0 - 2.0 * draw.integers(2, n), 1.0)
            quarter = _either(draw, p, draw.integers(4, n), 0)
            whole = ((2 * draw.uniform(n, 2) - 1) * sides / 8).round()
            matrix = _scaled(mirror, torch.ones_like(mirror)) @ _turned(quarter * (pi / 2)).round()
            shift = matrix @ _either(draw, p, whole, 0.0)[..., None]
        if self.geometry:
            rotates = 1 - (1 - p) ** 0.5
            size = _either(draw, p, torch.exp2(0.2 * draw.normal(n)), 1.0)
            before, after = (_either(draw, rotates, pi * (2 * draw.uniform(n) - 1), 0.0) for _ in range(2))
            aspect = _either(draw, p, torch.exp2(0.2 * draw.normal(n)), 1.0)
            matrix = matrix @ _scaled(size, size) @ _turned(before) @ _scaled(aspect, 1 / aspect) @ _turned(after)
            shift = shift + matrix @ _either(draw, p, draw.normal(n, 2) * sides / 8, 0.0)[..., None]
        unit = matrix * sides / sides[:, None]  # affine_grid counts from -1 to 1
        grid = affine_grid(torch.cat([unit, 2 * shift / sides[:, None]], 2).to(x), list(x.shape), align_corners=False)
        found = grid_sample(x, grid, padding_mode="reflection", align_corners=False)
        still = (matrix == same).flatten(1).all(1) & (shift == 0).flatten(1).all(1)
        return torch.where(still[:, None, None, None], x, found)

    def _coloured(self, x: Tensor, draw: Stream) -> Tensor:
        n = len(x)
        brightness = _either(draw, self.probability, 0.2 * draw.normal(n), 0.0)
        contrast = _either(draw, self.probability, torch.exp2(0.5 * draw.normal(n)), 1.0)
        return (x + brightness.to(x)[:, None, None, None]) * contrast.to(x)[:, None, None, None]


def _either(draw: Stream, probability: float | Tensor, values: Tensor, neutral: float) -> Tensor:
    """Each sample's value [N, ...] with the probability, else the neutral one."""
    chosen = draw.uniform(len(values)) < probability
    return torch.where(chosen if values.ndim == 1 else chosen[:, None], values, neutral)


def _scaled(across: Tensor, down: Tensor) -> Tensor:
    """Diagonal matrices [N, 2, 2]."""
    return torch.diag_embed(torch.stack([across, down], 1))


def _turned(angle: Tensor) -> Tensor:
    """Rotations [N, 2, 2]."""
    cosine, sine = angle.cos(), angle.sin()
    return torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)


@hookimpl
def rivalry_components():
    return [Ada]
