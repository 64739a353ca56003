"""mohawk makes the same headers and bewits, takes ours, and its answers are taken."""

from datetime import timedelta

import mohawk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mohawk.base import Resource
from mohawk.bewit import get_bewit
from tests.ambients import Clock
from tests.oracles.generated import ASCII, BODIES, MEDIA_TYPES, THOUSAND, TIMES, TOKENS, request_of, sent, urls
from tests.playbook import Playbook

from authwright.errors import RemoteError
from authwright.message import Headers, Response
from authwright.schemes.hawk import Hawk
from authwright.secret import Secret
from authwright.wire.challenge import challenges
from authwright.wire.query import values

pytestmark = pytest.mark.timeout(600)
CLIENTS = st.fixed_dictionaries(
    {
        "id": TOKENS,
        "key": ASCII.filter(bool).map(Secret),
        "algorithm": st.sampled_from(["sha256", "sha1"]),
        "ext": ASCII,
        "app": st.just("") | TOKENS,
        "dlg": st.just("") | TOKENS,
    }
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"])
URLS = urls().map(lambda url: url.replace(";", ""))  # mohawk forgets what follows a semicolon


def known(parameters):
    return {"id": parameters["id"], "key": parameters["key"].reveal(), "algorithm": parameters["algorithm"]}


def more(parameters):
    """What mohawk is told beside the credentials: it writes a dlg without app, which is signed by nobody."""
    app = parameters["app"] or None
    return {"ext": parameters["ext"] or None, "app": app, "dlg": (parameters["dlg"] or None) if app else None}


def attributes(value, name="Authorization"):
    [found] = challenges(Headers(((name, value),)), name)
    return found.parameters


@THOUSAND
@given(CLIENTS, METHODS, URLS, BODIES, MEDIA_TYPES, TIMES, TOKENS)
def test_a_request_is_authenticated_alike(parameters, method, url, body, media_type, ts, nonce):
    request = request_of(method, url, [("Content-Type", media_type)], body)
    scheme = Hawk(**parameters, payload_hash=True, timestamp=str(ts), nonce=nonce)
    sender = mohawk.Sender(
        known(parameters), url, method, content=body, content_type=media_type, nonce=nonce, _timestamp=ts, **more(parameters)
    )
    assert attributes(sent(scheme, request, Clock()).headers.get("Authorization")) == attributes(sender.request_header)


@THOUSAND
@given(CLIENTS, URLS, BODIES, ASCII, st.booleans())
def test_a_receiver_takes_the_request_and_its_answer_is_taken_unless_it_was_touched(parameters, url, body, ext, touched):
    request = request_of("POST", url, [("Content-Type", "text/plain")], body)
    play = Playbook(Hawk(**parameters, payload_hash=True, server_authorization=True).authorize(request, Clock()))
    receiver = mohawk.Receiver(
        lambda _: known(parameters),
        play.asks().request.headers.get("Authorization"),
        url,
        "POST",
        content=body,
        content_type="text/plain",
        timestamp_skew_in_seconds=10**10,
    )
    answer = receiver.respond(content="answer", content_type="text/plain", ext=ext or None)
    if touched:
        answer = answer.replace('hash="', 'hash="A')
    play >> Response(200, Headers((("Server-Authorization", answer),)))
    if not touched:
        play.ends()
        return
    with pytest.raises(RemoteError):
        play.ends()


@THOUSAND
@given(CLIENTS, URLS, st.integers(min_value=1, max_value=10**6), TIMES)
def test_a_bewit_is_made_alike(parameters, url, lifetime, now):
    scheme = Hawk(**parameters | {"app": "", "dlg": ""}, bewit=timedelta(seconds=lifetime), timestamp=str(now))
    found = values(sent(scheme, request_of("GET", url), Clock()).target, "bewit")
    resource = Resource(
        credentials=known(parameters), url=url, method="GET", nonce="", timestamp=now + lifetime, ext=parameters["ext"]
    )
    assert found == [get_bewit(resource).rstrip("=")]
