"""YAML into plain values that remember where each was written."""

import re
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

from attrs import define, evolve, field
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rivalry.errors import Fault, Path, Place, SpecError

LARGEST_FILE = 1_000_000  # bytes
MOST_VALUES = 20_000  # an alias counts every time it is used, so that no anchor bomb unfolds
DEEPEST = 40
YAML_TAG = "tag:yaml.org,2002:"
PLAIN: dict[type[Node], tuple[str, ...]] = {
    MappingNode: ("map",),
    SequenceNode: ("seq",),
    ScalarNode: ("str", "null", "bool", "int", "float", "timestamp"),
}


@define
class Tree:
    """A plain value (dict, list, str, int, float, bool, None) with the places of its parts.

    `keys` and `values` map a path to where its key and its value were written; `faults` are those of the text itself
    that left something to go on with.
    """

    value: Any
    keys: dict[Path, Place] = field(factory=dict)
    values: dict[Path, Place] = field(factory=dict)
    faults: list[Fault] = field(factory=list)

    def place(self, path: Path, at_key: bool = False) -> Place | None:
        """The place of a path, or of the nearest enclosing value that has one."""
        first, second = (self.keys, self.values) if at_key else (self.values, self.keys)
        for length in range(len(path), -1, -1):
            here = path[:length]
            if here in first or here in second:
                return first.get(here) or second.get(here)
        return None

    def placed(self, faults: list[Fault]) -> list[Fault]:
        """The same faults with their places filled in, in the order of the file."""
        done = []
        for fault in faults:
            place = fault.place or self.place(fault.path, fault.at_key)
            done.append(evolve(fault, place=place.shifted(fault.offset) if place and not fault.place else place))
        return sorted(
            done, key=lambda f: (f.place.file, f.place.line or 0, f.place.column or 0) if f.place else ("", 0, 0)
        )


def read(file: File) -> Tree:
    """Read a spec file; SpecError if it cannot be read."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise SpecError([Fault((), f"wanted a spec of at most {LARGEST_FILE:,} bytes", place=Place(str(file)))])
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(
            [Fault((), f"wanted UTF-8 text, got bytes that are not ({error.reason})", place=Place(str(file)))]
        ) from error
    except (OSError, ValueError) as error:
        raise SpecError([Fault((), f"cannot be read: {error}", place=Place(str(file)))]) from error
    return parse(text, str(file))


def parse(text: str, name: str = "<text>") -> Tree:
    """Parse YAML 1.2 text; SpecError with the place of what is wrong."""
    loader = YAML(pure=True)
    try:
        node = loader.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        fix = "indent with spaces, never tabs" if "\t" in text else _unclosed(error, text)
        message = f"not valid YAML: {error.problem or error.context}"
        raise SpecError([Fault((), message, fix, place)]) from error
    except (YAMLError, RecursionError, ValueError, OverflowError, AttributeError, TypeError, LookupError) as error:
        # ruamel raises bare Python errors on some malformed escapes and directives
        raise SpecError(
            [
                Fault(
                    (),
                    f"not valid YAML: {str(error).splitlines()[0] if str(error) else 'too deeply nested'}",
                    place=Place(name),
                )
            ]
        ) from error
    tree = Tree({}, values={(): Place(name, 1, 1)})
    if node is not None:
        tree.value = _Reader(name, tree, tree.faults).convert(node, ())
    return tree


def _unclosed(error: MarkedYAMLError, text: str) -> str:
    start = error.context_mark
    bracket = text[start.pointer : start.pointer + 1] if start is not None and start.pointer is not None else ""
    return f"close the {bracket} of line {start.line + 1}" if bracket and bracket in "[{" else ""


@define
class _Reader:
    name: str
    tree: Tree
    faults: list[Fault]
    count: int = 0

    def place(self, node: Node) -> Place:
        start, end = node.start_mark, node.end_mark
        inline = isinstance(node, ScalarNode) and start.line == end.line
        quoted = getattr(node, "style", None) in ("'", '"')
        return Place(self.name, start.line + 1, start.column + 1, int(quoted) if inline else None)

    def convert(self, node: Node, path: Path) -> Any:
        self.tree.values[path] = self.place(node)
        self.count += 1
        if self.count > MOST_VALUES or len(path) > DEEPEST:
            limit = f"{MOST_VALUES:,} values" if self.count > MOST_VALUES else f"values nested at most {DEEPEST} deep"
            raise SpecError([Fault(path[:1], f"wanted at most {limit}", place=self.tree.values[path[:1]])])
        if str(node.tag).removeprefix(YAML_TAG) not in PLAIN[type(node)]:
            shown = str(node.tag).replace(YAML_TAG, "!!")
            message = f"wanted plain YAML, got the tag {shown}"
            self.faults.append(Fault(path, message, "specs cannot run code", self.place(node)))
            return None
        if isinstance(node, MappingNode):
            return dict(self.items(node, path))
        if isinstance(node, SequenceNode):
            return [self.convert(child, (*path, index)) for index, child in enumerate(node.value)]
        return self.scalar(node)

    def items(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        first: dict[str, Place] = {}
        torn: list[str] = []  # the pieces of an expression that commas cut, the first under its own key
        for key_node, value_node in node.value:
            place = self.place(key_node)
            key = key_node.value
            if torn and str(value_node.tag) == YAML_TAG + "null":
                torn.append(key)
                if (whole := ", ".join(torn)).count("(") == whole.count(")"):
                    torn.clear()
                    owner, fix = (*path, list(first)[-1]), f'quote it: "{whole}"'
                    self.faults.append(Fault(owner, "is cut in two by a comma", fix, self.tree.values[owner]))
                continue
            if not isinstance(key_node, ScalarNode) or not isinstance(key, str):
                self.faults.append(Fault(path, "wanted a word as a key", place=place))
                continue
            if key in first:
                self.faults.append(
                    Fault((*path, key), f"stands twice; the first is at line {first[key].line}", place=place)
                )
                continue
            if str(key_node.tag) == YAML_TAG + "merge":
                fix = "write the keys out, or extend another spec"
                self.faults.append(Fault((*path, key), "merge keys are not part of the language", fix, place))
                continue
            first[key] = place
            self.tree.keys[(*path, key)] = place
            text = value_node.value if isinstance(value_node, ScalarNode) and not value_node.style else ""
            torn = [text] if node.flow_style and text.count("(") > text.count(")") else []
            yield key, self.convert(value_node, (*path, key))

    def scalar(self, node: Node) -> Any:
        text = node.value
        try:
            match str(node.tag).removeprefix(YAML_TAG):
                case "null":
                    return None
                case "bool":
                    return text.lower() in ("true", "yes", "on")
                case "int":
                    return int(text.replace("_", ""), 0)
                case "float":
                    return float(re.sub(r"\.(inf|nan)", r"\1", text.replace("_", "").lower()))
        except ValueError:
            return text
        return text
