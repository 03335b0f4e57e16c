"""Writing components and values down as Python expressions, with the imports that they need."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
from attrs import define, field, frozen

from rivalry.errors import Fault, Path, SpecError
from rivalry.graph.binding import CALLED
from rivalry.numbers import Ref
from rivalry.signature import parameters
from rivalry.spec.uses import Live, Use

WIDTH = 116  # a stage stands one level further in


@frozen
class Bracket:
    """Something in brackets, each item with what stands before it (a keyword, a key); it breaks where it is long."""

    opening: str
    items: Sequence[tuple[str, "Expression"]]
    closing: str

    def text(self, depth: int = 0, before: int = 0) -> str:
        """As it stands `depth` levels in, after `before` characters of its line."""
        comma = "," if self.opening == "(" and len(self.items) == 1 else ""
        flat = self.opening + ", ".join(word + text_of(item) for word, item in self.items) + comma + self.closing
        if 4 * depth + before + len(flat) <= WIDTH or not self.items:
            return flat
        pad = "    " * (depth + 1)
        rows = [f"{pad}{word}{text_of(item, depth + 1, len(word) + 1)},\n" for word, item in self.items]
        return f"{self.opening}\n{''.join(rows)}{'    ' * depth}{self.closing}"


Expression = str | Bracket


def text_of(found: Expression, depth: int = 0, before: int = 0) -> str:
    """The text of an expression where it stands."""
    return found if isinstance(found, str) else found.text(depth, before)


def call(function: str, *items: Expression, **named: Expression) -> Bracket:
    """A call."""
    return Bracket(f"{function}(", [*(("", item) for item in items), *((f"{k}=", v) for k, v in named.items())], ")")


def table(items: Mapping[str, Expression]) -> Bracket:
    """A dict."""
    return Bracket("{", [(f"{name!r}: ", item) for name, item in items.items()], "}")


@define
class Pen:
    """Writes expressions; what they use is imported by names that mean nothing else in the script."""

    taken: set[str]
    imports: dict[tuple[str, str], str] = field(factory=dict)
    """(module, what is imported from it, "" for itself) -> the name that it has here."""

    def name(self, wish: str) -> str:
        """A name like the one wished for that is free."""
        name, count = wish, 1
        while name in self.taken:
            count += 1
            name = f"{wish}_{count}"
        self.taken.add(name)
        return name

    def imported(self, module: str, what: str = "", wish: str = "") -> str:
        """The name by which something is imported."""
        if (module, what) not in self.imports:
            self.imports[module, what] = self.name(wish or what or module)
        return self.imports[module, what]

    def of(self, thing: Any, path: Path = ()) -> str:
        """The name of a class or function; SpecError if no import reaches it."""
        module, name = thing.__module__, thing.__qualname__
        if getattr(sys.modules.get(module), name, None) is not thing:
            raise SpecError([Fault(path, f"no import reaches '{module}.{name}', so no script can use it")])
        kind = str(getattr(thing, "kind", ""))
        wish = name + kind.title() if name in self.taken else name
        return self.imported(module, name, wish)

    def builtin(self, name: str) -> str:
        """A builtin, by another name where the game has taken its own."""
        return name if name not in self.taken else self.imported("builtins", name)

    def spoken(self, source: str) -> None:
        """Import what emitted code calls."""
        for name, home in CALLED.items():
            if re.search(rf"(?<![\w.]){name}\(", source):
                self.imports[home, name] = name

    def lines(self) -> Iterator[str]:
        """The import statements: of Python's own modules, of others', of Rivalry's."""
        groups: dict[int, dict[str, list[str]]] = {0: {}, 1: {}, 2: {}}
        for (module, what), name in sorted(self.imports.items()):
            top = module.partition(".")[0]
            rows = groups[0 if top in sys.stdlib_module_names else 2 if top == "rivalry" else 1].setdefault(module, [])
            alias = f" as {name}" if name != (what or module) else ""
            rows.append(f"{what}{alias}" if what else f"import {module}{alias}")
        for group in groups.values():
            yield from (row for rows in group.values() for row in rows if row.startswith("import "))
            for module, rows in group.items():
                if names := [("", row) for row in rows if not row.startswith("import ")]:
                    flat = f"from {module} import {', '.join(row for _, row in names)}"
                    yield flat if len(flat) <= WIDTH else Bracket(f"from {module} import (", names, ")").text()
            if group:
                yield ""

    def literal(self, value: Any, path: Path = ()) -> Expression:
        """A plain value, or a weightless object, as an expression; SpecError for anything else."""
        if isinstance(value, float) and not abs(value) < float("inf"):
            return f"{self.builtin('float')}({str(value)!r})"
        if value is None or isinstance(value, str | int | float):
            return repr(value)
        if isinstance(value, Ref):
            return call(self.of(Ref), repr(value.name))
        if isinstance(value, type):
            return self.of(value, path)
        if isinstance(value, tuple | list):
            opening, closing = "()" if isinstance(value, tuple) else "[]"
            return Bracket(opening, [("", self.literal(item, path)) for item in value], closing)
        if isinstance(value, Mapping):
            return table({key: self.literal(item, path) for key, item in value.items()})
        if attrs.has(type(value)):
            said = {a.alias: getattr(value, a.name) for a in attrs.fields(type(value))
                    if a.init and getattr(value, a.name) != a.default}  # fmt: skip
            return call(self.of(type(value), path), **{name: self.literal(item, path) for name, item in said.items()})
        raise SpecError([Fault(path, f"no script can write {type(value).__name__} down", "name a component")])

    def component(self, use: Use | Live, path: Path, **given: Any) -> Bracket:
        """A component made by its class, with those of the given facts that it takes."""
        return call(self.of(use.component, path), **self.arguments(use, path, **given))

    def arguments(self, use: Use | Live, path: Path, **given: Any) -> dict[str, Expression]:
        """The arguments of an entry: parts are made, or bound where facts are still to come."""
        if isinstance(use, Live):
            raise SpecError([Fault(path, "was handed in from Python: no script can make it", "name a component")])
        signature = parameters(use.component)
        facts = {name: fact for name, fact in given.items() if name in signature and signature[name].given}
        found: dict[str, Expression] = {
            name: self.literal(fact, path) for name, fact in facts.items() if fact is not signature[name].default
        }
        for name, parameter in signature.items():
            if name not in use.arguments:
                continue
            value, part = use.arguments[name], parameter.part
            if isinstance(value, Use) and part and part.curried:
                inner = self.arguments(value, (*path, name))
                found[name] = call(self.imported("functools", "partial"), self.of(value.component, path), **inner)
            elif isinstance(value, Use | Live):
                found[name] = self.component(value, (*path, name))
            else:
                found[name] = self.literal(value, (*path, name))
        return found
