"""Checks of densities on the plane, with sums on a fine grid in place of integrals."""

import numpy as np
import torch
from scipy import stats


def cells(dataset, reach: float, bins: int, fine: int) -> np.ndarray:
    """The probability of each of bins^2 cells of [-reach, reach]^2, by fine^2 midpoints a cell."""
    count = bins * fine
    step = 2 * reach / count
    along = -reach + step * (np.arange(count) + 0.5)
    places = np.stack(np.meshgrid(along, along, indexing="ij"), -1).reshape(-1, 2)
    density = np.exp(dataset.log_density(torch.from_numpy(places)).numpy()).reshape(bins, fine, bins, fine)
    return density.sum((1, 3)) * step**2


def chi_square_probability(points: np.ndarray, expected: np.ndarray, reach: float) -> float:
    """The chance of a histogram of the points that is as far from the expected one; rare cells are pooled."""
    edges = np.linspace(-reach, reach, len(expected) + 1)
    found = np.histogram2d(*points.T, bins=[edges, edges])[0].ravel()
    wanted = expected.ravel() * len(points)
    rare = wanted < 10
    pooled = [np.append(values[~rare], total - values[~rare].sum()) for values, total in
              ((found, len(points)), (wanted, len(points)))]  # fmt: skip
    return float(stats.chisquare(*pooled).pvalue)
