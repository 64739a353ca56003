"""A value is encrypted for its record, and every change is found."""

import pytest

from authwright.tokens.stores.cipher import Cipher, WrongKey


@pytest.mark.parametrize("position", [0, 5, 11, 12, 20, -1])
def test_one_changed_bit_is_found(position):
    cipher = Cipher(bytes(32))
    sealed = bytearray(cipher.encrypt(b"a value of some length", "r"))
    sealed[position] ^= 1
    with pytest.raises(WrongKey):
        cipher.decrypt(bytes(sealed), "r")


def test_equal_values_are_encrypted_differently():
    cipher = Cipher(bytes(32))
    assert len({cipher.encrypt(b"v", "r") for _ in range(100)}) == 100
