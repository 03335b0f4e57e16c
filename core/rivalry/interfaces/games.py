"""What judges: objectives, penalties and other losses."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, final

import torch
from torch import Tensor

from rivalry.interfaces.component import Component
from rivalry.streams import Stream

Scores = Tensor | Sequence[Tensor]


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
    in the generator's turn; for other objectives it is None there.
    """

    kind = "objective"

    @abstractmethod
    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss of scores real [N, k] and fake [N, k]."""

    @abstractmethod
    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """The generator's loss of the same scores."""

    @final
    def discriminator_loss(self, real: Scores, fake: Scores) -> Tensor:
        """What the discriminator minimises, a scalar."""
        return _over_scales(self.discriminator, real, fake)

    @final
    def generator_loss(self, real: Scores | None, fake: Scores) -> Tensor:
        """What the generator minimises, a scalar."""
        return _over_scales(self.generator, real, fake)


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
