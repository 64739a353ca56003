"""A dataclass says what its fields mean in a configuration."""

from dataclasses import MISSING, dataclass, fields

import pytest

from authwright.parameters import ParameterError, param


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One field of each kind."""

    needed: str = param("It must be given.")
    given: int = param("It has a default.", default=7, size=True, advanced=True)
    renamed: str = param("Another name in the file.", default="", key="in", example="x")
    hidden: str = param("Not shown.", default="", shown=False, obtains=False)


def test_a_field_without_a_default_must_be_given():
    assert Sample(needed="x") == Sample(needed="x", given=7)
    with pytest.raises(TypeError):
        Sample()
    assert fields(Sample)[0].default is MISSING


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, {"doc": "It must be given.", "key": None, "obtains": True, "size": False}),
        (1, {"size": True, "advanced": True}),
        (2, {"key": "in", "example": "x"}),
        (3, {"obtains": False}),
    ],
)
def test_what_is_said_of_a_field_stands_in_its_metadata(index, expected):
    assert expected.items() <= fields(Sample)[index].metadata.items()


def test_a_repr_shows_what_may_be_shown():
    assert repr(Sample(needed="x", hidden="c4nary")) == "Sample(needed='x', given=7, renamed='')"


def test_an_error_points_at_its_field():
    error = ParameterError("needed", "It cannot be used.", "Write another")
    assert (error.name, error.message, error.hint, str(error)) == (
        "needed",
        "It cannot be used.",
        "Write another",
        "It cannot be used.",
    )
    assert isinstance(error, ValueError)
