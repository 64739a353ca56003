"""What is read from a dataclass of parameters, and the values that its fields take."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from authwright.config import load
from authwright.config.convert import Misfit, Resolver, draft_of
from authwright.config.document import parse
from authwright.config.fields import Choice, Duration, Flag, Free, Nested, Several, Text, Variants, Whole, spec_of
from authwright.config.reading import Reading
from authwright.config.variables import Variable, Variables
from authwright.errors import ConfigError
from authwright.grants import GRANTS
from authwright.parameters import ParameterError, param
from authwright.rules.settings import Settings
from authwright.schemes import SCHEMES
from authwright.secret import Secret
from authwright.sources.reader import Sources

type Word = Literal["one", "two"]


@dataclass(frozen=True, kw_only=True)
class Inner:
    x: str = param("An x.", default="")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A sample of everything.

    More about it.
    """

    text: str = param("A text.", default="")
    secret: Secret | None = param("A secret.", default=None)
    flag: bool = param("A flag.", default=False)
    number: int = param("A number.", default=0)
    size: int = param("A size.", default=0, size=True)
    time: timedelta | None = param("A time.", default=None)
    word: Word = param("A word.", default="one", key="in")
    several: tuple[str, ...] = param("Several.", default=())
    words: tuple[Literal["a", "b"], ...] = param("Several words.", default=())
    free: Mapping[str, Any] = param("Anything.", default=None)
    texts: Mapping[str, str] = param("Texts.", default=None)
    inner: Inner = param("Another one.", default=Inner())

    def __post_init__(self) -> None:
        if self.text == "misfit":
            raise ParameterError("text", "the text does not fit", "write another")
        if self.text == "wrong":
            raise ValueError("these do not go together")


def read(yaml: str) -> tuple[Sample | None, list[tuple[str, int, int]], Resolver]:
    """What *yaml* stands for, the code and place of each problem, and the resolver that read its secrets."""
    document, problems = parse(yaml, "f")
    assert document is not None
    assert problems == []
    sources = Sources({"NAME": "val-ue", "FLAG": "true"})
    reading = Reading({"f": yaml.split("\n")}, {"f": Path()}, sources)
    reading.variables = Variables({"n": Variable("7", Path()), "host": Variable("h.${n}", Path())})
    resolver = Resolver(sources)
    draft = draft_of(reading, spec_of(Sample), document)
    sample = draft.make(resolver) if draft else None
    return sample, [(one.code, one.line, one.column) for one in reading.problems], resolver


def test_the_kinds_of_fields_are_read_from_their_annotations():
    assert {key: field.kind for key, field in spec_of(Sample).fields.items()} == {
        "text": Text(),
        "secret": Text(secret=True),
        "flag": Flag(),
        "number": Whole(),
        "size": Whole(size=True),
        "time": Duration(),
        "in": Choice(("one", "two")),
        "several": Several(Text()),
        "words": Several(Choice(("a", "b"))),
        "free": Free(),
        "texts": Free(texts=True),
        "inner": Nested(spec_of(Inner)),
    }


def test_a_class_is_read_once_and_described_by_its_first_line():
    assert (spec_of(Sample) is spec_of(Sample), spec_of(Sample).doc) == (True, "A sample of everything.")


def test_an_annotation_that_no_value_can_have_is_refused():
    @dataclass
    class Odd:
        it: set[str] = param("Odd.")

    with pytest.raises(TypeError, match=r"Odd\.it cannot be configured"):
        spec_of(Odd)


@pytest.mark.parametrize("owner", [*SCHEMES.values(), *GRANTS.values(), Settings], ids=lambda owner: owner.__name__)
def test_every_class_that_is_configured_can_be(owner: type):
    assert all(field.doc for field in spec_of(owner).fields.values())


def test_a_grant_stands_beside_its_scheme():
    spec = spec_of(SCHEMES["oauth2"])

    assert spec.variants is not None
    assert isinstance(spec.variants.kind, Variants)
    assert {"token_endpoint", "placement"} <= set(spec.chosen("client_credentials"))
    assert "token_endpoint" not in spec.chosen(None)


