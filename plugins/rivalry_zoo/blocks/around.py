"""Optimisers around optimisers: which part of a state is whose."""

from rivalry.interfaces import State

INNER = "optimizer."


def around(inner: State, **own: list) -> State:
    """The state of an optimiser that adds its own to that of the one inside."""
    return {**{f"{INNER}{name}": row for name, row in inner.items()}, **own}


def inside(state: State) -> State:
    """The part of the one inside: the same tensors by its own names."""
    return {name.removeprefix(INNER): row for name, row in state.items() if name.startswith(INNER)}
