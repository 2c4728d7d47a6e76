"""Small mistakes, one at a time, made in the source of a module: what mutation testing tries.

Enters: the source. Leaves: one `Mutant` for every place and every alteration that fits there, with the changed tree.
Pure: it runs nothing. Texts are not altered, because a word in a sentence for a reader is no decision; nor are
annotations and the decorators of values, which only the type checker reads.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult,
}

_PLACED = (ast.expr, ast.stmt, ast.comprehension)

Change = Callable[[ast.AST], ast.AST | None]  # a copy of the node → what stands in its place; None: the node, changed


@dataclass(frozen=True, slots=True)
class Mutant:
    line: int
    statement: int  # the line on which the statement begins that it lies in
    text: str  # of that line, without its indentation
    change: str  # what was done to it, for people
    function: str  # the outermost function it lies in, as Class.name; empty: run when the module is imported
    tree: ast.Module

    @property
    def name(self) -> str:
        """The same while the line reads the same, wherever it stands in its function."""
        return f"{self.function or 'at import'} | {self.text} | {self.change}"


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    lines, tree = source.splitlines(), ast.parse(source)
    functions, statements = _functions(tree), _statements(tree)
    places = [(number, node) for number, node in enumerate(ast.walk(tree)) if isinstance(node, _PLACED)]
    ignored = _annotations(tree) | _docstrings(tree) | _decorators(tree)
    for number, node in sorted(places, key=lambda place: (_line(place[1]), place[0])):
        if id(node) in ignored:
            continue
        for change, alter in _alterations(node):
            line = _line(node)
            text = lines[line - 1].strip()
            yield Mutant(
                line,
                statements.get(id(node), 0),
                text,
                change,
                functions.get(id(node), ""),
                _altered(tree, number, alter),
            )


def watched(source: str) -> ast.Module:
    """The module, made to call `__passed__` with its line before each statement of a function."""
    tree = ast.parse(source)
    for node in [*ast.walk(tree)]:
        if not isinstance(node, ast.Module | ast.ClassDef):
            for name, block in ast.iter_fields(node):
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    setattr(node, name, [part for statement in block for part in (_note(statement), statement)])
    return ast.fix_missing_locations(tree)


def _note(statement: ast.stmt) -> ast.stmt:
    call = ast.Call(ast.Name("__passed__", ast.Load()), [ast.Constant(statement.lineno)], [])
    return ast.copy_location(ast.Expr(call), statement)


def _statements(tree: ast.Module) -> dict[int, int]:
    """The line of the innermost statement that each node belongs to; walking goes from the outer to the inner."""
    found: dict[int, int] = {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.stmt):
            found |= {id(node): statement.lineno for node in ast.walk(statement)}
    return found


def _line(node: ast.AST) -> int:
    return _line(node.target) if isinstance(node, ast.comprehension) else int(vars(node)["lineno"])


def _altered(tree: ast.Module, number: int, alter: Change) -> ast.Module:
    changed = copy.deepcopy(tree)
    wanted = next(node for at, node in enumerate(ast.walk(changed)) if at == number)
    instead = alter(wanted)
    if instead is not None:
        _Putting(wanted, ast.copy_location(instead, wanted)).visit(changed)
    return ast.fix_missing_locations(changed)


class _Putting(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _alterations(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp(op=op):
            yield ("or for and", _set(op=ast.Or())) if isinstance(op, ast.And) else ("and for or", _set(op=ast.And()))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"without not: {ast.unparse(operand)}", lambda n: n.operand  # type: ignore[attr-defined]
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _ARITHMETIC:
            other = _ARITHMETIC[type(op)]
            yield f"{other.__name__} for {type(op).__name__}: {ast.unparse(node)}", _set(op=other())
        case ast.Constant(value=bool(value)):
            yield f"{not value} for {value}", _set(value=not value)
        case ast.Constant(value=int(value) | float(value)):
            yield f"{value + 1} for {value}", _set(value=value + 1)
            yield f"{value - 1} for {value}", _set(value=value - 1)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "returns None", _set(value=ast.Constant(None))
        case ast.Call(keywords=keywords):
            for at, keyword in enumerate(keywords):
                yield f"without {keyword.arg or '**'}", _without_keyword(at)
    yield from _of_statements(node)


def _compared(node: ast.Compare) -> Iterator[tuple[str, Change]]:
    for at, op in enumerate(node.ops):
        for other in _COMPARISONS[type(op)]:
            ops = [other() if here == at else kept for here, kept in enumerate(node.ops)]
            yield f"{other.__name__} for {type(op).__name__}: {ast.unparse(node)}", _set(ops=ops)


def _of_statements(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if not isinstance(
            test, ast.Compare | ast.UnaryOp
        ):
            yield f"not {ast.unparse(test)}", lambda n: _set(test=ast.UnaryOp(ast.Not(), n.test))(n)  # type: ignore[attr-defined]
        case ast.Expr() | ast.Raise() | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Delete():
            yield f"removed: {ast.unparse(node)[:60]}", lambda _: ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield f"removed: {ast.unparse(node)[:60]}", lambda _: ast.Pass()
        case ast.comprehension(ifs=[_, *_]):
            yield "without its condition", _set(ifs=[])


def _set(**values: object) -> Change:
    def change(node: ast.AST) -> None:
        for name, value in values.items():
            setattr(node, name, value)

    return change


def _without_keyword(at: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Call)
        del node.keywords[at]

    return change


def _functions(tree: ast.Module) -> dict[int, str]:
    """Which function each node runs in. Defaults, decorators and class bodies run at import, so in none."""
    found: dict[int, str] = {}
    for prefix, function in _outermost(tree, ""):
        for statement in function.body:
            found |= {id(node): f"{prefix}{function.name}" for node in ast.walk(statement)}
    return found


def _outermost(tree: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield prefix, node
        elif isinstance(node, ast.ClassDef):
            yield from _outermost(node, f"{prefix}{node.name}.")


def _annotations(tree: ast.Module) -> set[int]:
    kept = [getattr(node, name) for node in ast.walk(tree) for name in ("annotation", "returns") if hasattr(node, name)]
    return {id(part) for whole in kept if whole is not None for part in ast.walk(whole)}


def _decorators(tree: ast.Module) -> set[int]:
    """`@dataclass(frozen=True, slots=True)`: mypy minds that no field is set."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {id(part) for found in classes for whole in found.decorator_list for part in ast.walk(whole)}


def _docstrings(tree: ast.Module) -> set[int]:
    """Statements that are only a text, of a module, a class, a function or under a value."""
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    return {id(part) for text in texts for part in (text, text.value)}
