"""A service account's file is read strictly, and never shown."""

import json

import pytest

from authwright.grants.service_account import ServiceAccount
from authwright.parameters import ParameterError
from authwright.secret import Secret

FILE = {
    "type": "service_account",
    "client_email": "robot@project.iam.gserviceaccount.com",
    "private_key": "c4nary",
    "private_key_id": "k1",
    "token_uri": "https://oauth2.googleapis.com/token",
}


def parsed(**changes):
    return ServiceAccount.parse(Secret(json.dumps({k: v for k, v in (FILE | changes).items() if v is not None})))


def test_the_file_says_who_signs_and_where():
    found = parsed()
    assert found == (FILE["client_email"], Secret("c4nary"), "k1", FILE["token_uri"])
    assert "c4nary" not in repr(found)


@pytest.mark.parametrize("key_id", [None, 7])
def test_a_key_without_an_identifier_has_an_empty_one(key_id):
    assert parsed(private_key_id=key_id).private_key_id == ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"type": None}, "its type is not service_account"),
        ({"type": "authorized_user"}, "grant: refresh_token"),
        ({"client_email": None}, "no client_email"),
        ({"private_key": ""}, "no private_key"),
        ({"token_uri": 1}, "no token_uri"),
    ],
)
def test_a_file_that_lacks_something_is_refused_without_being_quoted(changes, sentence):
    with pytest.raises(ParameterError, match=sentence) as caught:
        parsed(**changes)
    assert caught.value.name == "service_account"
    assert "c4nary" not in caught.value.message


def test_what_is_no_json_is_refused():
    with pytest.raises(ParameterError, match="not a JSON file"):
        ServiceAccount.parse(Secret("c4nary"))
