"""The expressions of a flow: names, calls, named outputs, arithmetic, numbers and lists; nothing else parses."""

import ast
import warnings
from math import isfinite

from attrs import field, frozen

LONGEST = 2_000  # characters
DEEPEST = 30

Constant = float | int | bool | str


@frozen
class Name:
    """A tensor by name; `_` is the hole of a judge."""

    id: str
    offset: int = field(default=0, eq=False)


@frozen
class Number:
    """A number, or a string given as a constant."""

    value: Constant
    offset: int = field(default=0, eq=False)


@frozen
class Call:
    """A network or an operation called on expressions; keywords are constants."""

    function: str
    arguments: "tuple[Expression, ...]"
    keywords: tuple[tuple[str, Constant], ...] = ()
    offset: int = field(default=0, eq=False)


@frozen
class Output:
    """A named output of a call, or a field of a data set."""

    of: "Expression"
    name: str
    offset: int = field(default=0, eq=False)


@frozen
class Arithmetic:
    """An operator between two expressions."""

    operator: str
    left: "Expression"
    right: "Expression"
    offset: int = field(default=0, eq=False)


@frozen
class Sequence:
    """Several tensors."""

    items: "tuple[Expression, ...]"
    offset: int = field(default=0, eq=False)


Expression = Name | Number | Call | Output | Arithmetic | Sequence

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=",
}  # fmt: skip


class ExpressionError(ValueError):
    """What is wrong with an expression, and at which character."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def parse(text: str) -> Expression:
    """Parse an expression; ExpressionError says what is wrong and where."""
    if len(text) > LONGEST:
        raise ExpressionError(f"wanted an expression of at most {LONGEST:,} characters, got {len(text):,}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            warnings.simplefilter("error", DeprecationWarning)
            tree = ast.parse(text.strip(), mode="eval")
        return _convert(tree.body, 0)
    except SyntaxError as error:
        at = max(0, (error.offset or 1) - 1) if error.lineno == 1 else 0
        raise ExpressionError(f"not an expression: {error.msg} in '{_shorten(text)}'", at) from error
    except ForeignError as error:
        source = ast.get_source_segment(text.strip(), error.node) or text
        what = f"'{_shorten(source)}' ({_word(error.node)}) is not part of the flow language"
        raise ExpressionError(what, error.node.col_offset) from error
    except (RecursionError, MemoryError) as error:
        raise ExpressionError("not an expression: nested too deeply") from error


class ForeignError(Exception):
    """Python that is not part of the flow language."""

    def __init__(self, node: ast.expr) -> None:
        self.node = node


def _word(node: ast.expr) -> str:
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        return {"pow": "power"}.get(name := type(node.op).__name__.lower(), name)
    names = {
        ast.JoinedStr: "f-string",
        ast.IfExp: "conditional",
        ast.BoolOp: "and, or",
        ast.Compare: "chained comparison",
    }
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return "comparison"
    return names.get(type(node), type(node).__name__.lower())


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _constant(node: ast.expr) -> Constant:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str):
        if sign == 1:
            return _finite(node.value, node.col_offset)
        if isinstance(node.value, int | float):
            return _finite(-node.value, node.col_offset)
    raise ExpressionError("wanted a number or a string for a keyword", node.col_offset)


def _finite(value: Constant, at: int) -> Constant:
    if isinstance(value, float) and not isfinite(value):
        raise ExpressionError("wanted a finite number", at)
    return value


def _convert(node: ast.expr, depth: int) -> Expression:
    at = node.col_offset
    if depth > DEEPEST:
        raise ExpressionError(f"wanted an expression nested at most {DEEPEST} deep", at)
    match node:
        case ast.Name(id=name):
            return Name(name, at)
        case ast.Constant(value=value) if isinstance(value, int | float | str):
            return Number(_finite(value, at), at)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _convert(operand, depth + 1)
            if isinstance(inner, Number) and not isinstance(inner.value, str):
                return Number(-inner.value, at)
            return Arithmetic("*", Number(-1, at), inner, at)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return Arithmetic(OPERATORS[type(op)], _convert(left, depth + 1), _convert(right, depth + 1), at)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
            return Arithmetic(OPERATORS[type(op)], _convert(left, depth + 1), _convert(right, depth + 1), at)
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=keywords):
            if any(word.arg is None for word in keywords):
                raise ExpressionError("'**' is not part of the flow language", at)
            words = tuple((str(word.arg), _constant(word.value)) for word in keywords)
            return Call(function, tuple(_convert(argument, depth + 1) for argument in arguments), words, at)
        case ast.Attribute(value=ast.Call() | ast.Name() as of, attr=name) if not name.startswith("_"):
            return Output(_convert(of, depth + 1), name, at)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return Sequence(tuple(_convert(item, depth + 1) for item in items), at)
    raise ForeignError(node)


def show(expression: Expression) -> str:
    """The expression as a person would type it."""
    match expression:
        case Name(id=name):
            return name
        case Number(value=value):
            return repr(value) if isinstance(value, str) else str(value)
        case Call(function=function, arguments=arguments, keywords=keywords):
            parts = [*map(show, arguments), *(f"{name}={value!r}" for name, value in keywords)]
            return f"{function}({', '.join(parts)})"
        case Output(of=of, name=name):
            return f"{show(of)}.{name}"
        case Arithmetic(operator=operator, left=left, right=right):
            return f"({show(left)} {operator} {show(right)})"
        case Sequence(items=items):
            return f"[{', '.join(map(show, items))}]"
