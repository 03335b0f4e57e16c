"""What every component has: a kind, a name and a citation."""

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar


class Component(ABC):
    """Anything that a spec can name.

    A concrete component states `name`, its name in specs, and `paper`, its citation with the arXiv id, or why there is
    none. `kind` belongs to the interface.
    """

    kind: ClassVar[str]
    name: ClassVar[str]
    paper: ClassVar[str]
    rows: ClassVar[bool] = False
    """Whether a kind's components are rows of data and share a file; elsewhere a file bears its component's name."""

    @classmethod
    def traits(cls) -> Mapping[str, str]:
        """What its page says of it beside docstring, parameters and paper: name -> words."""
        return {}
