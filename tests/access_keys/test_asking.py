"""A scheme's question for access keys: answered at once where they are held, waited for where not, and dry from what is at hand."""

import pytest
from tests.ambients import Clock
from tests.configurations import credential, ruleset
from tests.engine.test_engine import Origin, begin

import authwright
from authwright.engine.engine import Engine
from authwright.engine.exchange import WAITING
from authwright.engine.providers import Providers
from authwright.errors import AuthwrightError, SecretError
from authwright.schemes.aws_sigv4 import AwsSigV4
from authwright.secret import Secret
from authwright.tokens.broker import Broker
from authwright.tokens.stores.memory import MemoryStore
from authwright.wire.aws.access_keys import AccessKeys

CONFIG = """\
version: 1
rules:
- match: "**.amazonaws.com"
  auth: {type: aws_sigv4%s}
"""


class Ring:
    """Holds what was obtained."""

    def __init__(self):
        self.keys = {}
        self.error = None

    def held(self, profile):
        return self.keys.get(profile)

    async def obtain(self, profile):
        if self.error:
            raise self.error
        self.keys[profile] = AccessKeys(f"AKID{profile}", Secret("very secret"), Secret("s3ss10n"))
        return self.keys[profile]


@pytest.fixture
async def engine():
    broker = Broker(MemoryStore(), Clock())
    made = Engine(Origin(), broker, Clock())
    made.providers = Providers({AccessKeys: Ring()})
    yield made
    await broker.close()


@pytest.fixture
def rules():
    cred = credential(AwsSigV4(profile="dev", region="eu-west-1", service="es"))
    cred.scheme()
    return ruleset(cred)


async def test_it_waits_for_keys_once(engine, rules):
    exchange = begin(engine, rules)
    assert exchange.start() is WAITING
    first = await exchange.wait()
    assert "Credential=AKIDdev/" in first.headers.get("Authorization")
    assert begin(engine, rules).start() == first


async def test_no_secret_of_them_is_seen_in_the_trace(engine, rules):
    exchange = begin(engine, rules)
    exchange.start()
    signature = (await exchange.wait()).headers.get("Authorization").rpartition("=")[2]
    shown = str(exchange.trace.to_json())
    assert [text for text in ("very secret", "s3ss10n", signature) if text in shown] == []


async def test_without_keys_nothing_is_sent(engine, rules):
    engine.providers.of(AccessKeys).error = SecretError("No keys.")
    exchange = begin(engine, rules)
    exchange.start()
    with pytest.raises(SecretError):
        await exchange.wait()
    assert exchange.trace.forwards == ()


def test_a_value_that_no_provider_keeps_cannot_be_asked_for(engine):
    with pytest.raises(AuthwrightError, match="no provider of Secret"):
        engine.providers.of(Secret)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text("[dev]\naws_access_key_id = AKIDFILE\naws_secret_access_key = from the file\n")
    (tmp_path / "config").write_text("[profile sso]\nsso_session = corp\n")


def explained(parameters):
    return authwright.explain(authwright.load(CONFIG % parameters), "GET", "https://kms.eu-west-1.amazonaws.com/")


def test_explain_signs_with_the_keys_at_hand(home, monkeypatch):
    assert "Credential=AKIDFILE/" in explained(", profile: dev").request.headers.get("Authorization")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from the environment")
    found = explained("")
    assert "Credential=AKIDENV/" in found.request.headers.get("Authorization")
    assert "from the environment" not in str(found.to_json())


@pytest.mark.parametrize(
    ("parameters", "needs"), [(", profile: sso", "access keys: those of AWS profile sso"), ("", "access keys of AWS")]
)
def test_explain_says_which_keys_would_be_sent_for(home, parameters, needs):
    found = explained(parameters)
    assert (found.needs, "Authorization" in found.request.headers) == ((needs,), False)
