"""Records, failures and stores on disk, for the tests of token stores."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from authwright.errors import TokenEndpointError
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.backoff import Failure
from authwright.tokens.key import key_of
from authwright.tokens.store import Label, Record
from authwright.tokens.stores.sqlite import SqliteStore

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
LABEL = Label("orders", "dev", "client_credentials", "idp.example:8443")
TOKEN = Token(
    Secret("the-access-token"), NOW + timedelta(hours=1), NOW, Secret("the-refresh-token"), "bearer", "a b", Secret("x.y.z")
)
RECORD = Record("k1", LABEL, TOKEN, last_used=NOW)
NEWER = replace(RECORD, token=replace(TOKEN, refresh_token=Secret("newer"), obtained_at=NOW + timedelta(hours=1)))
FAILURE = Failure(TokenEndpointError("no", error="invalid_grant", code="grant_invalid"), NOW, 2, Secret("refused-token"))

MOMENTS = st.none() | st.datetimes(timezones=st.sampled_from((UTC, timezone(timedelta(hours=-3, minutes=-30)))))
SECRETS = st.text(min_size=1).map(Secret)
TOKENS = st.builds(Token, SECRETS, MOMENTS, MOMENTS, st.none() | SECRETS, st.text(), st.text(), st.none() | SECRETS)


def open_home(home):
    return SqliteStore(home / "tokens.db", key_of(home))
