"""The user's own parameters replace generated ones, and change nothing about how a message travels."""

import pytest

from authwright.grants.extra import TokenStep
from authwright.message import Request
from authwright.parameters import ParameterError

POST = Request.of("POST", "https://as.example/token?a=1&b=2", [("Accept", "x")])


@pytest.mark.parametrize(
    ("step", "target", "accept", "body"),
    [
        (TokenStep(), "/token?a=1&b=2", "x", b"grant_type=g&scope=s"),
        (TokenStep(body={"scope": "own", "more": "é"}), "/token?a=1&b=2", "x", b"grant_type=g&scope=own&more=%C3%A9"),
        (TokenStep(query={"a": "own", "c": "3"}), "/token?b=2&a=own&c=3", "x", b"grant_type=g&scope=s"),
        (TokenStep(header={"accept": "own"}), "/token?a=1&b=2", "own", b"grant_type=g&scope=s"),
    ],
    ids=["nothing", "body", "query", "header"],
)
def test_given_parameters_replace_those_of_the_same_name(step, target, accept, body):
    made = step.apply(POST, (("grant_type", "g"), ("scope", "s")))
    assert (made.target, made.headers.get_all("Accept"), made.body) == (target, [accept], body)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("X Y", "v", "not a header name"),
        ("", "v", "not a header name"),
        ("naïve", "v", "not a header name"),
        ("Host", "v", "how a message travels"),
        ("content-LENGTH", "1", "how a message travels"),
        ("Proxy-Authorization", "v", "how a message travels"),
        ("X", "a\r\nY: b", "control character"),
        ("X", "a\0", "control character"),
        ("X", " a", "starts or ends with a space"),
        ("X", "a\t", "starts or ends with a space"),
    ],
)
def test_a_header_that_would_change_the_message_is_refused(name, value, sentence):
    with pytest.raises(ParameterError, match=sentence) as caught:
        TokenStep(header={name: value})
    assert caught.value.name == "header"


@pytest.mark.parametrize(("name", "value"), [("X-Api-Key", "a b"), ("X", ""), ("x!#$%&'*+-.^_`|~9", "é")])
def test_any_other_header_passes(name, value):
    assert TokenStep(header={name: value}).values == (value,)


def test_a_repr_shows_names_alone():
    assert repr(TokenStep(query={"q": "c4nary"}, body={"b": "c4nary"}, header={"h": "c4nary"})) == (
        "Step(query=['q'], body=['b'], header=['h'])"
    )
