"""Sets of points whose distances are fast matrix products, right up to a bound, and exact where one asks again."""

from collections.abc import Iterator
from math import frexp, isfinite, ldexp

import torch
from attrs import frozen
from torch import Tensor

from rivalry_zoo.blocks.distances import unrounded
from rivalry_zoo.blocks.feature_sets import aligned, exact_pair, spans

TILE = 1024
"""Rows and columns of the part of a distance matrix that is in memory at a time."""


@frozen(eq=False)
class Cloud:
    """Points [N, d] as given, and as rows of matrix products.

    With x a point less the centre in units of 1 / `scale`, rounded, a row is (x, -h, 1), h half of |x|^2 less the
    `margins`. The product of a row and of another with its last two columns exchanged is their closeness: -1/2 of a
    lower bound of the squared distance, which is at most twice both margins larger. `norms` are at least those of the
    points as given, in the same unit.
    """

    points: Tensor
    rows: Tensor
    margins: Tensor
    norms: Tensor
    scale: float

    def __len__(self) -> int:
        return len(self.points)


def keeps_float32(device: torch.device) -> bool:
    """Whether matrix products of float32 keep its precision, rather than being allowed TF32 or bfloat16."""
    backend = torch.backends.cuda if device.type == "cuda" else torch.backends.mkldnn
    precision = getattr(getattr(backend, "matmul", None), "fp32_precision", None)
    if precision is None:  # an older torch
        return torch.get_float32_matmul_precision() == "highest"
    return precision in ("none", "ieee")


def _cloud(points: Tensor, centre: Tensor, peak: float, dtype: torch.dtype) -> Cloud:
    n, d = points.shape
    scale = ldexp(1.0, min(-frexp(peak)[1], 1000))
    rows = aligned(n, d + 2, dtype, points.device)
    squares = torch.empty(n, dtype=torch.float64, device=points.device)
    for part in spans(n, d):
        gaps = (points[part].double() - centre).mul_(scale)
        rows[part, :d] = gaps
        squares[part] = gaps.square_().sum(1)
    # In half units of the product's precision: 2 (d + 2) for its sum in any order, of terms that add up to twice the
    # squares, 4 for the points' rounding, 2 for the squares being those of what is not rounded, and 1 for h's. Those of
    # float64 are the squares' own. No coordinate exceeds 1, so that what underflows is below 2^-100.
    roundings = (2 * d + 14) * (torch.finfo(dtype).eps + torch.finfo(torch.float64).eps) / 2
    margins = roundings / (1 - roundings) * squares + (squares > 0) * 2.0**-100
    rows[:, d], rows[:, d + 1] = -0.5 * (squares - margins), 1.0
    return Cloud(points, rows, margins, squares.sqrt() + scale * centre.norm(), scale)


def clouds(real: Tensor, *others: Tensor, at_least: int = 1) -> list[Cloud]:
    """Two or more sets [N, d] as clouds whose distances are comparable; ValueError for what `exact_pair` refuses."""
    for other in others:
        home = exact_pair(real[:at_least], other[:at_least], at_least)[0].device
    sets = [points.detach().to(home) for points in (real, *others)]
    # Some of the points are enough for a centre. Of equal ones, it is one of them.
    origin = sets[0][0].double()
    some = torch.cat([points[:: max(1, len(points) // 256)].double() for points in sets]) - origin
    centre = origin + some.mean(0)
    peaks = torch.stack([bound.double() for points in sets for bound in points.aminmax()]).abs()
    peak = float(peaks.max() + centre.abs().max())
    if not isfinite(peak):
        for other in others:
            exact_pair(real, other)
        raise ValueError("features must not be larger than 1e307: look for a diverged generator")
    fast = keeps_float32(home) and len(centre) < 1 << 20
    return [_cloud(points, centre, peak, torch.float32 if fast else torch.float64) for points in sets]


def closeness(a: Cloud, b: Cloud, size: int, upper: bool = False) -> Iterator[tuple[slice, slice, Tensor]]:
    """Which points of a and of b, and their closeness, in parts of at most `size` x `size`; with `upper` only those on
    and above the diagonal.
    """
    d = a.points.shape[1]
    for columns in spans(len(b), 1, size):
        others = aligned(columns.stop - columns.start, d + 2, b.rows.dtype, b.rows.device).T
        others[:d], others[d:] = b.rows[columns, :d].T, b.rows[columns, d:].flip(1).T
        for rows in spans(columns.stop if upper else len(a), 1, size):
            with unrounded(others):
                values = a.rows[rows] @ others
            yield rows, columns, values


def near(values: Tensor, limits: Tensor, of: int) -> tuple[Tensor, Tensor, Tensor]:
    """The pairs of a part [r, c] of the closeness that reach a limit of their row (`of` 0) or column (1): the row or
    column, in rising order, the column or row, and the closeness.

    Most are left out sixteen at a time, by the largest.
    """
    across = values.shape[1 - of]
    some = 1 if across % 16 else 16
    groups = values.unflatten(1 - of, (some, -1)).movedim(1 - of, 0)
    hits = groups.amax(0) >= limits.unsqueeze(1 - of)
    i, j = hits.movedim(of, 0).nonzero(as_tuple=True)
    close = groups[:, j, i] if of else groups[:, i, j]
    pair, member = (close >= limits[i]).T.nonzero(as_tuple=True)
    return i[pair], j[pair] + member * (across // some), close[member, pair]


def apart(a: Cloud, b: Cloud, i: Tensor, j: Tensor) -> Tensor:
    """The squared distances [P] of points i of a and j of b, by differences in float64."""
    rows, row = i.unique(return_inverse=True)
    columns, column = j.unique(return_inverse=True)
    if 8 * len(i) > len(rows) * len(columns):
        whole = (a.points[rows].double() * a.scale, b.points[columns].double() * a.scale)
        return torch.cdist(*whole, compute_mode="donot_use_mm_for_euclid_dist").square()[row, column]
    found = torch.empty(len(i), dtype=torch.float64, device=i.device)
    for part in spans(len(i), a.points.shape[1]):
        gaps = a.points[i[part]].double().sub_(b.points[j[part]]).mul_(a.scale)
        found[part] = gaps.square_().sum(1)
    return found


def tie(radii: Tensor, norms: Tensor, d: int) -> Tensor:
    """How far squared distances may differ from squared radii and still be equal but for rounding in float64.

    The last bits of two points, of norms that add up to `norms`, move their distance by 2^-53 norms, hence its square
    and that which it is compared with by 2^-52 r norms each (doubled here); sums of d terms have d roundings each.
    """
    return 2.0**-50 * radii.sqrt() * norms + (2 * d + 16) * 2.0**-53 * radii
