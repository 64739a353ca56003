"""Errors carry a sentence, a stable code and the next thing to type."""

import pytest

from authwright import errors
from authwright.error_codes import hint_for

PROBLEMS = (errors.Problem("f.yaml", 3, 5, "x", "it is wrong", "mend it"), errors.Problem("f.yaml", 9, 1, "y", "this too"))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.AuthwrightError, "internal_error"),
        (errors.SecretError, "secret_unavailable"),
        (errors.RequestError, "request_refused"),
        (errors.RemoteError, "remote_error"),
        (errors.ChallengeError, "challenge_invalid"),
        (errors.TokenEndpointError, "token_endpoint"),
        (errors.TransportError, "unreachable"),
        (errors.InteractionRequired, "login_required"),
    ],
)
def test_each_class_has_a_code_that_a_case_may_replace(kind, code):
    plain, special = kind("It failed."), kind("It failed.", code="special", hint="Type this")
    assert (plain.message, str(plain), plain.code, plain.hint) == ("It failed.", "It failed.", code, hint_for(code))
    assert (special.code, special.hint) == ("special", "Type this")


@pytest.mark.parametrize(
    ("problems", "sentence"),
    [(PROBLEMS[:1], "f.yaml:3:5: it is wrong"), (PROBLEMS, "f.yaml:3:5: it is wrong (and 1 more)")],
)
def test_a_broken_file_is_told_by_its_first_problem(problems, sentence):
    error = errors.ConfigError(problems)
    assert (error.message, error.hint, error.code, error.problems) == (sentence, "mend it", "config_invalid", problems)


def test_a_token_endpoints_error_keeps_what_the_server_said():
    error = errors.TokenEndpointError("No.", error="invalid_grant", status=400)
    assert (error.error, error.status, isinstance(error, errors.RemoteError)) == ("invalid_grant", 400, True)
