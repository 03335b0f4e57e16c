"""What feeds and drives a training: latents, data, operations, schedules, optimisers."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, final

from torch import Tensor

from rivalry.fields import Field
from rivalry.interfaces.component import Component
from rivalry.streams import Stream


class Latent(Component):
    """A source of random codes.

    A constructor may take the given fact `like: Given[Field | None]`: what its entry names with `like`, a field of the
    data whose shape or class frequencies the codes shall have.
    """

    kind = "latent"

    @property
    @abstractmethod
    def field(self) -> Field:
        """What `sample` returns, without the batch."""

    @abstractmethod
    def sample(self, n: int, draw: Stream) -> Tensor:
        """n codes [n, *field.shape] on the stream's device."""


class Dataset(Component):
    """Named tensors, one row per example.

    `fields` and `len` are known without reading the data; `batch` reads. `modes` are the centres [K, d] of a mixture
    whose truth is known, and `deviation` its components' standard deviation. A data set that can stand for live data
    offers the classmethod `of(data)`; one that reads folders of pictures offers the classmethod
    `of_folder(path, size)`, `size` None for that of the pictures.
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


class Operation(Component):
    """A pure function that a flow may call by name; constants arrive as keywords.

    A moving number stands as a positional argument, as in `fade(x, growth)`: a float, or a 0-dim tensor where its
    schedule observes.
    """

    kind = "operation"
    keeps_shape: ClassVar[bool] = False
    """Whether the result has the first argument's shape, so that facts pass through it in both directions."""
    host_numbers: ClassVar[bool] = False
    """Whether its moving numbers must be known on the host (it branches on them): an observing schedule is refused."""

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


class Observing(Schedule):
    """A number that steers itself by a tensor of the flow, which its entry names with `observe`.

    It lives on the device, begins at `initial` and changes once per step; a component computes with it and never
    branches on it. One that remembers more than its value begins at several numbers, the first of them the value.
    """

    clock: Literal["steps", "images", "epochs"] = "steps"
    initial: float | tuple[float, ...]
    observes: ClassVar[int] = 1
    """How many tensors it observes; more than one are a list."""

    @abstractmethod
    def follow(self, value: Tensor, observed: Tensor) -> Tensor:
        """The next value from the present one and from what was observed, its mean over the batch.

        Both are 0-dim; `value` is [m] where `initial` is m numbers, `observed` [k] where `observe` is a list of k.
        """

    @final
    def at(self, time: float) -> float:
        """Where it begins: what time alone says of it."""
        return self.initial if isinstance(self.initial, float | int) else self.initial[0]


class Weight(Component):
    """A loss's weight that follows gradients, taken by the parameters that its entry names with `at`.

    `of` (other losses of the same player) and `over` (default: the loss itself) are words of the entry.
    """

    kind = "weight"

    @abstractmethod
    def __call__(self, of: Sequence[Tensor], over: Sequence[Tensor]) -> Tensor:
        """The weight, 0-dim and detached, from the gradients of the two sums of losses, one tensor a parameter."""


class Augment(Component):
    """Differentiable augmentation, part of a judge's expression as in `D(A(_))`: weightless, a function per sample.

    With the marker `Draws` it also receives `draw`. Its numbers may move.
    """

    kind = "augment"

    @abstractmethod
    def __call__(self, x: Tensor, **draw: Stream) -> Tensor:
        """Samples [N, ...] as other samples of the same shape."""


State = dict[str, list[Tensor]]


class Optimizer(Component):
    """How a player moves. The state is a plain dictionary of tensor lists, so a checkpoint holds it as it is."""

    kind = "optimizer"
    is_default: ClassVar[bool] = False
    """Whether players who name no optimiser take this one."""
    memories: ClassVar[tuple[str, ...]] = ()
    """The arguments that say how much of the past a step keeps (betas, momentum); they are raised to the power c where
    `apart` gives a player more steps than turns, as its learning rate is multiplied by c.
    """
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
        """Move the parameters in place; nothing moves where the device flag `skip` (0-dim float) is 1.

        Each gradient has the memory format of its parameter.
        """
