"""Which points lie in which balls, pair by pair, as numpy says."""

import numpy as np


def squares(a, b):
    """Squared distances [N, M] by differences, exact for integers."""
    a, b = (np.asarray(points, dtype=np.float64) for points in (a, b))
    return np.array([[((x - y) ** 2).sum() for y in b] for x in a]).reshape(len(a), len(b))


def radii(points, k):
    """Squared distances [N] to the k-th nearest other."""
    table = squares(points, points)
    return np.array([sorted(np.delete(row, i))[k - 1] for i, row in enumerate(table)])


def strictly_inside(centres, points, k):
    """Whether [N, M] each point lies strictly inside the ball around each centre."""
    return squares(centres, points) < radii(centres, k)[:, None]


def inside(centres, points, k):
    """The same with boundaries."""
    return squares(centres, points) <= radii(centres, k)[:, None]


def awkward(kind, rng, n, m, d):
    """Two sets of points [n, d] and [m, d] on which products of rounded points go wrong."""
    x, y = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    both = min(n, m)
    match kind:
        case "offset":
            x, y = x + 1e4, y + 1e4
        case "duplicates":
            x[n // 2 :], y[:both] = x[: n - n // 2], x[:both]
        case "sizes":
            x *= np.exp(5 * rng.normal(size=(n, 1)))
        case "clusters":
            x, y = 1e-3 * x + 1e3 * rng.integers(0, 2, (n, 1)), 1e-3 * y + 1e3 * rng.integers(0, 2, (m, 1))
        case "integers":
            x, y = np.round(2 * x), np.round(2 * y)
        case "tiny":
            x, y = 1e-30 * x, 1e-30 * y
        case "constant":
            x[:], y[: m // 2] = 0.3, 0.3
        case "shells":
            # The distances from the first point differ by parts of 1e-9.
            x[1:] *= (1 + 1e-9 * rng.normal(size=(n - 1, 1))) / np.linalg.norm(x[1:], axis=1, keepdims=True)
            y *= (1 + 1e-9 * rng.normal(size=(m, 1))) / np.linalg.norm(y, axis=1, keepdims=True)
            x[0] = 0
    return x, y


KINDS = ("generic", "offset", "duplicates", "sizes", "clusters", "integers", "tiny", "constant", "shells")
