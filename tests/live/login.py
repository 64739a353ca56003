"""A store that holds a login at a rotating server, and the configuration of who uses it."""

import contextlib
from datetime import UTC, datetime

from authwright.assembly import open_store
from authwright.config import load
from authwright.flow.token import Token
from authwright.secret import Secret
from authwright.tokens.store import Label, Record

CONFIGURATION = """\
version: 1
credentials:
  box:
    type: oauth2
    grant: refresh_token
    token_endpoint: http://{address}/token
    client_id: keeping
    client_secret: s
    refresh_token: the-very-first
rules:
  - {{match: "{address}", auth: box}}
"""


class Login:
    """Signed in at *rotation*, which listens on *address*; the access token has ended."""

    def __init__(self, folder, rotation, address):
        self.rotation, self.address = rotation, address
        self.home, self.file = folder / "home", folder / "authwright.yaml"
        self.text = CONFIGURATION.format(address=address)
        self.file.write_text(self.text)
        self.key = load(self.file).credentials["box"].scheme().grant.key
        self.sign_in()

    def sign_in(self):
        """Put the first refresh token of a new family into the store."""
        now = datetime.now(UTC)
        token = Token(Secret("none"), now, now, Secret(self.rotation.seed()))
        with self.store() as store, store.lock(self.key):
            store.save(Record(self.key, Label("box", "", "refresh_token", self.address), token))

    def kept(self):
        """The token in the store, when nobody is refreshing it."""
        with self.store() as store, store.lock(self.key):
            return store.load(self.key).token

    def store(self):
        return contextlib.closing(open_store(self.home))
