"""What a spec means, in words and pictures: values with their origins, the graph, the routing of gradients, the
code.
"""

from collections.abc import Iterator
from typing import Any

from rivalry.checking import Checked
from rivalry.errors import Path, dotted
from rivalry.graph.emit import emit
from rivalry.graph.merging import verdict
from rivalry.graph.nodes import Graph, Node, walk
from rivalry.graph.turns import needs, tensors
from rivalry.spec.model import Spec


def code(checked: Checked) -> str:
    """The step as it runs."""
    spec = checked.spec
    return emit(spec.graph, spec.train.fakes, origin=spec.origin, merged=checked.confirmed.merged).source


def form(checked: Checked) -> str:
    """Where all players move on one batch: which form of the step runs, and why; "" for turns."""
    return verdict(checked.spec.graph, checked.confirmed.obstacles or ())


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    else:
        yield path, value


def values(spec: Spec) -> str:
    """Every value of the resolved spec with its origin: a file and line, a setting, or the component's default."""
    rows = []
    for path, value in _leaves(spec.plain()):
        written = spec._tree is not None and (
            path in spec._tree.values or path in spec._tree.keys or _short(spec, path)
        )
        place = spec._tree.place(path) if written and spec._tree else None
        rows.append((dotted(path), str(value), str(place) if place else "default"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:{widths[0]}}  {value:{widths[1]}}  {origin}" for name, value, origin in rows)


def _short(spec: Spec, path: Path) -> bool:
    """Whether `path` is the `use` of an entry that was written as a bare name."""
    tree = spec._tree
    return (
        tree is not None
        and path[-1] == "use"
        and path[:-1] in tree.values
        and not any(key[:-1] == path[:-1] for key in tree.keys)
    )


def routing(checked: Checked) -> str:
    """The table loss x network: `trains`, `reaches, no gradient`, or nothing; and each network's forwards per step."""
    table, names = checked.confirmed.table, list(checked.confirmed.parameters)
    labels = list(dict.fromkeys(label for label, _ in table))
    words = {True: "trains", False: "reaches, no gradient", None: ""}
    rows = [["", *names], *([label, *(words[table.get((label, name))] for name in names)] for label in labels)]
    rows.append(["forwards per step", *(str(checked.confirmed.forwards[name]) for name in names)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(names) + 1)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flowchart: sources, networks, losses."""
    lines = ["flowchart LR"]
    ids: dict[Node, str] = {}
    seen: dict[tuple[str, str], None] = {}

    def key(node: Node) -> str:
        if node not in ids:
            ids[node] = f"n{len(ids)}"
            label = graph.names.get(node) or node.text
            shapes = {"network": f'["{label}"]', "data": f'[("{label}")]', "latent": f'(("{label}"))'}
            plain = f'("{label}")'
            lines.append(f"  {ids[node]}{shapes.get(node.op, plain)}")
        return ids[node]

    for root in dict.fromkeys(node for player in graph.players for node in needs(graph, player)):
        for node in walk(root):
            for argument in node.args:
                seen.setdefault((key(argument), key(node)))
    for term in graph.terms:
        lines.append(f'  {term.loss}_{term.side}{{{{"{term.label}"}}}}')
        for node in tensors(term):
            seen.setdefault((key(node), f"{term.loss}_{term.side}"))
    return "\n".join([*lines, *(f"  {left} --> {right}" for left, right in seen)])
