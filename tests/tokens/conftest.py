"""The broker_setup that the tests of the broker stand in."""

import pytest
from tests.tokens.brokers import BrokerSetup


@pytest.fixture
async def broker_setup():
    made = BrokerSetup()
    yield made
    made.open.set()
    await made.broker.close()
