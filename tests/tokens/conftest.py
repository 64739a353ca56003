"""The house that the tests of the broker stand in."""

import pytest
from tests.tokens.ground import House


@pytest.fixture
async def house():
    made = House()
    yield made
    made.open.set()
    await made.broker.close()
