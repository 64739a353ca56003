"""Access keys of AWS, as they sign a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...secret import Secret


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """The keys that sign a request to AWS (AWS Security Token Service API reference, "Credentials").

    Args:
        access_key_id: which key it is; no secret.
        secret_access_key: the key itself.
        session_token: goes with temporary keys.
        expires_at: when they end; ``None`` when their source does not say.
        region: the region that stands beside them in a profile or the environment.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None
    expires_at: datetime | None = None
    region: str = ""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The parts that are secret."""
        return (self.secret_access_key,) if self.session_token is None else (self.secret_access_key, self.session_token)
