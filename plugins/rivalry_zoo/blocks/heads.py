"""What a critic says besides its scores: heads that read its features, and taps of its inner layers."""

from collections import namedtuple
from collections.abc import Iterable, Mapping
from keyword import iskeyword
from typing import Annotated, Any, Literal, NamedTuple

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Shape
from rivalry.marks import Gt

Heads = dict[str, dict[Literal["classes", "gaussian"], Annotated[int, Gt(0)]]]
"""Head -> what it foretells: a label of so many classes, a vector of so many components, or both."""


class Gaussian(NamedTuple):
    """Independent Gaussians, each tensor [N, ...]."""

    mean: Tensor
    log_variance: Tensor


class Mixed(NamedTuple):
    """A label and, independently of it, a Gaussian vector: logits [N, K], the others [N, d]."""

    logits: Tensor
    mean: Tensor
    log_variance: Tensor


def gaussian(values: Tensor, shape: Shape) -> Gaussian:
    """A linear layer's [N, 2 * size] as means and log-variances [N, *shape]."""
    mean, log_variance = values.chunk(2, 1)
    return Gaussian(mean.reshape(len(mean), *shape), log_variance.reshape(len(mean), *shape))


class Head(nn.Module):
    """A linear layer on features [N, ...]: logits [N, classes], a Gaussian of [N, gaussian] each, or Mixed."""

    def __init__(self, inside: int, classes: int = 0, gaussian: int = 0) -> None:
        super().__init__()
        self.sizes = [size for size in (classes, gaussian, gaussian) if size]
        self.linear = nn.Linear(inside, sum(self.sizes))

    def forward(self, features: Tensor) -> Tensor | Gaussian | Mixed:
        parts = self.linear(rearrange(features, "n ... -> n (...)")).split(self.sizes, 1)
        return parts[0] if len(parts) == 1 else Gaussian(*parts) if len(parts) == 2 else Mixed(*parts)


def as_scores(rows: Tensor) -> Tensor:
    """Scores [N] of a critic that gives one a sample [N, 1], or vectors [N, k]."""
    return rows.squeeze(1) if rows.shape[1] == 1 else rows


def branch_names(arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The named outputs of a critic made with these arguments: its heads, then its taps."""
    return *(arguments.get("heads") or {}), *arguments.get("taps", ())


def check_names(heads: Heads, taps: Iterable[str], places: Iterable[str], owner: str) -> None:
    """ValueError for heads without content or of unfit names, and for taps of layers that there are not."""
    for name, sizes in heads.items():
        if not name.isidentifier() or iskeyword(name) or name == "scores" or hasattr(nn.ModuleDict, name):
            raise ValueError(f"{owner} cannot call a head '{name}'; choose another word, such as '{name}_head'")
        if not sizes:
            raise ValueError(f"{owner} has a head '{name}' that foretells nothing; write {{classes: 10}} or the like")
    missing = [tap for tap in taps if tap not in places]
    if missing:
        raise ValueError(f"{owner} has no layer '{missing[0]}' to tap; it has {', '.join(places) or 'none'}")
    names = [*heads, *taps]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"{owner} has two outputs called '{twice[0]}'; give each head and tap a name of its own")


class Branches(nn.Module):
    """A critic's heads and taps. Without any it holds no weights and hands scores on as they are.

    `places` says where in the critic's stack each layer that may be tapped is done. Raises ValueError for heads and
    taps that do not fit.
    """

    def __init__(
        self, heads: Heads | None, taps: Iterable[str], inside: int, places: Mapping[str, int], owner: str
    ) -> None:
        super().__init__()
        heads, taps = heads or {}, tuple(taps)
        check_names(heads, taps, places, owner)
        self.taps = {places[name]: name for name in taps}
        self.heads = nn.ModuleDict({name: Head(inside, **sizes) for name, sizes in heads.items()})
        names = branch_names({"heads": heads, "taps": taps})
        self.outputs = namedtuple("Outputs", ["scores", *names]) if names else None

    def through(self, stack: Iterable[nn.Module], x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The stack's features of x, and what is tapped on the way."""
        tapped = {}
        for place, layer in enumerate(stack):
            x = layer(x)
            if place in self.taps:
                tapped[self.taps[place]] = x
        return x, tapped

    def beside(self, scores: Tensor, features: Tensor, tapped: Mapping[str, Tensor]) -> Any:
        """The scores [N], in a NamedTuple with what the heads read in the features and what was tapped, if anything."""
        if self.outputs is None:
            return scores
        return self.outputs(scores, **{name: head(features) for name, head in self.heads.items()}, **tapped)
