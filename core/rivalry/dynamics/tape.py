"""A pure function of small tensors, recorded once and then replayed in numpy, which has less ceremony.

What torch does below autograd, backward passes included, is a straight line of operations whose order does not depend
on values: components never branch on them. `arrays` knows the common operations; torch itself does the others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from rivalry.dynamics.arrays import CONSTANT, KNOWN, by_torch

Array = np.ndarray[Any, Any]


@frozen
class Slot:
    """A value of the tape."""

    index: int


@frozen
class Line:
    """One operation; `out` are the slots of its results, None for what is no tensor."""

    operation: Any
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    out: Sequence[int | None]
    several: bool


class Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation while it is entered."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.values: list[Any] = list(inputs)  # kept, so that no identity is used twice
        self.slots = {id(tensor): index for index, tensor in enumerate(inputs)}
        self.lines: list[Line] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and the guard against it is slow to import

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        seen = self._read(list(args)), {key: self._read(value) for key, value in (kwargs or {}).items()}
        result = func(*args, **(kwargs or {}))
        several = isinstance(result, tuple | list)
        out = [self._write(value) for value in (result if several else [result])]
        self.lines.append(Line(func, *seen, out, several))
        return result

    def _read(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self._read(item) for item in value]
        if isinstance(value, Tensor):
            return Slot(self.slots[id(value)]) if id(value) in self.slots else value.detach().numpy()
        return value

    def _write(self, value: Any) -> int | None:
        if not isinstance(value, Tensor):
            return None
        self.slots[id(value)] = len(self.values)
        self.values.append(value)
        return len(self.values) - 1


def needed(lines: Sequence[Line], result: int, inputs: int) -> tuple[list[Line], set[int]]:
    """The lines that the result follows from and that follow from the inputs, and all slots that vary."""
    varying = set(range(inputs))
    found = []
    for line in lines:
        if word(line) not in CONSTANT and _reads([line.args, line.kwargs]) & varying:
            varying |= {index for index in line.out if index is not None}
            found.append(line)
    wanted, kept = {result}, []
    for line in reversed(found):
        if wanted & {*line.out}:
            kept.append(line)
            wanted |= _reads([line.args, line.kwargs])
    return kept[::-1], varying


def word(line: Line) -> str:
    """The operation's name, the same whether it works in place or not: every result has a slot of its own."""
    return str(line.operation.overloadpacket.__name__).rstrip("_")


def _reads(value: Any) -> set[int]:
    if isinstance(value, Slot):
        return {value.index}
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return set().union(*map(_reads, items))


def recorded(function: Callable[[], Tensor], inputs: Sequence[Tensor]) -> Callable[..., Array]:
    """The function of these inputs (leaves, which it reads by itself) as one of arrays in their place."""
    with Tape(inputs) as tape:
        result = function()
    answer = tape.slots[id(result)]
    lines, varying = needed(tape.lines, answer, len(inputs))
    names: dict[str, Any] = {}

    def text(value: Any) -> str:
        if isinstance(value, Slot) and value.index in varying:
            return f"v{value.index}"
        if isinstance(value, list):
            return f"[{', '.join(map(text, value))}]"
        names[f"c{len(names)}"] = tape.values[value.index].detach().numpy() if isinstance(value, Slot) else value
        return f"c{len(names) - 1}"

    body = []
    for line in lines:
        names[f"c{len(names)}"] = KNOWN.get(word(line)) or by_torch(line.operation)
        operation = f"c{len(names) - 1}"
        given = [text(value) for value in line.args] + [f"{key}={text(value)}" for key, value in line.kwargs.items()]
        left = ", ".join("_" if index is None else f"v{index}" for index in line.out)
        body.append(f"    {left}{',' if line.several else ''} = {operation}({', '.join(given)})\n")
    head = ", ".join(f"v{index}" for index in range(len(inputs)))
    exec(f"def replay({head}):\n{''.join(body)}    return v{answer}\n", names)
    return names["replay"]  # type: ignore[no-any-return]
