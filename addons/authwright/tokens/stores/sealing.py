"""Records at rest, as every store outside this process keeps them: sealed with the key, and with the generation before.

Without the key only that can be read which ``authwright tokens`` lists. Of each token a store keeps the one before it too. It
is used where the newest was damaged: many servers still take its refresh token.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final, cast
from urllib.parse import urlsplit

from ...errors import AuthwrightError
from ..backoff import Failure
from ..key import StoreKey
from ..portable import dump, load
from ..private import unusable
from ..store import Label, Record
from .cipher import Cipher, WrongKey
from .codec import decode, encode, moment, timestamp

_PROOF: Final = b"authwright"
_PROOF_RECORD: Final = "proof of the key"
_KEYS: Final = {
    "file": ("the one beside it", "Put the right tokens.key back"),
    "keyring": ("the one in the keyring", "Put the right tokens.key back"),
    "passphrase": ("the one that AUTHWRIGHT_PASSPHRASE makes", "Set the right passphrase"),
}


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record as a store keeps it.

    Args:
        key: the grant's key.
        credential: the credential's name.
        environment: the active environment.
        grant_type: the grant's name.
        host: the host of the token endpoint.
        obtained_at: when the token was obtained, as ``codec.timestamp`` writes it, like every moment here.
        expires_at: when it ends.
        has_refresh_token: True when it can be refreshed.
        last_used: when a process last took it.
        refreshing_since: when a refresh of it began that has not been saved yet.
        sealed: the token, encrypted for this key.
        previous: the token before it, encrypted likewise.
    """

    key: str
    credential: str
    environment: str
    grant_type: str
    host: str
    obtained_at: str | None
    expires_at: str | None
    has_refresh_token: bool
    last_used: str | None
    refreshing_since: str | None
    sealed: bytes
    previous: bytes | None = None

    def after(self, before: SealedRecord | None) -> SealedRecord:
        """The record as it takes the place of *before*: with the generation before it.

        The same token may be saved again, as when its refresh begins. Then the generation before stays as it was.
        """
        if before is None:
            return self
        return replace(self, previous=before.previous if before.obtained_at == self.obtained_at else before.sealed)


class Sealing:
    """Seals records and opens them again.

    Args:
        key: the store's key.
    """

    def __init__(self, key: StoreKey) -> None:
        self._source = key.source
        self._cipher = Cipher(key.value)

    def seal(self, record: Record) -> SealedRecord:
        """*record* with its token encrypted, as the first generation."""
        label, token = record.label, record.token
        return SealedRecord(
            record.key,
            label.credential,
            label.environment,
            label.grant,
            urlsplit(label.token_endpoint).netloc or label.token_endpoint,
            timestamp(token.obtained_at),
            timestamp(token.expires_at),
            token.refresh_token is not None,
            timestamp(record.last_used),
            timestamp(record.refreshing_since),
            self._cipher.encrypt(encode(token), record.key),
        )

    def open(self, sealed: SealedRecord) -> Record:
        """The record, with the newest generation of its token that was not damaged.

        Raises:
            ValueError, KeyError, TypeError: no generation is whole.
        """
        label = Label(sealed.credential, sealed.environment, sealed.grant_type, sealed.host)
        token = decode(self._newest(sealed))
        return Record(sealed.key, label, token, moment(sealed.last_used), moment(sealed.refreshing_since))

    def seal_failure(self, key: str, failure: Failure) -> bytes:
        """*failure* of *key*, encrypted: it may name the refresh token that was refused."""
        return self._cipher.encrypt(dump(failure), f"failure {key}")

    def open_failure(self, key: str, sealed: bytes) -> Failure | None:
        """The failure again; ``None`` when it was damaged or comes from another version, since nothing depends on it."""
        with suppress(ValueError):
            return cast("Failure", load(self._cipher.decrypt(sealed, f"failure {key}")))
        return None

    def proof(self) -> bytes:
        """A value by which a store later tells whether it is opened with the same key."""
        return self._cipher.encrypt(_PROOF, _PROOF_RECORD)

    def check(self, proof: bytes) -> None:
        """Check that *proof* was made with this key.

        Raises:
            WrongKey: it was not.
        """
        self._cipher.decrypt(proof, _PROOF_RECORD)

    @contextmanager
    def explained(self, place: str, name: str) -> Iterator[None]:
        """Turn what opening a value raises into one sentence.

        Args:
            place: where the store is.
            name: what a person moves away to begin anew.

        Raises:
            AuthwrightError: ``store_unusable``.
        """
        try:
            yield
        except WrongKey:
            where, hint = _KEYS[self._source]
            raise unusable(
                f"{place} was encrypted with another key than {where}.",
                f"{hint}, or move {name} and tokens.key away and sign in again",
            ) from None
        except (ValueError, KeyError, TypeError):
            raise damaged(place, name) from None

    def _newest(self, sealed: SealedRecord) -> bytes:
        for generation in (sealed.sealed, sealed.previous):
            if generation is not None:
                with suppress(WrongKey):
                    return self._cipher.decrypt(generation, sealed.key)
        raise ValueError("damaged")


def damaged(place: str, name: str) -> AuthwrightError:
    """The error for a store at *place* that cannot be read any more."""
    return unusable(f"{place} is damaged.", f"Put a backup back, or move {name} away and sign in again")
