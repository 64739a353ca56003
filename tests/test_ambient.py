"""The machine's own time and chance."""

from datetime import UTC

from authwright.ambient import SystemAmbient, fresh_nonce


def test_time_is_in_utc_and_does_not_go_back():
    ambient = SystemAmbient()
    first, second = ambient.now(), ambient.now()
    assert (first.tzinfo, first <= second) == (UTC, True)


def test_a_nonce_is_22_letters_and_digits_and_never_the_same():
    made = {fresh_nonce() for _ in range(1000)} | {SystemAmbient().nonce()}
    assert len(made) == 1001
    assert all(len(nonce) == 22 and nonce.isascii() and nonce.isalnum() for nonce in made)
