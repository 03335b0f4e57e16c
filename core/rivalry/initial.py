"""Networks that start from the weights of another run."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rivalry import checkpoint
from rivalry.errors import Fault
from rivalry.pieces import load_modules
from rivalry.spec.model import Spec
from rivalry.spec.uses import Use

if TYPE_CHECKING:
    from rivalry.engine import Engine

EXAMPLE = "name a run's folder and a network of it, as in runs/a/G"


def sources(spec: Spec) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """Every network that starts from another run's, what it names, and where that is written."""
    for name, use in spec.graph.networks.items():
        if isinstance(use, Use) and "from" in use.words:
            yield name, Path(use.words["from"]), (f"{use.kind}s", name, "from")


def missing(spec: Spec) -> list[Fault]:
    """Runs to start from that are not there."""
    return [
        Fault(path, f"there is no run at '{source.parent}'", EXAMPLE)
        for _, source, path in sources(spec)
        if not (source.parent / "lock.json").is_file()
    ]


def initialise(engine: "Engine", spec: Spec) -> None:
    """Load what `from` names, weights and averages; SpecError with every run or network that does not serve."""
    faults = missing(spec)
    for name, source, path in sources(spec) if not faults else ():
        folder, network = source.parent, source.name
        found, notes = checkpoint.newest(folder)
        if found is None:
            wrong = f"the run at '{folder}' has no checkpoint that can be read"
            faults.append(Fault(path, "; ".join([wrong, *notes])))
            continue
        held = sorted({key.split(".")[1] for key in found.tensors if key.startswith("networks.")})
        if network not in held:
            faults.append(
                Fault(path, f"the run at '{folder}' has no network '{network}'", f"it has: {', '.join(held)}")
            )
            continue
        averaged = any(key.startswith(f"ema.{network}.") for key in found.tensors)
        mine = {f"networks.{network}": engine.networks[name]}
        if name in engine.ema:
            mine[f"{'ema' if averaged else 'networks'}.{network}"] = engine.ema[name]
        try:
            load_modules(mine, found.tensors)
            if name in engine.ema and not averaged:
                load_modules({f"networks.{network}": engine.networks[name]}, found.tensors)
        except RuntimeError as error:
            lines = str(error).splitlines()
            faults.append(Fault(path, f"'{source}' does not fit '{name}': {lines[min(1, len(lines) - 1)].strip()}"))
    if faults:
        raise spec.fail(faults)
