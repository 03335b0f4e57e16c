"""What a run needs to be resumed, sampled and rerun elsewhere: facts, fields and versions, as JSON."""

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, version
from typing import Any

import torch
from attrs import asdict, frozen

from rivalry import __version__
from rivalry.fields import Field
from rivalry.graph.confirm import Confirmed
from rivalry.graph.facts import Facts
from rivalry.spec.model import Spec


@frozen
class Lock:
    """The facts of a run that do not stand in its spec."""

    fields: dict[str, Field]
    facts: Facts
    confirmed: Confirmed
    versions: dict[str, str]
    data: dict[str, str]
    forked_from: str = ""
    changed: tuple[str, ...] = ()
    """What the fork made different, by the paths of its spec."""

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "fields": {name: asdict(field) for name, field in self.fields.items()},
            "inputs": {name: [asdict(field) for field in fields] for name, fields in self.facts.inputs.items()},
            "output": {name: asdict(field) for name, field in self.facts.output.items()},
            "scores": self.facts.scores,
            "idle": sorted(self.confirmed.idle),
            "versions": self.versions,
            "data": self.data,
            "forked_from": self.forked_from,
            "changed": list(self.changed),
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Lock":
        """From JSON values; KeyError or TypeError if they are not a lock."""
        facts = Facts(
            {name: tuple(Field(**field) for field in fields) for name, fields in plain["inputs"].items()},
            {name: Field(**field) for name, field in plain["output"].items()},
            dict(plain.get("scores", {})),
        )
        fields = {name: Field(**field) for name, field in plain["fields"].items()}
        origin = plain.get("forked_from", ""), tuple(plain.get("changed", ()))
        return cls(fields, facts, Confirmed(idle=frozenset(plain["idle"])), plain["versions"], plain["data"], *origin)


def versions(spec: Spec) -> dict[str, str]:
    """Versions of what the run's numbers depend on: rivalry, torch, the machine class, and every plugin's package."""
    found = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
        "threads": str(torch.get_num_threads()),
    }
    used = [use.component for use in (*spec.graph.networks.values(), *(t.use for t in spec.graph.terms))]
    return found | packages(used)


def packages(components: Iterable[type]) -> dict[str, str]:
    """Versions of rivalry, of torch, and of the packages that components come from."""
    found = {"rivalry": __version__, "torch": torch.__version__}
    own = {entry.value for entry in distribution("rivalry").entry_points if entry.group == "rivalry"}
    used = {component.__module__.partition(".")[0] for component in components}
    for package in sorted(used - own - {"__main__", "builtins", "torch", "rivalry"}):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not packaged"
    return found
