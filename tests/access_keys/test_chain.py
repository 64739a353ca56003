"""botocore itself, against servers that speak as AWS's do: each kind of source gives its keys, and each failure a sentence."""

import hashlib
import json
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import SSOProvider
from botocore.tokens import SSOTokenProvider

from authwright.access_keys.chain import Chain
from authwright.errors import InteractionRequired, SecretError, TransportError
from authwright.secret import Secret

ENDS = datetime(2999, 1, 1, tzinfo=UTC)
STS = """\
<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result><Credentials>
<AccessKeyId>ASIA{1}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></{0}Result></{0}Response>"""
DENIED = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no {0}</Message></Error></ErrorResponse>"


def document(name):
    """Keys as the metadata services write them."""
    return json.dumps(
        {
            "Code": "Success",
            "AccessKeyId": f"ASIA{name}",
            "SecretAccessKey": "secret",
            "Token": "token",
            "Expiration": ENDS.isoformat(),
        }
    )


class Aws(BaseHTTPRequestHandler):
    """STS, the single sign-on portal, a container's and an instance's metadata service: by path and action."""

    def do_PUT(self):
        self._say(200, "imds-token")

    def do_GET(self):
        url = urlsplit(self.path)
        match url.path:
            case "/container":
                self._say(200, document("CONTAINER"))
            case "/latest/meta-data/iam/security-credentials/":
                self._say(200 if self.headers["x-aws-ec2-metadata-token"] == "imds-token" else 401, "instance-role")
            case "/latest/meta-data/iam/security-credentials/instance-role":
                self._say(200, document("IMDS"))
            case "/federation/credentials":
                good = self.headers["x-amz-sso_bearer_token"] == "sso-token"
                role = {"accessKeyId": "ASIASSO", "secretAccessKey": "secret", "sessionToken": "token", "expiration": ends_ms()}
                self._say(200, json.dumps({"roleCredentials": role})) if good else self._say(401, "{}")
            case _:
                self._say(404, "")

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        [action], [role] = form["Action"], form["RoleArn"]
        if role.endswith("forbidden"):
            self._say(403, DENIED.format(role))
        else:
            self._say(200, STS.format(action, {"AssumeRole": "ROLE", "AssumeRoleWithWebIdentity": "WEB"}[action]))

    def _say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def ends_ms():
    return int(ENDS.timestamp() * 1000)


@contextmanager
def aws():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


PROFILES = """\
[default]
region = eu-west-1
[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = base
[profile forbidden]
role_arn = arn:aws:iam::1:role/forbidden
source_profile = base
[profile base]
aws_access_key_id = AKIDBASE
aws_secret_access_key = secret
[profile web]
role_arn = arn:aws:iam::1:role/x
web_identity_token_file = {folder}/token
[profile process]
credential_process = {python} -c "print('{{\\"Version\\": 1, \\"AccessKeyId\\": \\"ASIAPROC\\", \\"SecretAccessKey\\": \\"secret\\"}}')"
[profile failing]
credential_process = {python} -c "import sys; sys.exit('leaked secret')"
[profile sso]
sso_session = corp
sso_account_id = 1
sso_role_name = r
[profile signed-out]
sso_session = other
sso_account_id = 1
sso_role_name = r
[sso-session corp]
sso_start_url = https://corp.example/start
sso_region = eu-west-1
[sso-session other]
sso_start_url = https://other.example/start
sso_region = eu-west-1
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with profiles, an environment that knows nothing else, and AWS on loopback."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(PROFILES.format(folder=tmp_path, python=sys.executable))
    (tmp_path / "token").write_text("web identity")
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    held = {"accessToken": "sso-token", "expiresAt": "2999-01-01T00:00:00Z", "startUrl": "https://corp.example/start"}
    (cache / f"{hashlib.sha1(b'corp').hexdigest()}.json").write_text(json.dumps(held))
    with aws() as url:
        environment = {
            "HOME": tmp_path,
            "AWS_CONFIG_FILE": tmp_path / "config",
            "AWS_SHARED_CREDENTIALS_FILE": tmp_path / "credentials",
            "AWS_ENDPOINT_URL_STS": url,
            "AWS_ENDPOINT_URL_SSO": url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "*",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        for provider in (SSOProvider, SSOTokenProvider):  # which look the home up once, when they are imported
            monkeypatch.setattr(provider, "_SSO_TOKEN_CACHE_DIR", str(cache))
        yield url


@pytest.mark.parametrize(
    ("profile", "key", "token", "ends"),
    [
        ("role", "ASIAROLE", "token", ENDS),
        ("web", "ASIAWEB", "token", ENDS),
        ("sso", "ASIASSO", "token", ENDS),
        ("process", "ASIAPROC", None, None),
        ("base", "AKIDBASE", None, None),
    ],
)
def test_a_profile_gives_its_keys(home, profile, key, token, ends):
    keys = Chain().load(profile)
    assert (keys.access_key_id, keys.secret_access_key, keys.expires_at) == (key, Secret("secret"), ends)
    assert keys.session_token == (token and Secret(token))


def test_a_container_gives_its_keys(home, monkeypatch):
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{home}/container")
    keys = Chain().load("")
    assert (keys.access_key_id, keys.expires_at, keys.region) == ("ASIACONTAINER", ENDS, "eu-west-1")


def test_an_instance_gives_its_keys(home, monkeypatch):
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    keys = Chain().load("")
    assert (keys.access_key_id, keys.expires_at) == ("ASIAIMDS", ENDS)


def test_proxies_of_the_environment_are_not_asked(home, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Chain().load("role").access_key_id == "ASIAROLE"


@pytest.mark.parametrize(
    ("profile", "error", "sentence", "hint"),
    [
        ("", SecretError, "The AWS access keys are nowhere to be found.", "aws configure list"),
        ("nobody", SecretError, "keys of profile nobody cannot be had: botocore says ProfileNotFound", "get-caller-identity"),
        ("forbidden", SecretError, "profile forbidden cannot be had: AssumeRole was refused with AccessDenied", ""),
        ("failing", SecretError, "profile failing cannot be had: botocore says CredentialRetrievalError", ""),
        ("signed-out", InteractionRequired, "profile signed-out need someone to sign in", "aws sso login --profile signed-out"),
    ],
)
def test_a_failure_says_what_to_do_and_quotes_nothing(home, profile, error, sentence, hint):
    with pytest.raises(error) as caught:
        Chain().load(profile)
    assert sentence in caught.value.message
    assert hint in caught.value.hint
    assert "leaked" not in str(caught.value)


def test_a_service_that_is_not_there_is_named(home, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    with pytest.raises(TransportError, match="does not answer"):
        Chain().load("role")


def test_without_botocore_the_sentence_says_how_to_get_it(home, monkeypatch):
    monkeypatch.setattr("authwright.access_keys.chain.find_spec", lambda _: None)
    with pytest.raises(SecretError, match="botocore, which can do that, is not installed") as caught:
        Chain().load("role")
    assert "pip install 'authwright[aws]'" in caught.value.hint


def test_the_next_look_is_a_new_one_only_when_it_is_told_to_forget(home):
    chain = Chain()
    chain.load("role")
    first = chain._found["role"][0]
    chain.load("role")
    assert chain._found["role"][0] is first
    chain.forget()
    chain.load("role")
    assert chain._found["role"][0] is not first
