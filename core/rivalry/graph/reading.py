"""From expressions as text to nodes: names resolved, calls checked, every fault of form on the way."""

from typing import Any

from attrs import define, field

from rivalry.errors import Fault, Path, nearest
from rivalry.graph.nodes import HOLE, Node, called, walk
from rivalry.graph.outline import Outline
from rivalry.plugins import plugins
from rivalry.spec import expression as ex
from rivalry.spec.uses import Use


@define
class Reading:
    """Reads the expressions of one spec; equal expressions become one node."""

    source: Outline
    faults: list[Fault]
    partial: bool = False
    """Whether something could not be read, so that what it would train is unknown."""
    depths: dict[Node, int] = field(factory=dict)
    _interned: dict[Node, Node] = field(factory=dict)
    _known: dict[str, Node | None] = field(factory=dict)
    _resolving: list[str] = field(factory=list)
    _holes: int = 0

    def fault(self, path: Path, message: str, fix: str = "", offset: int = 0, at_key: bool = False) -> None:
        """Note a fault, once."""
        fault = Fault(path, message, fix, offset=offset, at_key=at_key)
        if fault not in self.faults:
            self.faults.append(fault)

    def named(self, name: str, path: Path, offset: int = 0) -> Node | None:
        """The tensor of a name: of the flow, of the data or a latent."""
        source = self.source
        if name in source.flow:
            if name in self._resolving:
                loop = [*self._resolving[self._resolving.index(name) :], name]
                self.fault(("flow", self._resolving[-1]), "stands in a circle: " + " -> ".join(loop))
                return None
            if name not in self._known:
                self._resolving.append(name)
                self._known[name] = self.expression(source.flow[name], ("flow", name))
                self._resolving.pop()
            return self._known[name]
        if source.fields is not None and name in source.fields:
            return self.node(Node("data", name, text=name, path=path, offset=offset))
        if name in source.latents:
            return self.node(Node("latent", name, text=name, path=path, offset=offset))
        if name in source.schedules:
            return self.node(Node("moving", name, text=name, path=path, offset=offset))
        if source.fields is None:
            return None  # the data section is at fault: the name may well be one of its fields
        if name in source.networks or name in source.augments:
            what = "a network" if name in source.networks else "an augment"
            self.fault(path, f"'{name}' is {what}, not a tensor", f"call it: {name}(...)", offset)
        else:
            names = [*source.flow, *source.fields, *source.latents, *source.schedules]
            self.fault(path, f"no tensor is called '{name}'", nearest(name, names), offset)
        return None

    def expression(self, text: Any, path: Path, hole: bool = False) -> Node | None:
        """The node of an expression's text; None after a fault."""
        if not isinstance(text, str):
            self.partial = True
            return None
        try:
            return self.convert(ex.parse(text), path, hole)
        except ex.ExpressionError as error:
            fix = 'quote it: "G(z, label)"' if "was never closed" in str(error) else ""
            self.fault(path, str(error), fix, error.offset)
            return None

    def several(self, text: Any, path: Path) -> Node | None:
        """One expression, or a list of them as one joint sample."""
        if not isinstance(text, list):
            return self.expression(text, path)
        parts = [self.expression(item, (*path, index)) for index, item in enumerate(text)]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts):
            return None
        return self.node(
            Node("sequence", args=tuple(found), text=f"[{', '.join(part.text for part in found)}]", path=path)
        )

    def node(self, node: Node) -> Node:
        """The node itself, or the equal one that was there before."""
        self.depths[node] = 1 + max((self.depths.get(argument, 0) for argument in node.args), default=0)
        return self._interned.setdefault(node, node)

    def convert(self, found: ex.Expression, path: Path, hole: bool) -> Node | None:
        """The node of a parsed expression; None after a fault."""
        text, at = ex.show(found), found.offset
        match found:
            case ex.Name(id="_"):
                if not hole:
                    self.fault(path, "'_' is the hole of a judge and means nothing here", offset=at)
                self._holes += 1
                return HOLE if hole else None
            case ex.Name(id=name):
                return self.named(name, path, at)
            case ex.Number(value=value):
                return self.node(Node("number", constants=(("value", value),), text=text, path=path, offset=at))
            case ex.Sequence(items=items):
                return self._over("sequence", "", items, (), text, path, at, hole)
            case ex.Arithmetic(operator=operator, left=left, right=right):
                return self._over("arithmetic", operator, (left, right), (), text, path, at, hole)
            case ex.Output(of=ex.Name(id=name), name=attribute) if f"{name}.{attribute}" in (self.source.fields or {}):
                return self.node(Node("data", f"{name}.{attribute}", text=text, path=path, offset=at))
            case ex.Output(of=of, name=attribute):
                return self._output(of, attribute, text, path, at, hole)
            case ex.Call():
                return self._call(found, text, path, hole)

    def _over(
        self, op: Any, name: str, items: Any, constants: Any, text: str, path: Path, at: int, hole: bool
    ) -> Node | None:
        args = [self.convert(item, path, hole) for item in items]
        if any(argument is None for argument in args):
            return None
        return self.node(Node(op, name, tuple(a for a in args if a is not None), constants, text, path, at))

    def _call(self, call: ex.Call, text: str, path: Path, hole: bool) -> Node | None:
        name, at, operations = call.function, call.offset, plugins().table()["operation"]
        if name in self.source.networks:
            if call.keywords:
                message = f"'{name}' is a network: it takes tensors only, got {call.keywords[0][0]}="
                self.fault(path, message, offset=at)
                return None
            if not call.arguments:
                self.fault(path, f"'{name}' is called on nothing", f"e.g. {name}(z)", at)
                return None
            node = self._over("network", name, call.arguments, (), text, path, at, hole)
            if node is None or not self.outputs(name):
                return node
            return self.node(Node("output", "", (node,), (), text, path, at))
        if name in self.source.augments:
            if len(call.arguments) != 1 or call.keywords:
                got = len(call.arguments) + len(call.keywords)
                self.fault(path, f"'{name}' is an augment: it takes one tensor, got {got}", f"e.g. {name}(_)", at)
                return None
            return self._over("augment", name, call.arguments, (), text, path, at, hole)
        if name == "gradient":
            return self._gradient(call, text, path, hole)
        if name in operations:
            return self._over("operation", name, call.arguments, call.keywords, text, path, at, hole)
        what = nearest(name, [*self.source.networks, *self.source.augments, *operations, "gradient"])
        self.fault(path, f"no network or operation is called '{name}'", what, at)
        return None

    def outputs(self, network: str) -> tuple[str, ...]:
        """The named outputs of a network, which depend on its arguments."""
        use = self.source.networks[network][1]
        if isinstance(use, Use):
            return use.component.outputs_of(use.arguments)  # type: ignore[attr-defined, no-any-return]
        return tuple(getattr(use.object, "outputs", ())) if use is not None else ()

    def _gradient(self, call: ex.Call, text: str, path: Path, hole: bool) -> Node | None:
        """gradient(y, x): of the sum of y, by x."""
        if len(call.arguments) != 2 or call.keywords:
            got = len(call.arguments) + len(call.keywords)
            message = f"'gradient' takes a tensor and what it is differentiated by, got {got}"
            self.fault(path, message, "e.g. gradient(D(x), x)", call.offset)
            return None
        node = self._over("gradient", "", call.arguments, (), text, path, call.offset, hole)
        if node is not None and node.args[1] not in set(walk(node.args[0])):
            of, by = (ex.show(argument) for argument in call.arguments)
            upstream = set(walk(node.args[0]))
            names = [name for name in self.source.flow if self._known.get(name) in upstream - {node.args[0]}]
            names += [at.name for at in upstream if at.op in ("data", "latent")]
            fix = f"upstream: {', '.join(sorted(names))}"
            self.fault(path, f"'{by}' does not stand upstream of '{of}'", fix, call.arguments[1].offset)
            return None
        return node

    def _output(self, of: ex.Expression, attribute: str, text: str, path: Path, at: int, hole: bool) -> Node | None:
        if isinstance(of, ex.Name) and of.id not in self.source.flow:
            if self.source.fields is not None:
                self.fault(
                    path,
                    f"'{of.id}' has no field '{attribute}'",
                    nearest(f"{of.id}.{attribute}", self.source.fields),
                    at,
                )
            return None
        inner = self.convert(of, path, hole)
        if inner is None:
            return None
        inner = called(inner)
        if inner.op != "network":
            self.fault(
                path, f"'{ex.show(of)}' has no named outputs", "only a network's call has them, as in D(x).classes", at
            )
            return None
        use, outputs = self.source.networks[inner.name][1], self.outputs(inner.name)
        if use is not None and attribute not in outputs:
            self.fault(path, f"'{use.name}' has no output '{attribute}'", nearest(attribute, outputs), at)
            return None
        return self.node(Node("output", attribute, (inner,), (), text, path, at))

    def judge(self, text: Any, path: Path) -> Node | None:
        """A judge: an expression with one hole; a bare network name is short for its call on the hole."""
        if isinstance(text, str) and text.strip() in self.source.networks:
            text = f"{text.strip()}(_)"
        elif isinstance(text, str) and text.strip().isidentifier() and text.strip() not in self.source.flow:
            self.fault(path, f"no network is called '{text.strip()}'", nearest(text.strip(), self.source.networks))
            return None
        self._holes = 0
        node = self.expression(text, path, hole=True)
        if node is None:
            return None
        if self._holes != 1:
            self.fault(path, f"wanted a judge with one hole, got {self._holes} in '{text}'", "e.g. D(_) or D(_, label)")
            return None
        return node
