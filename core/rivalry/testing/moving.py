"""Contracts of numbers that move."""

from collections.abc import Mapping
from math import inf, isfinite
from typing import Any

import torch
from torch import Tensor

from rivalry.interfaces import Observing
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.trials import blind


def check_schedule(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Finite at all times, on a known clock; one that observes is a 0-dim tensor within its bounds."""
    schedule = build()
    demand(
        schedule.clock in ("steps", "images", "epochs"),
        f"wanted a clock of steps, images or epochs, got {schedule.clock!r}",
    )
    for time in (0, 0.5, 1, 10, 999.5, 1e4, 1e9):
        value = schedule.at(time)
        demand(isinstance(value, int | float) and isfinite(value), f"wanted a finite number at {time:g}, got {value!r}")
    if isinstance(schedule, Observing):
        _check_following(schedule)


def _check_following(schedule: Observing) -> None:
    low, high = (getattr(schedule, name, None) for name in ("low", "high"))
    low, high = -inf if low is None else low, inf if high is None else high
    value = torch.tensor(schedule.initial, dtype=torch.float32)
    shape = () if schedule.observes == 1 else (schedule.observes,)
    start = value.clone()
    demand(low <= schedule.at(0) <= high, f"it begins at {schedule.at(0)}, outside of [{low}, {high}]")
    for seen in (0.0, 1.0, -1.0, 0.3, 1e3, -1e3, -1e3, 1e3):
        before, now = value.clone(), torch.full(shape, seen)
        value, again = schedule.follow(value, now), schedule.follow(before.clone(), now)
        demand(
            isinstance(value, Tensor) and value.shape == start.shape and value.dtype == before.dtype,
            f"the next value must be {'0-dim ' if start.ndim == 0 else ''}like the present one, got {value!r}",
        )
        finite("the next value", value)
        number = value if value.ndim == 0 else value[0]
        demand(low <= number <= high, f"wanted a value in [{low}, {high}], got {number}")
        demand(torch.equal(value, again), "the next value follows from the present one and what is observed, alone")
    present = start.clone()
    schedule.follow(present, torch.ones(shape))
    demand(torch.equal(present, start), "the present value must stay as it is: return the next one")
    empty = torch.empty_like(start, device="meta")
    blind(schedule, lambda schedule: schedule.follow(empty, torch.empty(shape, device="meta")))


def check_weight(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """One number, without a gradient of its own, finite also where gradients vanish."""
    weight = build()
    shapes = (3, 2), (5,), ()
    some = [torch.randn(shape, requires_grad=True) for shape in shapes]
    others = [torch.randn(shape, requires_grad=True) for shape in shapes]
    none = [torch.zeros(shape) for shape in shapes]
    cases = {"": (some, others), ", of zero gradients,": (none, others), ", over zero gradients,": (some, none),
             ", of and over zero gradients,": (none, none)}  # fmt: skip
    for case, (of, over) in cases.items():
        found = weight(of, over)
        demand(
            isinstance(found, Tensor) and found.shape == (),
            f"a weight{case} must be a scalar tensor, got {getattr(found, 'shape', found)}",
        )
        demand(not found.requires_grad, "a weight is a constant of the loss: detach it")
        finite(f"a weight{case}", found)
    empty = [torch.empty(shape, device="meta") for shape in shapes]
    blind(weight, lambda weight: weight(empty, empty))
