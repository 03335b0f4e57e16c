"""The mutants of one source file: cosmic-ray's operators, one more that removes calls, and what is left alone.

Left alone are docstrings and f-strings, arguments' and attributes' defaults, annotations, decorators, what a class says
of itself (`name`, `paper`, `kind`), the words of a refusal (`raise`), and the function that registers components. Of
mutants that mean the same one is kept; those that are no Python are dropped.
"""

import ast
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

import parso
from attrs import frozen
from cosmic_ray.operators import binary_operator_replacement as binary
from cosmic_ray.operators import boolean_replacer as boolean
from cosmic_ray.operators import comparison_operator_replacement as comparison
from cosmic_ray.operators import unary_operator_replacement as unary
from cosmic_ray.operators.number_replacer import NumberReplacer
from cosmic_ray.operators.operator import Example, Operator

METADATA = {"name", "paper", "kind"}
REGISTRATION = "rivalry_components"
Place = tuple[int, int]


class RemoveCall(Operator):
    """`f(x, y)` becomes `x`, `x.f(y)` becomes `x`, and a statement `f(x)` becomes `pass`.

    A method of `self`, of `super()` or of what is imported (`modules`) counts as a function. A call with neither
    argument nor receiver stays.
    """

    def __init__(self, modules: Iterable[str] = ()) -> None:
        self.functional = {"", "self", "super()", *modules}

    def mutation_positions(self, node: Any) -> Iterator[tuple[Place, Place]]:
        """One for every call of the chain."""
        for index in self._calls(node):
            yield node.start_pos, node.children[index].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """The chain without its call number `index`."""
        at = list(self._calls(node))[index]
        rest = "".join(child.get_code() for child in node.children[at + 1 :])
        text = f"{self._left(node, at)}{rest}"
        return parso.python.tree.Name(text, node.start_pos, node.get_first_leaf().prefix)

    def _calls(self, node: Any) -> Iterator[int]:
        if node.type in ("atom_expr", "power"):
            for index, child in enumerate(node.children):
                if child.type == "trailer" and child.children[0].value == "(" and self._left(node, index):
                    yield index

    def _left(self, node: Any, index: int) -> str:
        """What stays in a call's place; nothing where it cannot go."""
        call, before = node.children[index], node.children[:index]
        if node.parent.type in ("simple_stmt", "expr_stmt") and node.parent.children[0] is node:
            return "pass" if index == len(node.children) - 1 and node.parent.type == "simple_stmt" else ""
        given = call.children[1] if len(call.children) == 3 else None
        first = given.children[0] if given is not None and given.type == "arglist" else given
        argument = "" if first is None or first.type == "argument" else f"({first.get_code().strip()})"
        receiver = before[:-1] if before[-1].get_code().startswith(".") else []
        path = "".join(part.get_code() for part in receiver).strip()
        return argument if path in self.functional else path

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """What it does."""
        return (
            Example("y = f(x, 1)", "y = (x)"),
            Example("y = x.f(1)", "y = x"),
            Example("f(x)", "pass"),
            Example("y = x.mean().f()", "y = x.f()"),
            Example("y = x.mean().f()", "y = x.mean()", occurrence=1),
        )


def _named(module: Any, pairs: str) -> list[Operator]:
    """A module's replacements by their names."""
    prefix = {binary: "ReplaceBinaryOperator", comparison: "ReplaceComparisonOperator", unary: "ReplaceUnaryOperator"}
    return [getattr(module, f"{prefix[module]}_{pair}")() for pair in pairs.split()]


OPERATORS: list[Operator] = [
    *_named(binary, "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_Mul Pow_Mul BitOr_BitAnd BitAnd_BitOr"),
    *_named(comparison, "Eq_NotEq NotEq_Eq Lt_LtE Lt_Gt LtE_Lt LtE_GtE Gt_GtE Gt_Lt GtE_Gt GtE_LtE Is_IsNot IsNot_Is"),
    *_named(unary, "Delete_USub Delete_Not Delete_Invert"),
    boolean.AddNot(), boolean.ReplaceTrueWithFalse(), boolean.ReplaceFalseWithTrue(),
    boolean.ReplaceAndWithOr(), boolean.ReplaceOrWithAnd(),
    NumberReplacer(),
]  # fmt: skip


