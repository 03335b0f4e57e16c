"""Independent ground truth for the mathematics of games: numpy, scipy, closed forms, never the library's formulas.

Laws p and q live on n points. A discriminator is a table of n scores; integer counts k and m turn a table into batches
whose means are exact expectations for p = k / sum k and q = m / sum m, so the library's losses need no weights.
"""

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize
from torch import Tensor

Array = NDArray[np.float64]


# Laws


@st.composite
def counts(draw: st.DrawFn, low: int = 2, high: int = 6) -> tuple[Array, Array]:
    """Two vectors of positive integer counts on the same `low` to `high` points."""
    n = draw(st.integers(low, high))
    vector = st.lists(st.integers(1, 9), min_size=n, max_size=n)
    return np.array(draw(vector)), np.array(draw(vector))


def law(count: Array) -> Array:
    return count / count.sum()


def softmax(z: Array) -> Array:
    weights = np.exp(z - z.max())
    return weights / weights.sum()


# Divergences


def kl(p: Array, q: Array) -> float:
    return float(np.sum(p * np.log(p / q)))


def js(p: Array, q: Array) -> float:
    middle = (p + q) / 2
    return (kl(p, middle) + kl(q, middle)) / 2


def tv(p: Array, q: Array) -> float:
    """Half the L1 distance, as the largest difference of probability of any event."""
    return float(np.clip(p - q, 0, None).sum())


def fisher(p: Array, q: Array) -> float:
    """d' S^+ d with d = p - q and S the sum of the two laws' indicator covariances."""
    spread = np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)
    return float((p - q) @ np.linalg.pinv(spread) @ (p - q))


# Optimal tables


def tabular_opt(
    slope_p: Callable[[Array], Array], slope_q: Callable[[Array], Array], p: Array, q: Array, bound: float = 60.0
) -> Array:
    """The table that minimises sum_i p_i a(s_i) + q_i b(s_i) for convex a, b, by bisection on their derivatives."""
    low, high = np.full(len(p), -bound), np.full(len(p), bound)
    for _ in range(200):
        middle = (low + high) / 2
        rising = p * slope_p(middle) + q * slope_q(middle) > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return (low + high) / 2


def bradley_terry(p: Array, q: Array, rounds: int = 4000) -> Array:
    """Log strengths under which point i of p beats point j of q with p_i q_j wins: Zermelo's iteration."""
    wins = np.outer(p, q)
    np.fill_diagonal(wins, 0)
    games, strength = wins + wins.T, np.ones(len(p))
    for _ in range(rounds):
        strength = wins.sum(1) / (games / (strength[:, None] + strength[None, :])).sum(1)
        strength /= strength.sum()
    return np.log(strength)


def hinge_program(rows: Array, weights: Array) -> tuple[float, Array]:
    """min over s of sum_i weights_i max(0, 1 - rows_i . s), as a linear programme: the value and a minimiser."""
    m, n = rows.shape
    result = linprog(
        np.r_[np.zeros(n), weights],
        A_ub=np.hstack([-rows, -np.eye(m)]),
        b_ub=-np.ones(m),
        bounds=[(-50, 50)] * n + [(0, None)] * m,
        method="highs",
    )
    return float(result.fun), result.x[:n]


def kr_dual(p: Array, q: Array, distance: Array) -> tuple[float, Array]:
    """The largest E_p f - E_q f over 1-Lipschitz tables f, and such a table: a linear programme."""
    n = len(p)
    pairs = list(permutations(range(n), 2))
    differences = np.zeros((len(pairs), n))
    for row, (i, j) in enumerate(pairs):
        differences[row, i], differences[row, j] = 1, -1
    limits = [distance[i, j] for i, j in pairs]
    pinned: list[tuple[float | None, float | None]] = [(0, 0)] + [(None, None)] * (n - 1)
    result = linprog(q - p, A_ub=differences, b_ub=limits, bounds=pinned, method="highs")
    return -float(result.fun), result.x


