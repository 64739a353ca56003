"""A broker_setup of one broker, its clock, its store and its authorization server, for the tests of token life."""

import asyncio

from tests.ambients import Clock
from tests.grants.authorization_server import AuthorizationServer

from authwright.errors import AuthwrightError
from authwright.grants.client_credentials import ClientCredentials
from authwright.grants.refresh_token import RefreshToken
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.store import Label
from authwright.tokens.stores.memory import MemoryStore

PLAIN = {"token_endpoint": "https://as.example/token", "client_id": "id", "client_secret": Secret("s3cret value")}
GRANT = ClientCredentials(**PLAIN)
FIRST = RefreshToken(**PLAIN, refresh_token=Secret("first"))
LABEL = Label("orders", "dev", "client_credentials", "as.example")


class UnreliableStore(MemoryStore):
    """A store whose disk can be full."""

    full = False

    def save(self, record):
        if self.full:
            raise AuthwrightError("disk full", code="store_unusable")
        super().save(record)


class BrokerSetup:
    """A broker, its store, its clock and an authorization server whose doors can be shut."""

    def __init__(self, store=None, **server):
        self.clock = Clock()
        self.server = AuthorizationServer(**server)
        self.store = store or UnreliableStore()
        self.warnings = []
        self.broker = Broker(self.store, self.clock, self.warnings.append)
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = asyncio.Event()
        self.error = None

    async def run(self, flow):
        self.waiting.set()
        await self.open.wait()
        if self.error is not None:
            self.server.requests.append({"grant_type": "failed"})
            raise self.error
        return self.server.run(flow)

    def obtain(self, grant=GRANT, rejected=None):
        return self.broker.obtain(grant, self.run, label=LABEL, rejected=rejected)

    async def landed(self):
        """Until whatever is in the background has come to its end."""
        await asyncio.gather(*(h.flight for h in self.broker._holdings.values() if h.flight is not None))
        await asyncio.sleep(0)

    @property
    def runs(self):
        return len(self.server.requests)


async def outcome(awaitable):
    try:
        return (await awaitable).access_token.reveal()
    except AuthwrightError as error:
        return error.code
