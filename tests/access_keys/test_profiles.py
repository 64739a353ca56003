"""The keys at hand are found where every AWS SDK looks for them, and only seen to be elsewhere where they are."""

import os

import pytest

from authwright.access_keys.profiles import Profiles
from authwright.errors import SecretError
from authwright.secret import Secret
from authwright.wire.aws.access_keys import AccessKeys

KEYS = "aws_access_key_id = AKID{0}\naws_secret_access_key = secret/{0}+=%x\n"
CREDENTIALS = f"[default]\n{KEYS.format('D')}\n[dev]\n{KEYS.format('V')}aws_session_token = token==\n[role]\n{KEYS.format('R')}"
CONFIG = f"""\
[default]
region = eu-west-1
[profile dev]
region = eu-west-3
[profile config-only]
{KEYS.format("C")}
[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = default
[profile sso]
sso_session = corp
{KEYS.format("S")}
[profile process]
credential_process = /bin/false
{KEYS.format("P")}
s3 =
  addressing_style = path
[sso-session corp]
sso_region = eu-west-1
"""


@pytest.fixture
def profiles(tmp_path):
    """Profiles of the two files, and of what else the environment says."""
    (tmp_path / "credentials").write_text(CREDENTIALS)
    (tmp_path / "config").write_text(CONFIG)
    files = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_CONFIG_FILE": str(tmp_path / "config")}
    return lambda **environment: Profiles({**files, **environment})


def keys(name, token=None, region=""):
    return AccessKeys(f"AKID{name}", Secret(f"secret/{name}+=%x"), token and Secret(token), region=region)


ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDE", "AWS_SECRET_ACCESS_KEY": "secret/E+=%x"}


@pytest.mark.parametrize(
    ("environment", "profile", "expected"),
    [
        ({}, "", keys("D", region="eu-west-1")),
        ({}, "dev", keys("V", "token==", "eu-west-3")),
        ({"AWS_PROFILE": "dev"}, "", keys("V", "token==", "eu-west-3")),
        ({"AWS_PROFILE": "dev"}, "config-only", keys("C")),
        ({"AWS_REGION": "us-west-2"}, "", keys("D", region="us-west-2")),
        (ENVIRONMENT, "", keys("E")),
        (ENVIRONMENT | {"AWS_SESSION_TOKEN": "t", "AWS_DEFAULT_REGION": "us-west-1"}, "", keys("E", "t", "us-west-1")),
        (ENVIRONMENT | {"AWS_PROFILE": "dev"}, "", keys("E")),
        (ENVIRONMENT, "dev", keys("V", "token==", "eu-west-3")),
        ({"AWS_ACCESS_KEY_ID": "half"}, "", keys("D", region="eu-west-1")),
        ({}, "role", None),
        ({}, "sso", None),
        ({}, "process", None),
        ({}, "nobody", None),
    ],
)
def test_they_are_found_in_order(profiles, environment, profile, expected):
    assert profiles(**environment).at_hand(profile) == expected


def test_files_that_are_not_there_hold_none(tmp_path):
    assert (
        Profiles({"HOME": str(tmp_path), "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/no"}).at_hand("") is None
    )


@pytest.mark.parametrize("text", [b"aws_access_key_id = AKIDsecret\n", b"[default]\n\xff\xfe\n"], ids=["no section", "no text"])
def test_a_file_that_cannot_be_read_is_named_and_not_quoted(profiles, tmp_path, text):
    (tmp_path / "credentials").write_bytes(text)
    with pytest.raises(SecretError) as caught:
        profiles().at_hand("")
    assert str(tmp_path / "credentials") in caught.value.message
    assert "AKIDsecret" not in caught.value.message


def test_a_file_that_changes_is_seen_to(profiles, tmp_path):
    found = profiles()
    before = found.fingerprint()
    assert found.fingerprint() == before
    os.utime(tmp_path / "config", ns=(1, 1))
    assert found.fingerprint() != before
    (tmp_path / "config").unlink()
    assert found.fingerprint() != before


@pytest.mark.timeout(10)
@pytest.mark.parametrize("name", ["credentials", "config"])
def test_a_named_pipe_in_a_files_place_is_refused_and_not_waited_for(profiles, tmp_path, name):
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(SecretError, match="is not a file"):
        profiles().at_hand("")


@pytest.mark.parametrize("name", ["credentials", "config"])
def test_a_file_that_others_can_write_to_is_refused(profiles, tmp_path, name):
    (tmp_path / name).chmod(0o666)
    with pytest.raises(SecretError, match="can write to"):
        profiles().at_hand("")


def test_a_file_without_end_is_refused(profiles, tmp_path):
    os.truncate(tmp_path / "config", 1 << 30)
    with pytest.raises(SecretError, match="larger than 1 MiB"):
        profiles().at_hand("")