class _Plain(ast.NodeTransformer):
    """Rewrites `not a == b` as `a != b`, and its like."""

    OPPOSITE = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is}

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """A negation, or what it says without the word."""
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.Not):
            return inner.operand
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.Compare) and len(inner.ops) == 1:
            opposite = self.OPPOSITE.get(type(inner.ops[0]))
            return ast.Compare(inner.left, [opposite()], inner.comparators) if opposite else node
        return node


def _meaning(source: str) -> str:
    """The same text for sources that plainly mean the same."""
    return ast.dump(_Plain().visit(ast.parse(source)))


@frozen
class Mutant:
    """One changed source; `before` and `after` are the changed lines with single spaces."""

    line: int
    before: str
    after: str
    source: str


def _left_alone(tree: ast.Module) -> Iterator[tuple[Place, Place]]:
    """The places, from and to, in which nothing is mutated."""

    def span(node: ast.AST) -> tuple[Place, Place]:
        return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = node.decorator_list[0] if node.decorator_list else node
            registers = isinstance(node, ast.FunctionDef) and node.name == REGISTRATION
            yield span(first)[0], span(node)[1] if registers else span(node.body[0])[0]
        elif isinstance(node, ast.Lambda):
            yield span(node)[0], span(node.body)[0]
        elif isinstance(node, ast.JoinedStr | ast.Raise):
            yield span(node)
        elif isinstance(node, ast.AnnAssign):
            yield span(node.annotation)
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                target = item.target if isinstance(item, ast.AnnAssign) else getattr(item, "targets", [None])[0]
                default = isinstance(item, ast.AnnAssign) and "ClassVar" not in ast.unparse(item.annotation)
                if default or (isinstance(target, ast.Name) and target.id in METADATA):
                    yield span(item)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Every dotted name in the source that begins with an imported one."""
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    roots = {(name.asname or name.name).partition(".")[0] for node in imports for name in node.names}
    dotted = (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))
    return (path for path in dotted if path.partition(".")[0] in roots)


def _changed(source: str, mutated: str) -> tuple[int, str, str]:
    """The first changed line's number, and the changed lines of both, with single spaces."""
    old, new = source.splitlines(), mutated.splitlines()
    start = next(i for i, (a, b) in enumerate(zip([*old, None], [*new, None])) if a != b)
    same = accumulate((a == b for a, b in zip(old[start:][::-1], new[start:][::-1])), lambda x, y: x and y)
    end = sum(same)
    before, after = (" ".join(" ".join(lines[start : len(lines) - end]).split()) for lines in (old, new))
    return start + 1, before, after


def mutants(source: str) -> list[Mutant]:
    """All mutants of a source, in its order; always the same ones."""
    tree = ast.parse(source)
    lines = source.splitlines()
    alone = [
        tuple((line, len(lines[line - 1].encode()[:column].decode())) for line, column in ends)
        for ends in _left_alone(tree)
    ]
    root = parso.parse(source)
    functions = RemoveCall(_imported(tree))
    seen, found = {_meaning(source)}, []
    for operator in [*OPERATORS, functions]:
        for node in list(_nodes(root)):
            for index, (start, _) in enumerate(list(operator.mutation_positions(node))):
                if any(first <= start < last for first, last in alone):
                    continue
                mutated = _mutated(root, node, operator, index)
                try:
                    meaning = _meaning(mutated)
                except SyntaxError:
                    continue
                if meaning not in seen:
                    seen.add(meaning)
                    found.append((start, Mutant(*_changed(source, mutated), mutated)))
    return [mutant for _, mutant in sorted(found, key=lambda pair: pair[0])]


def _nodes(node: Any) -> Iterator[Any]:
    """A tree's nodes, each before its children."""
    yield node
    for child in getattr(node, "children", ()):
        yield from _nodes(child)


def _mutated(root: Any, node: Any, operator: Operator, index: int) -> str:
    """The whole source with one mutation; the tree stays as it was, so that it is parsed only once."""
    children, siblings = list(getattr(node, "children", ())), list(node.parent.children) if node.parent else []
    values = [(leaf, leaf.value) for leaf in (node, *children) if hasattr(leaf, "value")]
    new = operator.mutate(node, index)
    if siblings:
        node.parent.children[:] = [new if child is node else child for child in siblings]
    text: str = root.get_code()
    for leaf, value in values:
        leaf.value = value
    if children:
        node.children[:] = children
    if siblings:
        node.parent.children[:] = siblings
    return text
