"""A token shows none of its secrets."""

from authwright.flow.token import Standing, Token
from authwright.secret import Secret

CANARY = Secret("c4nary")


def test_no_part_of_a_token_is_shown():
    token = Token(CANARY, refresh_token=CANARY, id_token=CANARY, dpop_key=CANARY, cookies=CANARY)
    assert "c4nary" not in repr(token) + str(token) + repr(Standing("Authorization", "Bearer", CANARY, token))


def test_a_token_is_presented_as_bearer_unless_the_server_says_otherwise():
    assert (Token(CANARY).token_type, Token(CANARY, token_type="DPoP").token_type) == ("Bearer", "DPoP")
