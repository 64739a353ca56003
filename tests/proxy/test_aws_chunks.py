"""An aws-chunked upload whose chunks were signed with keys worth nothing arrives with each signed by ours."""

import hashlib
import hmac
import re
from pathlib import Path

import pytest
from tests.proxy.running import origin, proxy, rule, status

from authwright.schemes.aws_sigv4 import AwsSigV4
from authwright.secret import Secret

pytestmark = pytest.mark.usefixtures("engine")

SECRET = "wJalrXUtnFEMI/K7MDENG"
SCHEME = AwsSigV4(access_key_id="AKID", secret_access_key=Secret(SECRET))
SCOPE = (
    b"Authorization: AWS4-HMAC-SHA256 Credential=dummy/20200101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n"
)
CHUNK = re.compile(rb"([0-9a-f]+);chunk-signature=([0-9a-f]{64})\r\n")


def chunked(sizes: list[int]) -> bytes:
    chunks = [bytes([65 + at % 26]) * size for at, size in enumerate(sizes)]
    return b"".join(b"%x;chunk-signature=%b\r\n%b\r\n" % (len(data), b"0" * 64, data) for data in [*chunks, b""])


def upload(port: int, body: bytes) -> bytes:
    head = f"PUT http://127.0.0.1:{port}/bucket/key HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode()
    said = b"X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\nContent-Encoding: aws-chunked\r\n"
    return head + SCOPE + said + b"Content-Length: %d\r\n\r\n" % len(body) + body


def verified(received: bytes) -> int:
    """Check the chain of signatures as a server does, from the standard alone; how many chunks there were."""
    head, _, body = received.partition(b"\r\n\r\n")
    date = re.search(rb"(?i)x-amz-date: (\w+)", head)[1].decode()
    previous = re.search(rb"Signature=([0-9a-f]{64})", head)[1].decode()
    scope = f"{date[:8]}/eu-west-1/s3/aws4_request"
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    count = 0
    while body:
        found = CHUNK.match(body)
        assert found is not None
        size = int(found[1], 16)
        data, rest = body[found.end() : found.end() + size], body[found.end() + size :]
        text = ["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, hashlib.sha256().hexdigest(), hashlib.sha256(data).hexdigest()]
        previous = hmac.digest(key, "\n".join(text).encode(), "sha256").hex()
        assert found[2].decode() == previous
        assert rest.startswith(b"\r\n")
        body, count = rest[2:], count + 1
    return count


@pytest.mark.parametrize("sizes", [[10, 1], [65536] * 20 + [1234]], ids=["read whole", "streamed past"])
async def test_every_chunk_is_signed_by_ours(sizes: list[int], tmp_path: Path) -> None:
    async with origin() as there, proxy([rule("127.0.0.1", SCHEME)], tmp_path, max_signed_body=1 << 20) as running:
        assert status(await running.send(upload(there.port, chunked(sizes)))) == 200
        assert verified(there.received) == len(sizes) + 1


async def test_a_body_that_is_framed_otherwise_ends_the_request(tmp_path: Path) -> None:
    body = chunked([65536] * 5).replace(b"chunk-signature", b"chunk-signatur3")
    async with origin() as there, proxy([rule("127.0.0.1", SCHEME)], tmp_path) as running:
        answer = await running.send(upload(there.port, body))
        assert (status(answer), b"malformed_body" in answer) == (400, True)
        assert b"A" * 1000 not in there.received
