"""Ways from one point of a space to another."""

import torch
from torch import Tensor

PARALLEL = 1e-6
"""Two directions closer than this sine have no arc of their own between them."""


def _beside(shares: Tensor, points: Tensor) -> Tensor:
    return shares.to(points).reshape(-1, *[1] * (points.ndim - 1))


def lerp(first: Tensor, second: Tensor, shares: Tensor) -> Tensor:
    """The points first + t (second - first) of points [N, ...] for shares t [N], also beyond either end."""
    return first + _beside(shares, first) * (second - first)


def slerp(first: Tensor, second: Tensor, shares: Tensor) -> Tensor:
    """Points on the arcs between points [N, ...], each one vector, for shares t [N] of the angle between them.

    The direction moves along the great circle at constant speed and the length linearly from |first| to |second|, so
    that points stay where Gaussian ones lie: the midpoint of a straight line would be 0.71 times as long. Shoemake
    1985, doi:10.1145/325334.325242, for unit vectors; White 2016, arXiv:1609.04468, for latents. Where the angle is 0
    or pi (always in one dimension), or a length 0, there is no such arc: the straight line is taken.
    """
    a, b = first.flatten(1), second.flatten(1)
    t = _beside(shares, a)
    near, far = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    u, v = a / torch.where(near > 0, near, 1.0), b / torch.where(far > 0, far, 1.0)
    cosine = (u * v).sum(1, keepdim=True)
    aside = v - cosine * u
    sine = aside.norm(dim=1, keepdim=True)
    arc = (sine > PARALLEL) & (near > 0) & (far > 0)
    angle = t * torch.atan2(sine, cosine)
    turned = angle.cos() * u + angle.sin() * aside / torch.where(arc, sine, 1.0)
    bent = turned * (near + t * (far - near))
    return torch.where(arc, bent, lerp(a, b, shares)).reshape(first.shape)
