"""What judges: objectives, penalties and other losses."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Literal, final

import torch
from torch import Tensor, nn

from rivalry.interfaces.component import Component
from rivalry.marks import SeesSamples
from rivalry.streams import Stream

Scores = Tensor | Sequence[Tensor]
Samples = tuple[Tensor, Tensor]
"""Real and fake samples [N, ...]."""


def _by_sample(scores: Tensor) -> Tensor:
    """Scores as [N, k], so that [N] and [N, 1] can never broadcast to [N, N]."""
    return scores.flatten(1) if scores.ndim > 1 else scores.unsqueeze(1)


def _over_scales(loss: Callable[[Any, Any], Tensor], real: Scores | None, fake: Scores) -> Tensor:
    if isinstance(fake, Tensor):
        return loss(None if real is None else _by_sample(real), _by_sample(fake))  # type: ignore[arg-type]
    reals: Sequence[Tensor | None] = [None] * len(fake) if real is None else real  # type: ignore[assignment]
    losses = [loss(None if r is None else _by_sample(r), _by_sample(f)) for r, f in zip(reals, fake, strict=True)]
    return torch.stack(losses).mean()


class Objective(Component):
    """The two sides of a game, as pure functions of scores.

    A subclass writes `discriminator` and `generator` for scores [N, k]; users call the two final methods, which accept
    [N], [N, 1], [N, 1, h, w] or a list over scales (the mean over scales). The marker `ComparesScores` asks for `real`
    in the generator's turn; for other objectives it is None there. With the marker `SeesSamples` both methods also
    receive `samples`, the real and the fake samples [N, ...] that the scores are of.
    """

    kind = "objective"
    scores: int = 1
    """How many scores a sample it wants of its judge: 1, or the width of the feature vectors [N, k] that it judges."""
    no_linear_critic: ClassVar[str] = ""
    """Why a linear critic cannot serve it, where that is so: `rivalry dynamics` says it and leaves the game alone."""

    @abstractmethod
    def discriminator(self, real: Tensor, fake: Tensor, **samples: Samples) -> Tensor:
        """The discriminator's loss of scores real [N, k] and fake [N, k]."""

    @abstractmethod
    def generator(self, real: Tensor | None, fake: Tensor, **samples: Samples) -> Tensor:
        """The generator's loss of the same scores."""

    @final
    def discriminator_loss(self, real: Scores, fake: Scores, samples: Samples | None = None) -> Tensor:
        """What the discriminator minimises, a scalar."""
        return _over_scales(partial(self.discriminator, **self._seen(samples)), real, fake)

    @final
    def generator_loss(self, real: Scores | None, fake: Scores, samples: Samples | None = None) -> Tensor:
        """What the generator minimises, a scalar."""
        return _over_scales(partial(self.generator, **self._seen(samples)), real, fake)

    def _seen(self, samples: Samples | None) -> dict[str, Any]:
        if not isinstance(self, SeesSamples):
            return {}
        if samples is None:
            raise ValueError(f"'{self.name}' sees the samples too; hand over samples=(real, fake), each [N, ...]")
        return {"samples": samples}


class SeparableObjective(Objective):
    """An objective whose sides are means of one function of each score.

        discriminator   E_p[real_term(s)] + E_q[fake_term(s)]
        generator       E_q[generated_term(s)]

    A subclass writes the three functions, elementwise for scores of any shape.
    """

    @abstractmethod
    def real_term(self, scores: Tensor) -> Tensor:
        """What the discriminator pays for a real sample with each of these scores."""

    @abstractmethod
    def fake_term(self, scores: Tensor) -> Tensor:
        """What the discriminator pays for a fake sample with each of these scores."""

    @abstractmethod
    def generated_term(self, scores: Tensor) -> Tensor:
        """What the generator pays for a sample with each of these scores."""

    @final
    def discriminator(self, real: Tensor, fake: Tensor, **samples: Samples) -> Tensor:
        """E_p[real_term(s)] + E_q[fake_term(s)] of scores [N, k]."""
        return self.real_term(real).mean() + self.fake_term(fake).mean()

    @final
    def generator(self, real: Tensor | None, fake: Tensor, **samples: Samples) -> Tensor:
        """E_q[generated_term(s)] of scores [N, k]."""
        return self.generated_term(fake).mean()


Judge = Callable[..., Scores]


def total_score(scores: Scores) -> Tensor:
    """The sum of all scores, whose gradient by the samples is each sample's own input gradient."""
    return scores.sum() if isinstance(scores, Tensor) else torch.stack([part.sum() for part in scores]).sum()


def input_gradient(scores: Scores, samples: Tensor | Sequence[Tensor]) -> Tensor:
    """The gradient of each sample's score by the sample [N, ...], itself differentiable (double backward).

    Of a joint sample: by all its members that require gradients together, [N, d]; the others are conditions.
    """
    if isinstance(samples, Tensor):
        (gradient,) = torch.autograd.grad(total_score(scores), samples, create_graph=True)
        return gradient
    free = [part for part in samples if part.requires_grad]
    found = torch.autograd.grad(total_score(scores), free, create_graph=True)
    return torch.cat([gradient.flatten(1) for gradient in found], 1)


class Penalty(Component):
    """A cost of the judge alone, added to its owner's loss.

    `forward(judge, real, fake)` for penalties that need the critic at points of their own; `judge(sample)` is the whole
    judge expression. With the marker `Draws` it also receives `draw`.
    """

    kind = "penalty"

    @abstractmethod
    def forward(self, judge: Judge, real: Tensor, fake: Tensor, **draw: Stream) -> Tensor:
        """The penalty, a scalar, on detached samples [N, ...]."""

    @final
    def __call__(self, judge: Judge, real: Tensor, fake: Tensor, **draw: Stream) -> Tensor:
        return self.forward(judge, real, fake, **draw)


class SamplePenalty(Penalty):
    """A penalty on the input gradient at the samples that are scored anyway: it shares the loss's forward.

    `at` says which samples; a subclass writes `of_gradient`.
    """

    at: ClassVar[Literal["real", "fake"]]

    @abstractmethod
    def of_gradient(self, gradient: Tensor) -> Tensor:
        """The penalty, a scalar, of the input gradients [N, ...]."""

    @final
    def forward(self, judge: Judge, real: Tensor, fake: Tensor, **draw: Stream) -> Tensor:
        samples = (real if self.at == "real" else fake).detach().requires_grad_()
        return self.of_gradient(input_gradient(judge(samples), samples))


class NetworkPenalty(Penalty):
    """A penalty on a network's own weights, of any network that its entry names with `on`, or of a game's judge.

    A subclass writes `of_network`.
    """

    @abstractmethod
    def of_network(self, network: nn.Module) -> Tensor:
        """The penalty, a scalar, of a network's weights."""

    @final
    def forward(self, judge: Judge, real: Tensor, fake: Tensor, **draw: Stream) -> Tensor:
        if not isinstance(judge, nn.Module):
            raise TypeError(f"'{self.name}' is of a network's weights: hand over the network itself")
        return self.of_network(judge)


class Loss(Component):
    """Any other scalar of named tensors: `forward(*tensors) -> scalar`."""

    kind = "loss"
    compares: ClassVar[bool] = False
    """True where all tensors must have one shape, so that facts flow between them."""

    @abstractmethod
    def forward(self, *tensors: Tensor) -> Tensor:
        """The loss, a scalar."""

    @final
    def __call__(self, *tensors: Tensor) -> Tensor:
        return self.forward(*tensors)