@pytest.mark.parametrize(
    ("yaml", "field", "value"),
    [
        ("text: abc", "text", "abc"),
        ("text: 012", "text", "012"),
        ("text: 0x1F", "text", "0x1F"),
        ("text: 12345", "text", "12345"),
        ("text: 1.50", "text", "1.50"),
        ("text: no", "text", "no"),
        ("text: true", "text", "true"),
        ('text: ""', "text", ""),
        ("text: a$$b", "text", "a$b"),
        ('text: "${host}:1"', "text", "h.7:1"),
        ('text: "${env:NAME}"', "text", "val-ue"),
        ('secret: "${env:NAME}"', "secret", Secret("val-ue")),
        ("flag: true", "flag", True),
        ('flag: "false"', "flag", False),
        ('flag: "${env:FLAG}"', "flag", True),
        ("number: 12", "number", 12),
        ("number: -3", "number", -3),
        ('number: "${n}"', "number", 7),
        ("size: 4096", "size", 4096),
        ("size: 16MiB", "size", 16 * 1024 * 1024),
        ("size: 2 KiB", "size", 2048),
        ('size: "${n}KiB"', "size", 7 * 1024),
        ("time: 30s", "time", timedelta(seconds=30)),
        ("time: 5m", "time", timedelta(minutes=5)),
        ("time: 1h", "time", timedelta(hours=1)),
        ("time: 1d", "time", timedelta(days=1)),
        ("in: two", "word", "two"),
        ("several: one", "several", ("one",)),
        ("several: one two", "several", ("one two",)),
        ('several: [one, "${n}", 3]', "several", ("one", "7", "3")),
        ("several: []", "several", ()),
        ("words: [a, b]", "words", ("a", "b")),
        (
            'free: {a: 1, b: true, c: null, d: [x, {e: "${n}"}], f: "1"}',
            "free",
            {"a": 1, "b": True, "c": None, "d": ["x", {"e": "7"}], "f": "1"},
        ),
        ("texts: {a: 1, b: true, c: x}", "texts", {"a": "1", "b": "true", "c": "x"}),
        ("inner: {x: y}", "inner", Inner(x="y")),
    ],
)
def test_a_value_is_what_its_field_takes(yaml: str, field: str, value: object):
    sample, problems, _ = read(yaml)

    assert (getattr(sample, field), problems) == (value, [])


@pytest.mark.parametrize(
    ("yaml", "code", "column"),
    [
        ("text: [a]", "wrong_type", 7),
        ("text: {a: b}", "wrong_type", 7),
        ("text:", "empty_value", 6),
        ("flag: yes", "wrong_value", 7),
        ("flag: 1", "wrong_value", 7),
        ("number: 1.5", "wrong_value", 9),
        ("number: 0x1F", "wrong_value", 9),
        ("number: many", "wrong_value", 9),
        ("size: 16 bytes", "wrong_value", 7),
        ("size: -1", "wrong_value", 7),
        ("time: 30w", "wrong_value", 7),
        ("time: soon", "wrong_value", 7),
        ("time: 99999999999999d", "wrong_value", 7),
        ("in: three", "wrong_value", 5),
        ("word: one", "unknown_key", 1),
        ("words: [a, c]", "wrong_value", 12),
        ("several: {a: b}", "wrong_type", 10),
        ("several: [a, [b]]", "wrong_type", 14),
        ("free: text", "wrong_type", 7),
        ("texts: {a: [b]}", "wrong_type", 12),
        ("inner: text", "wrong_type", 8),
        ("inner: {y: z}", "unknown_key", 9),
        ('text: "a ${nope}"', "unknown_variable", 10),
    ],
)
def test_a_value_that_does_not_fit_is_noted_where_it_stands(yaml: str, code: str, column: int):
    assert read(yaml)[:2] == (None, [(code, 1, column)])


def test_all_that_is_wrong_is_noted_at_once():
    assert read("flag: yes\nnumber: many\ntxt: a\ninner: {y: z, x: [a]}")[1] == [
        ("unknown_key", 3, 1),
        ("wrong_value", 1, 7),
        ("wrong_value", 2, 9),
        ("unknown_key", 4, 9),
        ("wrong_type", 4, 18),
    ]


@pytest.mark.parametrize(("text", "column"), [("misfit", 7), ("wrong", 1)])
def test_parameters_that_do_not_go_together_point_at_the_field_or_the_mapping(text: str, column: int):
    with pytest.raises(Misfit) as caught:
        read(f"text: {text}")

    assert caught.value.node.mark.column == column


def test_a_secret_in_the_clear_is_a_warning_that_does_not_show_it():
    assert read("secret: hunter2")[1] == [("secret_in_file", 1, 9)]


def test_every_text_that_holds_a_secret_is_remembered_and_its_source_alone():
    _, _, resolver = read(
        'secret: "a-${env:NAME}"\ntext: "b-${env:NAME}"\nseveral: ["c-${env:NAME}"]\nfree: {k: "d-${env:NAME}"}\nin: two'
    )

    assert resolver.secrets == {"val-ue", "a-val-ue", "b-val-ue", "c-val-ue", "d-val-ue"}


AHEAD = """\
version: 1
rules:
  - match: a.example
    auth:
      {{type: oauth2, grant: client_credentials, token_endpoint: https://i.example/t, client_id: c, client_auth: none, refresh_ahead: {}}}
"""


@pytest.mark.parametrize(("text", "value"), [("auto", "auto"), ("9m", timedelta(minutes=9)), ("0s", timedelta(0))])
def test_a_duration_may_be_left_to_us(text, value):
    [rule] = load(AHEAD.format(text)).rules
    assert rule.credential.scheme().grant.refresh_ahead == value


def test_a_duration_that_is_none_says_what_may_stand_there():
    with pytest.raises(ConfigError, match="refresh_ahead must be auto, or a duration such as 30s, 5m or 1h"):
        load(AHEAD.format("soon"))
