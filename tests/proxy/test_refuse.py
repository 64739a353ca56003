"""The status says who must act, and every code that it depends on is documented."""

from pathlib import Path

import pytest

from authwright.error_codes import ERROR_CODES, status_of
from authwright.errors import InteractionRequired, TokenEndpointError
from authwright.proxy import refuse

ANSWERS = {
    "internal_error": (502, None),
    "token_endpoint_refused": (502, None),
    "token_endpoint_malformed": (502, None),
    "grant_invalid": (502, None),
    "store_unusable": (502, None),
    "unreachable": (502, b"5"),
    "interrupted": (502, b"5"),
    "refresh_cut_off": (503, b"5"),
    "token_endpoint_unavailable": (503, b"5"),
    "store_busy": (503, b"5"),
    "shutting_down": (503, b"5"),
    "timeout": (504, b"5"),
    "own_port": (403, None),
    "open_listener": (403, None),
    "body_too_large": (413, None),
}


@pytest.mark.parametrize("code", ANSWERS)
def test_a_code_has_its_status_and_says_when_to_come_back(code: str) -> None:
    answer = refuse.answer(TokenEndpointError("No.", code=code))
    assert (answer.status, dict(answer.headers).get(b"Retry-After")) == ANSWERS[code]


def test_it_says_when_the_next_attempt_is_due_where_that_is_known() -> None:
    error = TokenEndpointError("No.", code="token_endpoint_unavailable")
    error.retry_after = 28.3
    assert dict(refuse.answer(error).headers)[b"Retry-After"] == b"29"


def test_someone_must_sign_in_whatever_the_code_is() -> None:
    answer = refuse.answer(InteractionRequired("Sign in."))
    assert (answer.status, dict(answer.headers).get(b"Retry-After")) == (503, None)


def documented() -> set[tuple[str, str]]:
    rows = Path(__file__).parents[2].joinpath("docs/debugging.md").read_text().splitlines()
    cells = [row.split(" | ") for row in rows if row.startswith("| ") and "`" in row]
    return {(code.strip(" `"), cell[0].strip("| ")) for cell in cells for code in cell[1].split(",")}


def test_every_status_is_documented() -> None:
    raised = {*ANSWERS, *(code for code, row in ERROR_CODES.items() if row.status)}
    expected = {(code, str(status_of(code))) for code in raised}
    assert expected - documented() == set()
