"""Pairs rows with columns at the least cost."""

from collections.abc import Sequence
from math import inf


def assign(cost: Sequence[Sequence[float]]) -> list[int]:
    """The column of each row, all different, such that the costs add up to the least; needs rows <= columns.

    The Hungarian method in n^2 m steps: rows join one at a time along a cheapest alternating path, with prices that
    keep every reduced cost >= 0 (Kuhn 1955; Jonker & Volgenant 1987).
    """
    n, m = len(cost), len(cost[0])
    if n > m:
        raise ValueError(f"wanted at most as many rows as columns, got {n} and {m}: transpose the costs")
    row_price, column_price = [0.0] * (n + 1), [0.0] * (m + 1)
    owner = [0] * (m + 1)  # row of each column, counted from 1; column 0 holds the row that is joining
    for row in range(1, n + 1):
        owner[0], column = row, 0
        least, before, done = [inf] * (m + 1), [0] * (m + 1), [False] * (m + 1)
        while owner[column]:
            done[column] = True
            here = owner[column]
            for j in range(1, m + 1):
                reduced = cost[here - 1][j - 1] - row_price[here] - column_price[j]
                if not done[j] and reduced < least[j]:
                    least[j], before[j] = reduced, column
            _, following = min((least[j], j) for j in range(1, m + 1) if not done[j])
            step = least[following]
            for j in range(m + 1):
                if done[j]:
                    row_price[owner[j]] += step
                    column_price[j] -= step
                else:
                    least[j] -= step
            column = following
        while column:
            owner[column] = owner[before[column]]
            column = before[column]
    found = [0] * n
    for j in range(1, m + 1):
        if owner[j]:
            found[owner[j] - 1] = j - 1
    return found
