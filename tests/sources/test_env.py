"""An environment variable holds a secret, less one line break at its end."""

import pytest
from tests.sources.values import MEANS, reference

from authwright.errors import SecretError
from authwright.sources.env import ENV


@pytest.mark.parametrize(("name", "text"), [("TOKEN", "t0ken"), ("LINE", "x"), ("TRICK", "${env:TOKEN}")])
def test_a_variable_is_read_as_it_is(name, text):
    assert ENV.read(reference("env", name), MEANS) == text


@pytest.mark.parametrize(("name", "state"), [("NONE", "is not set"), ("EMPTY", "is empty")])
def test_a_variable_that_is_missing_is_named(name, state):
    for ask in (ENV.read, ENV.lacks):
        with pytest.raises(SecretError) as caught:
            ask(reference("env", name), MEANS)
        assert (caught.value.message, caught.value.hint) == (f"the environment variable {name} {state}", f"export {name}=…")


@pytest.mark.parametrize("argument", ["", "A=B", "A B", "A\0"])
def test_what_no_variable_can_be_called_is_not_accepted(argument):
    assert not ENV.accepts(argument)
