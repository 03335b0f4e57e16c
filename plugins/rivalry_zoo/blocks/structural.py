"""Structural similarity of pictures (SSIM), at one scale and at several."""

import torch
from einops import reduce
from torch import Tensor
from torch.nn import functional as F

from rivalry_zoo.blocks.feature_sets import spans

WINDOW = 11
DEVIATION = 1.5
K1, K2 = 0.01, 0.03
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the scales, finest first, as published: their sum is 1.0001."""


def exact_pictures(first: Tensor, second: Tensor, least: int = 1) -> tuple[Tensor, Tensor]:
    """Both stacks of pictures [N, C, H, W] in float64, detached; ValueError where they cannot be compared."""
    if first.shape != second.shape or first.ndim != 4 or first.numel() == 0:
        raise ValueError(
            "wanted two stacks of pictures [N, C, H, W] of one shape, at least one picture each, "
            f"got {list(first.shape)} and {list(second.shape)}"
        )
    if min(first.shape[2:]) < least:
        height, width = first.shape[2:]
        raise ValueError(f"wanted pictures of at least {least} x {least} pixels, got {height} x {width}")
    if not (torch.isfinite(first).all() and torch.isfinite(second).all()):
        raise ValueError("pictures must be finite, but hold NaN or infinity: look for a diverged generator")
    if first.device.type == "mps":  # has no float64
        first, second = first.cpu(), second.cpu()
    return first.detach().double(), second.detach().to(first.device).double()


def _band(size: int, like: Tensor) -> Tensor:
    """The matrix [size - 10, size] whose rows are the window at each place where it lies inside."""
    place = torch.arange(WINDOW).to(like) - WINDOW // 2
    weights = torch.exp(-(place**2) / (2 * DEVIATION**2))
    rows = F.pad(weights / weights.sum(), (0, size - WINDOW + 1)).repeat(size - WINDOW + 1)
    return rows[: (size - WINDOW + 1) * size].reshape(-1, size)


def _maps(first: Tensor, second: Tensor, span: float) -> tuple[Tensor, Tensor]:
    """Means [N, C] over all places of the whole index, and of its factor of contrast and structure."""
    low, high = (K1 * span) ** 2, (K2 * span) ** 2
    down, along = (_band(size, first) for size in first.shape[2:])
    # Products with band matrices: many times faster than convolutions in float64.
    a, b, squares, products = (down @ each @ along.T for each in (first, second, first**2 + second**2, first * second))
    means = a * b
    levels = a**2 + b**2
    contrast = (2 * (products - means) + high) / (squares - levels + high)
    whole = (2 * means + low) / (levels + low) * contrast
    return reduce(whole, "n c h w -> n c", "mean"), reduce(contrast, "n c h w -> n c", "mean")


def _checked(first: Tensor, second: Tensor, span: float) -> tuple[Tensor, Tensor]:
    if not span > 0:
        raise ValueError(f"span, highest less lowest value of a pixel, must be above 0, not {span}")
    return exact_pictures(first, second, WINDOW)


def similarity(first: Tensor, second: Tensor, span: float) -> Tensor:
    """SSIM [N] of pictures [N, C, H, W] whose values span `span`, in [-1, 1]: 1 only for equal ones; float64.

    The mean over channels and places of (2 ma mb + C1) (2 sab + C2) / (ma^2 + mb^2 + C1) / (sa^2 + sb^2 + C2), with
    local means and (biased) covariances under an 11 x 11 Gaussian of deviation 1.5 wherever it lies inside,
    C1 = (0.01 span)^2 and C2 = (0.03 span)^2 (Wang et al. 2004, IEEE TIP 13(4)). No picture is shrunk first, as the
    authors' program does with large ones. ValueError for other shapes than two equal ones, for sides below 11, for NaN
    or infinity and for a span that is not above 0.
    """
    first, second = _checked(first, second, span)
    parts = spans(len(first), first[0].numel())
    return torch.cat([reduce(_maps(first[part], second[part], span)[0], "n c -> n", "mean") for part in parts])


def scales(side: int, levels: int) -> int:
    """How many of `levels` scales pictures allow whose shorter side is `side`: each needs 11 pixels at the least.

    A scale has half the side of the one before, rounded up, so m scales need 10 * 2^(m - 1) + 1 pixels: 161 for five.
    """
    return max(count for count in range(1, levels + 1) if count == 1 or (WINDOW - 1) * 2 ** (count - 1) < side)


def multiscale_similarity(first: Tensor, second: Tensor, span: float, levels: int = 5) -> Tensor:
    """MS-SSIM [N] of pictures [N, C, H, W] whose values span `span`, in [0, 1]: 1 only for equal ones; float64.

    The product over scales of the mean factor of contrast and structure, at the coarsest of the mean `similarity`, each
    to the power of its of `WEIGHTS`; then the mean over channels (Wang, Simoncelli & Bovik 2003, Asilomar). Between two
    scales means of 2 x 2 pixels are taken, of fewer at an odd edge. A negative mean counts as 0, for its power is no
    real number. All five scales need sides of 161 pixels; smaller pictures get as many as `scales` says (28: two), and
    fewer than five have their weights divided by their sum: values with different numbers of scales do not compare.
    ValueError as of `similarity`, and unless `levels` is 1 to 5.
    """
    if not 1 <= levels <= len(WEIGHTS):
        raise ValueError(f"levels must be 1 to {len(WEIGHTS)}, not {levels}")
    first, second = _checked(first, second, span)
    count = scales(min(first.shape[2:]), levels)
    weights = WEIGHTS if count == len(WEIGHTS) else [weight / sum(WEIGHTS[:count]) for weight in WEIGHTS[:count]]
    parts = spans(len(first), first[0].numel())
    return torch.cat([_multiscale(first[part], second[part], span, weights) for part in parts])


def _multiscale(first: Tensor, second: Tensor, span: float, weights: tuple[float, ...] | list[float]) -> Tensor:
    product: Tensor | float = 1.0
    for scale, weight in enumerate(weights, start=1):
        whole, contrast = _maps(first, second, span)
        product = product * (whole if scale == len(weights) else contrast).clamp(min=0) ** weight
        first, second = (F.avg_pool2d(each, 2, ceil_mode=True) for each in (first, second))
    return reduce(product, "n c -> n", "mean")
