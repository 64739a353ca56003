"""Access keys name which of their parts are secret."""

import pytest

from authwright.secret import Secret
from authwright.wire.aws.access_keys import AccessKeys


@pytest.mark.parametrize(
    ("token", "secrets"),
    [(None, {Secret("k3y")}), (Secret("t0ken"), {Secret("k3y"), Secret("t0ken")})],
    ids=["static", "temporary"],
)
def test_the_key_and_the_token_are_secret_and_the_identifier_is_not(token, secrets):
    keys = AccessKeys("AKIDEXAMPLE", Secret("k3y"), token)
    assert set(keys.secrets) == secrets
    assert "k3y" not in repr(keys)
    assert "t0ken" not in repr(keys)
    assert "AKIDEXAMPLE" in repr(keys)
