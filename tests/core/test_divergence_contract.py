"""The contract of a divergence finds every way in which its parts do not fit together.

Each class below is a mutation of a right one, and must be found out.
"""

import sys
from types import ModuleType
from typing import ClassVar

import pytest
import torch
from attrs import frozen

from rivalry import Divergence, Objective
from rivalry.interfaces import KINDS
from rivalry.plugins import configure, plugin
from rivalry.testing import check_component, description
from rivalry_zoo.divergences.rows import Pearson


class Parts:
    """Pearson's triple, right as it stands."""

    name: ClassVar[str] = "broken"
    paper: ClassVar[str] = "none: made for tests"
    threshold: ClassVar[float] = 0.0
    f, output, conjugate_of_output = Pearson.f, Pearson.output, Pearson.conjugate_of_output


@frozen
class Right(Parts, Divergence):
    """Nothing wrong."""


@frozen
class Concave(Parts, Divergence):
    """The wrong sign of f."""

    def f(self, u):
        return -((u - 1) ** 2)


@frozen
class WrongThreshold(Parts, Divergence):
    """No slope of f at 1."""

    threshold: ClassVar[float] = 0.5


@frozen
class Falling(Parts, Divergence):
    """Larger is less real."""

    def output(self, v):
        return -v


@frozen
class TooSmall(Parts, Divergence):
    """Half of the conjugate's square: no bound."""

    def conjugate_of_output(self, v):
        return v**2 / 8 + v


@frozen
class TooLarge(Parts, Divergence):
    """A bound that nothing attains."""

    def conjugate_of_output(self, v):
        return v**2 / 4 + v + 1


@frozen
class Unbounded(Parts, Divergence):
    """An output that leaves the domain."""

    def conjugate_of_output(self, v):
        return torch.where(v > 2, torch.inf, v**2 / 4 + v)


def held(component):
    try:
        plugin(component)
        check_component("divergence", "broken")
    finally:
        configure()


def test_what_is_right_passes():
    held(Right)


@pytest.mark.parametrize(
    ("component", "message"),
    [
        (Concave, "f must be convex"),
        (WrongThreshold, "`threshold` must be"),
        (Falling, "the output must increase"),
        (TooSmall, "must be the conjugate of f"),
        (TooLarge, "must be attained"),
        (Unbounded, "conjugates must be finite"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_broken_promise_is_found_and_named(component, message):
    with pytest.raises(AssertionError, match=message):
        held(component)


def test_rows_of_data_may_share_a_file_and_others_bear_its_name(monkeypatch):
    assert [kind for kind, base in KINDS.items() if base.rows] == ["divergence"]
    file = ModuleType("made.table")
    monkeypatch.setitem(sys.modules, file.__name__, file)
    about = {"__doc__": "Alone in its file.", "__module__": file.__name__, "name": "row", "paper": "none"}
    for base in (Divergence, Objective):
        alone = type("Row", (base,), about)
        file.rivalry_components = lambda alone=alone: [alone]
        if base.rows:
            description(alone)
        else:
            with pytest.raises(AssertionError, match=r"'row' is alone in made\.table: give the file its name"):
                description(alone)
