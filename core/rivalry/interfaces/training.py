"""What feeds and drives a training: latents, data, operations, schedules, optimisers."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from torch import Tensor

from rivalry.fields import Field
from rivalry.interfaces.component import Component
from rivalry.streams import Stream


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


class Dataset(Component):
    """Named tensors, one row per example.

    `fields` and `len` are known without reading the data; `batch` reads. `modes` are the centres [K, d] of a mixture
    whose truth is known, and `deviation` its components' standard deviation. A data set that can stand for live data
    offers the classmethod `of(data)`.
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
    is_default: ClassVar[bool] = False
    """Whether players who name no optimiser take this one."""
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
