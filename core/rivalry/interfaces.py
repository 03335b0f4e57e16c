"""The kinds of component, each an interface of one or two abstract methods.

Conventions: N is the batch; scores are logits, never probabilities; larger is more real; losses are minimised.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, final

import torch
from attrs import frozen
from torch import Tensor, nn

from rivalry.fields import Field
from rivalry.streams import Stream

Scores = Tensor | Sequence[Tensor]
Samples = Tensor | Sequence[Tensor]


class Component(ABC):
    """Anything that a spec can name.

    A concrete component states `name`, its name in specs, and `paper`, its citation with the arXiv id, or why there is none.
    `kind` belongs to the interface.
    """

    kind: ClassVar[str]
    name: ClassVar[str]
    paper: ClassVar[str]


class Network(nn.Module, Component):
    """A component with weights that the flow calls; its constructor may take `inputs` (and `output`) as given facts."""

    outputs: ClassVar[tuple[str, ...]] = ()
    """Further named outputs: `forward` then returns a NamedTuple whose first field is the main one."""


class Generator(Network):
    """Latents and conditions in, a sample out: `forward(*inputs) -> sample [N, ...]` of any shape, not only images.

    Given facts: `inputs`, one Field per positional input; `output`, the Field of the sample.
    """

    kind = "generator"


class Discriminator(Network):
    """A sample and conditions in, scores out: `forward(x, *conditions) -> scores`.

    Scores are [N], [N, 1, h, w] for patch critics, or a list of these for multi-scale critics.
    Given facts: `inputs`, the Field of the sample first, then those of the conditions.
    """

    kind = "discriminator"


class Encoder(Network):
    """A sample and conditions in, a code out; also recognition and mapping networks. Given facts as for Generator."""

    kind = "encoder"


class Layer(Network):
    """Any other module with weights or state that a flow calls. Given facts: `inputs`."""

    kind = "layer"


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

    A subclass writes `discriminator` and `generator` for scores [N, k]; users call the two final methods, which accept [N],
    [N, 1], [N, 1, h, w] or a list over scales (the mean over scales). The marker `ComparesScores` asks for `real` in
    the generator's turn; for other objectives it is None there.
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


def input_gradient(scores: Scores, samples: Tensor) -> Tensor:
    """The gradient of each sample's score by the sample [N, ...], itself differentiable (double backward)."""
    (gradient,) = torch.autograd.grad(total_score(scores), samples, create_graph=True)
    return gradient


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


class Norm(nn.Module, Component):
    """Normalises activations: `forward(x, condition=None) -> x` with x [N, C, ...]. Given fact: `channels`."""

    kind = "norm"


class Latent(Component):
    """A source of random codes."""

    kind = "latent"

    @property
    @abstractmethod
    def field(self) -> Field:
        """What `sample` returns, without the batch."""

    @abstractmethod
    def sample(self, n: int, draw: Stream) -> Tensor:
        """n codes [n, *field.shape] on the stream's device."""


class Operation(Component):
    """A pure function that a flow may call by name; constants arrive as keywords."""

    kind = "operation"

    @abstractmethod
    def __call__(self, *tensors: Any, **constants: Any) -> Tensor:
        """The result [N, ...]."""


class Schedule(Component):
    """A number over training, a function of time on its `clock`."""

    kind = "schedule"
    clock: Literal["steps", "images", "epochs"]

    @abstractmethod
    def at(self, time: float) -> float:
        """The value after `time` finished steps, images or epochs."""


State = dict[str, list[Tensor]]


class Optimizer(Component):
    """How a player moves. The state is a plain dictionary of tensor lists, so a checkpoint holds it as it is."""

    kind = "optimizer"
    lr: float

    @abstractmethod
    def start(self, parameters: Sequence[Tensor]) -> State:
        """The state before the first step."""

    @abstractmethod
    def step(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        state: State,
        *,
        lr: float,
        skip: Tensor | None = None,
    ) -> None:
        """Move the parameters in place; nothing moves where the device flag `skip` (0-dim float) is 1."""


@frozen
class Score:
    """A metric's value, with its standard error where one is defined."""

    value: float
    error: float | None = None


class Features(Component):
    """What a metric looks through: samples in, feature vectors out."""

    kind = "features"

    def prepare(self, dataset: "Dataset", device: torch.device) -> str:
        """Get ready to judge samples of this data (train or load what is needed); returns the protocol's fingerprint."""
        return self.name

    @abstractmethod
    def __call__(self, samples: Tensor) -> Tensor:
        """Feature vectors [N, d] of samples [N, ...]."""


class Metric(Component):
    """A number that says how good samples are: a pure function of real and fake feature vectors.

    `features` is the extractor it looks through; `direction` says which way is better.
    """

    kind = "metric"
    direction: ClassVar[Literal["lower", "higher"]]
    needs_labels: ClassVar[bool] = False
    """Whether `compute` also takes `labels` [M], the classes that the fakes were made for."""
    features: Features
    samples: int

    @abstractmethod
    def compute(self, real: Tensor, fake: Tensor, **labels: Tensor) -> Score:
        """The value for real [N, d] and fake [M, d] features."""


class Dataset(Component):
    """Named tensors, one row per example.

    `fields` and `len` are known without reading the data; `batch` reads. `modes` are the centres [K, d] of a mixture whose
    truth is known, and `deviation` its components' standard deviation.
    """

    kind = "dataset"
    modes: Tensor | None = None
    deviation: float | None = None

    @property
    @abstractmethod
    def fields(self) -> Mapping[str, Field]:
        """Field name -> what its tensor looks like; the first is the one that a flow calls by the data set's name."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of examples."""

    @abstractmethod
    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        """The rows of every field at indices [n] (int64, host), float32 in the declared range or int64 labels."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """A short hash of the data's content: equal for equal data, wherever it lies."""

    def held_out(self) -> "Dataset | None":
        """The examples kept for testing, where the data set has its own split."""
        return None


KINDS: dict[str, type[Component]] = {
    base.kind: base
    for base in (
        Generator, Discriminator, Encoder, Layer, Objective, Penalty, Loss, Norm, Latent,
        Operation, Schedule, Optimizer, Metric, Features, Dataset,
    )
}  # fmt: skip


def kind_of(component: type[Component]) -> str:
    """The kind of a component class; TypeError names what it lacks."""
    kind = getattr(component, "kind", None)
    if kind not in KINDS or not issubclass(component, KINDS[kind]):
        raise TypeError(f"{component.__qualname__} derives from no kind of component ({', '.join(KINDS)})")
    return str(kind)