def ot_primal(p: Array, q: Array, cost: Array) -> float:
    """The least mean cost of carrying p to q: a linear programme over plans."""
    n, m = cost.shape
    plan = np.arange(n * m).reshape(n, m)
    marginals = np.zeros((n + m, n * m))
    for i in range(n):
        marginals[i, plan[i]] = 1
    for j in range(m):
        marginals[n + j, plan[:, j]] = 1
    return float(linprog(cost.ravel(), A_eq=marginals, b_eq=np.r_[p, q], bounds=(0, None), method="highs").fun)


# Bridges between tables and the library's losses of batches


def exact_batches(table: Tensor, k: Array, m: Array) -> tuple[Tensor, Tensor]:
    """Real and fake scores with each point as often as its count says: batch means are exact expectations."""
    return table.repeat_interleave(torch.tensor(k)), table.repeat_interleave(torch.tensor(m))


def all_pairs(table: Tensor, k: Array, m: Array) -> tuple[Tensor, Tensor]:
    """The exact batches, every real score beside every fake one, for objectives that pair them."""
    real, fake = exact_batches(table, k, m)
    return real.repeat_interleave(len(fake)), fake.repeat(len(real))


def at(loss: Callable[[Tensor], Tensor], table: Sequence[float] | Array) -> float:
    """The library's loss at a table of scores, in float64."""
    return float(loss(torch.tensor(np.asarray(table), dtype=torch.float64)))


def minimise(loss: Callable[[Tensor], Tensor], n: int) -> tuple[Array, float]:
    """The table of n scores that minimises the library's smooth loss, by BFGS on the library's own gradient."""

    def value_and_gradient(table: Array) -> tuple[float, Array]:
        scores = torch.tensor(table, dtype=torch.float64, requires_grad=True)
        value = loss(scores)
        value.backward()
        return value.item(), scores.grad.numpy()

    found = minimize(value_and_gradient, np.zeros(n), jac=True, method="BFGS", options={"gtol": 1e-10})
    return found.x, float(found.fun)


def generator_gradient(loss: Callable[[Tensor], Tensor], table: Array, q: Array) -> Array:
    """d/dz of E_q[loss(s)] at q = softmax(z), the table s held fixed: the score-function gradient q_j (g_j - E_q g).

    The library's loss of each single score gives g, so that no weights are needed and batches of one are exercised.
    """
    g = np.array([at(loss, [score]) for score in table])
    return q * (g - q @ g)


def slope(value: Callable[[Array], float], q: Array, step: float = 1e-5) -> Array:
    """d/dz of value(softmax(z)) at softmax(z) = q, by central differences."""
    z = np.log(q)
    steps = step * np.eye(len(q))
    return np.array([(value(softmax(z + e)) - value(softmax(z - e))) / (2 * step) for e in steps])


# The Dirac game


def dirac_eigenvalues(
    objective: Any, penalties: Sequence[tuple[Any, float]] = (), bias: float | None = None, **draw: Any
) -> Array:
    """Eigenvalues of the gradient flow where it rests, of the game between a point and a linear critic.

    Real data sit at 0, the generator's point at theta, the critic is psi x (+ bias): each follows its own library loss.
    Sorted by real, then imaginary part.
    """

    def flow(state: Tensor) -> Tensor:
        theta, psi = state[0], state[1]
        offset = state[2] if bias is not None else 0.0

        def judge(x: Tensor) -> Tensor:
            return (psi * x + offset).squeeze(1)

        real, fake = torch.zeros(1, 1, dtype=state.dtype), theta.reshape(1, 1)
        cost = objective.discriminator_loss(judge(real), judge(fake))
        for penalty, strength in penalties:
            cost = cost + strength * penalty(judge, real, fake, **draw)
        gain = objective.generator_loss(judge(real), judge(fake))
        (along_theta,) = torch.autograd.grad(gain, theta, create_graph=True)
        others = torch.autograd.grad(cost, state, create_graph=True)[0][1:]
        return -torch.cat([along_theta.reshape(1), others])

    rest = torch.tensor([0.0, 0.0] if bias is None else [0.0, 0.0, bias], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(flow, rest)
    return np.sort_complex(np.round(np.linalg.eigvals(jacobian.numpy()), 9).astype(complex))
