"""Mean and covariance of feature vectors that arrive in parts, in bounded memory."""

from attrs import define
from torch import Tensor

PART = 4096
"""Rows that are widened to float64 at a time."""


def gram(rows: Tensor, blocks: int = 8) -> Tensor:
    """rows' rows [d, d] of rows [n, d], of which only half is computed and then mirrored."""
    d = rows.shape[1]
    out, size = rows.new_empty(d, d), -(-d // blocks)
    for start in range(0, d, size):
        end = min(start + size, d)
        out[start:, start:end] = rows[:, start:].T @ rows[:, start:end]
        out[start:end, end:] = out[end:, start:end].T
    return out


@define(eq=False)
class FeatureStatistics:
    """Count, mean [d] and covariance [d, d] (over count - 1) of features [n, d], added part by part; float64.

    Each part is centred on its own mean before it is squared, and joined to the rest as by Chan, Golub & LeVeque 1979:
    an offset that dwarfs the spread costs no digits.
    """

    count: int = 0
    mean: Tensor | None = None
    scatter: Tensor | None = None
    """Summed products of deviations from the mean."""

    def add(self, features: Tensor) -> None:
        """Take in features [n, d], n >= 0."""
        for part in features.detach().split(PART):
            if len(part):
                rows = (part.cpu() if part.device.type == "mps" else part).double()  # mps has no float64
                mean = rows.mean(0)
                rows = rows - mean
                self.join(FeatureStatistics(len(rows), mean, gram(rows)))

    def join(self, other: "FeatureStatistics") -> None:
        """Take in what another has seen, as from another process."""
        if other.mean is None or other.scatter is None:
            return
        if self.mean is None or self.scatter is None:
            self.count, self.mean, self.scatter = other.count, other.mean.clone(), other.scatter.clone()
            return
        total, apart = self.count + other.count, other.mean - self.mean
        self.scatter += other.scatter
        self.scatter.addr_(apart, apart, alpha=self.count * other.count / total)
        self.mean += apart * (other.count / total)
        self.count = total

    @property
    def covariance(self) -> Tensor:
        """ValueError for fewer than two vectors."""
        if self.scatter is None or self.count < 2:
            raise ValueError(f"a covariance takes at least 2 feature vectors, not {self.count}: draw more samples")
        return self.scatter / (self.count - 1)
