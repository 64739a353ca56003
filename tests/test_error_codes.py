"""Every code that the package gives stands in the table of error codes, and every row of the table is given."""

import ast
from pathlib import Path

import pytest

from authwright.error_codes import ERROR_CODES, hint_for
from authwright.errors import AuthwrightError, RequestError

PACKAGE = Path(__file__).parent.parent / "addons"
TABLE = "error_codes.py"
TREES = {path: ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py") if path.name != TABLE}
OF_FILES = {"VariableError", "MatchSyntaxError", "Diagnosis", "Problem", "problem"}
"""What is wrong with a configuration file: ``check`` shows it with its place, and no answer or command ends with its code."""


def constants():
    """The texts that modules give a name, by that name."""
    found = {}
    for tree in TREES.values():
        for node in tree.body:
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                found.setdefault(target.id, set()).add(node.value.value)
    return found


NAMED = constants()


def texts(node):
    """What an expression can be, as far as it is a text, the name of one, or a choice between such."""
    match node:
        case ast.Constant(value=str() as text):
            return {text}
        case ast.Name(id=name):
            return NAMED.get(name, set())
        case ast.IfExp(body=one, orelse=other):
            return texts(one) | texts(other)
        case ast.BoolOp(values=values):
            return set().union(*map(texts, values))
    return set()


def name_of(call):
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""


def of_call(node):
    given = [word.value for word in node.keywords if word.arg == "code"]
    if name_of(node) == "_tell" and len(node.args) > 1:  # how commands tell of errors that have no class of ours
        given.append(node.args[0])
    return set() if name_of(node) in OF_FILES else set().union(*map(texts, given))


def of_function(node):
    """The default of a parameter ``code``, and what a function ``_code`` returns."""
    arguments = [*node.args.posonlyargs, *node.args.args]
    pairs = [
        *zip(arguments[::-1], node.args.defaults[::-1], strict=False),
        *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    ]
    given = [default for argument, default in pairs if argument.arg == "code" and default is not None]
    if node.name == "_code":
        given += [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
    return set().union(*map(texts, given))


def given_by(tree):
    """The codes that a module gives."""
    found = set()
    classes_of_files = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name in OF_FILES]
    left_out = {id(each) for node in classes_of_files for each in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        match node:
            case ast.Call():
                found |= of_call(node)
            case ast.FunctionDef():
                found |= of_function(node)
            case ast.Assign(targets=[ast.Name(id="code")], value=value) | ast.AnnAssign(target=ast.Name(id="code"), value=value):
                found |= texts(value)
    return found


def test_every_code_that_is_given_has_a_row():
    missing = {path.name: codes for path, tree in TREES.items() if (codes := given_by(tree) - set(ERROR_CODES))}
    assert missing == {}


def test_every_row_is_given():
    assert set(ERROR_CODES) - set().union(*map(given_by, TREES.values())) == set()


@pytest.mark.parametrize(
    "source",
    [
        'raise AuthwrightError("x", code="brand_new")',
        'class Fresh(AuthwrightError):\n    code = "brand_new"',
        'def failed(*, code: str = "brand_new"): ...',
        'raise AuthwrightError("x", code=UNAVAILABLE if later else "brand_new")',
        'def _code(status):\n    return "brand_new"',
    ],
)
def test_a_code_is_seen_however_it_is_given(source):
    assert "brand_new" in given_by(ast.parse(source))


@pytest.mark.parametrize("code", ERROR_CODES)
def test_a_row_is_whole(code):
    row = ERROR_CODES[code]
    assert row.status is None or 400 <= row.status <= 504
    assert row.status != 401  # the client would ask its user for a password that is not its own
    assert row.meaning == row.meaning.strip(" .;")
    assert row.meaning
    assert not row.transient or row.status in (502, 503, 504)


def test_an_error_without_a_hint_has_that_of_its_code():
    assert RequestError("No.", code="malformed_head").hint == hint_for("malformed_head") != ""
    assert RequestError("No.", code="malformed_head", hint="Do this.").hint == "Do this."
    assert AuthwrightError("No.", code="no_such_code").hint == ""
