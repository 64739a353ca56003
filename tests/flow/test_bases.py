"""A scheme or a grant has every capability: its own where it says one, else the base class's default."""

import ast
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import ClassVar

import pytest

import authwright
from authwright.flow.bases import GrantBase, SchemeBase
from authwright.flow.commands import forward
from authwright.grants import GRANTS
from authwright.message import Place, Request
from authwright.schemes import SCHEMES
from authwright.schemes.cookie_source import FromFile, FromLogin
from authwright.secret import Secret

PACKAGE = Path(authwright.__file__).parent
CAPABILITIES = {name for base in (SchemeBase, GrantBase) for name in vars(base) if not name.startswith("__")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Least(SchemeBase):
    """The least that a scheme can say."""

    type: ClassVar[str] = "least"
    places: ClassVar[tuple[Place, ...]] = (Place("header", "Authorization"),)

    def authorize(self, request, ambient):
        yield from forward(request)


def test_a_scheme_that_says_the_least_has_every_capability():
    scheme, request = Least(), Request.of("GET", "https://api.example/")
    assert (scheme.binds_connection, scheme.grant, scheme.use) == (False, None, "access_token")
    assert (scheme.reads_body(request), scheme.standing(lambda _: None), scheme.stamp(request, None)) == (False, None, None)


@pytest.mark.parametrize("grant", GRANTS.values(), ids=GRANTS)
def test_the_grants_that_need_a_person_are_those_that_can_sign_one_in(grant):
    assert grant.interactive is hasattr(grant, "sign_in")


def test_a_grant_that_says_the_least_has_every_capability():
    grant = GrantBase()
    assert not grant.interactive
    assert (grant.refresh, grant.refresh_token, grant.refresh_ahead, grant.dpop) == (True, None, "auto", False)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_every_scheme_derives_from_the_base(scheme):
    assert issubclass(scheme, SchemeBase)


@pytest.mark.parametrize("grant", [*GRANTS.values(), FromFile, FromLogin], ids=lambda grant: grant.__name__)
def test_every_grant_derives_from_the_base(grant):
    assert issubclass(grant, GrantBase)


@pytest.mark.parametrize("kind", [*SCHEMES.values(), *GRANTS.values()], ids=lambda kind: kind.__name__)
def test_the_base_brings_no_parameter_and_no_dictionary(kind):
    assert [each for each in kind.__mro__[:-1] if "__slots__" not in vars(each)] == []
    assert not {field.name for field in fields(kind)} & {"type", "binds_connection", "places"}
    assert not is_dataclass(SchemeBase)
    assert not is_dataclass(GrantBase)


def test_a_field_may_take_the_place_of_a_capability():
    grant = GRANTS["refresh_token"](
        token_endpoint="https://as.example/t", client_id="i", client_auth="none", refresh_token=Secret("first"), dpop=True
    )
    assert (grant.refresh_token, grant.dpop) == (Secret("first"), True)


def looked_up_by_name(tree):
    """The names that getattr and hasattr are called with as a constant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr"):
            name = node.args[1]
            if isinstance(name, ast.Constant):
                yield name.value


def test_the_package_looks_no_capability_up_by_name():
    found = [
        (path.name, name)
        for path in PACKAGE.rglob("*.py")
        for name in looked_up_by_name(ast.parse(path.read_text()))
        if name in CAPABILITIES
    ]
    assert found == []
