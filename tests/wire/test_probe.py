"""What is asked before a body that can be sent once."""

from authwright.message import Headers, Request
from authwright.wire.probe import probe_of

KEPT = (("Host", "x.example"), ("User-Agent", "curl"), ("Cookie", "a=b"))
UPLOAD = Request.of("POST", "https://x.example/up?n=1", (*KEPT, ("X-HTTP-Method-Override", "DELETE"), ("Content-Length", "9")))


def test_a_request_that_can_be_sent_again_is_its_own_question():
    assert probe_of(UPLOAD) is UPLOAD


def test_before_one_that_cannot_goes_a_head_that_changes_nothing():
    streamed = Request(UPLOAD.method, UPLOAD.origin, UPLOAD.target, UPLOAD.headers, b"", UPLOAD.authority, streamed=True)
    assert probe_of(streamed) == Request("HEAD", UPLOAD.origin, UPLOAD.target, Headers(KEPT), b"", UPLOAD.authority)
