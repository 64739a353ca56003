"""NTLM's messages: the values of MS-NLMP section 4.2.4, and pyspnego's own context as an independent reader."""

import base64
import json
import os
import struct
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from unittest.mock import patch

import pytest
import spnego
from hypothesis import given, settings
from hypothesis import strategies as st
from spnego._ntlm_raw.crypto import compute_response_v2, hmac_md5, ntowfv1, ntowfv2
from spnego._ntlm_raw.messages import Authenticate, Challenge, FileTime, Negotiate, NegotiateFlags, TargetInfo, Version

from authwright.errors import ChallengeError
from authwright.secret import Secret
from authwright.wire import ntlm

PUBLISHED = json.loads((Path(__file__).parents[1] / "vectors" / "ntlm.json").read_text("utf-8"))
VALUES = {case["name"]: case["value"] for case in PUBLISHED["cases"]}
COMMON = PUBLISHED["common"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = ntlm.Account("alice", Secret("Wonder1and!"), "RIGDOM", "LOOKING-GLASS")
FLAGS = NegotiateFlags.unicode | NegotiateFlags.ntlm | NegotiateFlags.extended_session_security | NegotiateFlags.target_info


def asked(flags=FLAGS, info=PUBLISHED["target_info"], **more):
    """A CHALLENGE_MESSAGE with the published server challenge and target."""
    target = TargetInfo.unpack(bytes.fromhex(info)) if info else None
    return Challenge(flags, bytes.fromhex(COMMON["server_challenge"]), target_name="Server", target_info=target, **more).pack()


def answered(account=ALICE, received=None, nonce=b"\xaa" * 8):
    message = ntlm.authenticate(ntlm.negotiate(), received or asked(), account, "HTTP/api.example.com", NOW, nonce)
    return Authenticate.unpack(message)


def test_the_building_blocks_give_the_published_values():
    key = ntowfv2(COMMON["user"], ntowfv1(COMMON["password"]), COMMON["domain"])
    time = FileTime.unpack(bytes.fromhex(COMMON["time"]))
    challenges = bytes.fromhex(COMMON["server_challenge"]), bytes.fromhex(COMMON["client_challenge"])
    info = TargetInfo.unpack(bytes.fromhex(PUBLISHED["target_info"]))
    nt_response, lm_response, session_key = compute_response_v2(key, *challenges, time, info)
    assert key.hex() == VALUES["NTOWFv2"]
    assert nt_response[:16].hex() == VALUES["NTLMv2.NTProofStr"]
    assert nt_response[16:].hex() == PUBLISHED["temp"]
    assert lm_response.hex() == VALUES["NTLMv2.LMv2Response"]
    assert session_key.hex() == VALUES["NTLMv2.SessionBaseKey"]


def test_an_answer_holds_the_published_lm_response_and_a_proof_over_what_it_says():
    mine = answered(ntlm.Account(COMMON["user"], Secret(COMMON["password"]), COMMON["domain"], COMMON["workstation"]))
    assert mine.lm_challenge_response.hex() == VALUES["NTLMv2.LMv2Response"]
    proof, said = mine.nt_challenge_response[:16], mine.nt_challenge_response[16:]
    key = bytes.fromhex(VALUES["NTOWFv2"])
    assert proof == hmac_md5(key, bytes.fromhex(COMMON["server_challenge"]) + said)
    assert (mine.user_name, mine.domain_name, mine.workstation) == ("User", "Domain", "COMPUTER")


def test_the_first_message_has_a_version_and_names_no_machine():
    first = Negotiate.unpack(ntlm.negotiate())
    assert (len(ntlm.negotiate()), first.version is None) == (40, False)
    assert (first.domain_name, first.workstation) == (None, None)


def test_where_the_server_says_the_time_the_messages_are_protected_by_a_mic():
    info = bytes.fromhex(PUBLISHED["target_info"])[:-4] + struct.pack("<HH", 7, 8) + b"\x01" * 8 + b"\0" * 4
    received = asked(info=info.hex())
    message = ntlm.authenticate(ntlm.negotiate(), received, ALICE, "HTTP/x", NOW, b"\xaa" * 8)
    mine = Authenticate.unpack(message)
    mic, mine.mic = mine.mic, b"\0" * 16
    key = ntowfv2("alice", ntowfv1("Wonder1and!"), "RIGDOM")
    session_key = hmac_md5(key, mine.nt_challenge_response[:16])
    assert mic == hmac_md5(session_key, ntlm.negotiate() + received + mine.pack())
    assert mine.lm_challenge_response == b"\0" * 24


@pytest.mark.parametrize(
    "account", [ALICE, ntlm.Account("bob", Secret("pä:ss wörd€"), ""), ntlm.Account("ö@d.example", Secret("p"))]
)
def test_pyspnegos_own_server_accepts_it(account, tmp_path, monkeypatch):
    users = tmp_path / "users"
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    users.write_text(f"{account.domain}:{account.user}:{account.password.reveal().replace(':', ';')}\n", "utf-8")
    account = ntlm.Account(account.user, Secret(account.password.reveal().replace(":", ";")), account.domain)
    server = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
    first = ntlm.negotiate()
    received = server.step(first)
    server.step(ntlm.authenticate(first, received, account, "HTTP/x", NOW, b"12345678"))
    assert server.complete
    assert server.client_principal == (f"{account.domain}\\{account.user}" if account.domain else account.user)


def test_a_challenge_without_target_information_is_answered_too():
    assert answered(received=asked(info="")).nt_challenge_response


@pytest.mark.parametrize("version", [None, Version(10, 0, 1)])
def test_the_version_is_said_where_the_server_says_its_own(version):
    flags = FLAGS | (NegotiateFlags.version if version else 0)
    assert (answered(received=asked(flags, version=version)).version is None) == (version is None)


@pytest.mark.parametrize("message", [b"", b"NTLMSSP", b"NTLMSSP\0\x02\0\0\0", ntlm.negotiate(), b"x" * 80])
def test_what_is_no_challenge_is_a_sentence_and_no_crash(message):
    with pytest.raises(ChallengeError):
        ntlm.challenge(message)


NAMES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=":\\@"), min_size=1, max_size=20)


@settings(max_examples=1000, deadline=None)
@given(NAMES, NAMES, NAMES | st.just(""), st.binary(min_size=8, max_size=8))
def test_pyspnegos_own_server_accepts_whoever_it_is(user, password, domain, nonce):
    with NamedTemporaryFile("w", encoding="utf-8") as users:
        users.write(f"{domain}:{user}:{password}\n")
        users.flush()
        with patch.dict(os.environ, NTLM_USER_FILE=users.name):
            server = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
            received = server.step(ntlm.negotiate())
            account = ntlm.Account(user, Secret(password), domain)
            server.step(ntlm.authenticate(ntlm.negotiate(), received, account, "HTTP/x", NOW, nonce))
    assert server.complete


@pytest.mark.parametrize(
    "flow", [flow for flow in PUBLISHED["flows_of_postman"] if len(flow["steps"]) == 3], ids=lambda flow: flow["name"]
)
def test_what_an_independent_client_sent_is_the_proof_that_is_made_here(flow):
    _, second, third = flow["steps"]
    received = Challenge.unpack(base64.b64decode(second["www_authenticate"][0].split()[1]))
    message = Authenticate.unpack(base64.b64decode(third["sent"].split()[1]))
    key = ntowfv2(message.user_name, ntowfv1(flow["params"]["password"]), message.domain_name)
    proof, said = message.nt_challenge_response[:16], message.nt_challenge_response[16:]
    assert hmac_md5(key, received.server_challenge + said) == proof
