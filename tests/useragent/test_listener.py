"""The server at the redirect URI over real sockets: one answer, once; whoever misbehaves is bounded."""

import asyncio

import pytest

from authwright.flow.commands import Authorize
from authwright.useragent import page
from authwright.useragent.listener import RedirectListener
from authwright.useragent.loopback import bind

ASKED = Authorize("https://as.example/authorize", "", "st4te")
FRAGMENT = Authorize("https://as.example/authorize", "", "st4te", "fragment")


@pytest.fixture
async def listener(monkeypatch):
    said = []
    opened = RedirectListener(bind("http://127.0.0.1/callback"), said.append)
    opened.said = said
    await opened.open()
    yield opened
    if not opened._outcome.done():
        monkeypatch.setattr("authwright.useragent.listener._FOR_THE_PAGE", 0)  # nobody looks any more
        await opened.close(page.signed_in("box"))


def authority(listener):
    return listener.redirect_uri.split("/")[2]


async def sent(listener, data):
    """What the server answers to raw bytes, until it closes."""
    host, port = authority(listener).split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode("ascii"), body.decode()


async def get(listener, target, host=None):
    return await sent(listener, f"GET {target} HTTP/1.1\r\nHost: {host or authority(listener)}\r\n\r\n".encode())


async def test_the_answer_is_taken_once_and_the_browser_led_to_an_address_without_it(listener):
    listener.expect(ASKED)
    head, body = await get(listener, "/callback?code=c&state=st4te")
    assert head.splitlines()[0].split()[1] == "303"
    assert "Location: /callback\r\n" in head + "\r\n"
    assert (await listener.answer(), body) == ({"code": "c", "state": "st4te"}, "")
    head, _ = await get(listener, "/callback?code=other&state=st4te")
    assert "410" in head.splitlines()[0]
    assert (await listener.answer())["code"] == "c"


async def test_the_browser_waits_for_the_outcome_and_gets_it_before_the_port_closes(listener):
    listener.expect(ASKED)
    await get(listener, "/callback?code=c&state=st4te")
    waiting = asyncio.create_task(get(listener, "/callback"))
    await asyncio.sleep(0)
    await listener.close(page.not_signed_in("The code was <used>."))
    head, body = await waiting
    assert "200" in head.splitlines()[0]
    assert "The code was &lt;used&gt;." in body
    with pytest.raises(ConnectionRefusedError):
        await get(listener, "/callback")


async def test_a_browser_that_never_looks_does_not_hold_the_port_for_ever(listener, monkeypatch):
    monkeypatch.setattr("authwright.useragent.listener._FOR_THE_PAGE", 0.05)
    listener.expect(ASKED)
    await get(listener, "/callback?code=c&state=st4te")
    await asyncio.wait_for(listener.close(page.signed_in("box")), 5)


async def test_nothing_is_taken_before_anybody_was_sent_away(listener):
    head, _ = await get(listener, "/callback?code=c&state=st4te")
    assert "404" in head.splitlines()[0]


async def test_a_wrong_state_is_told_a_few_times_and_ends_nothing(listener):
    listener.expect(ASKED)
    for _ in range(5):
        head, body = await get(listener, "/callback?code=evil&state=guessed")
        assert "400" in head.splitlines()[0]
        assert "evil" not in body
    assert len(listener.said) == 3
    await get(listener, "/callback?code=c&state=st4te")
    assert (await listener.answer())["code"] == "c"


async def test_a_fragment_is_posted_by_our_page_and_only_by_it(listener):
    listener.expect(FRAGMENT)
    head, body = await get(listener, "/callback")
    assert "<script>" in body
    assert "script-src 'sha256-" in head
    form = "access_token=t&state=st4te"
    for origin, status in (("http://evil.example", "403"), (f"http://{authority(listener)}", "204")):
        request = (
            f"POST /callback HTTP/1.1\r\nHost: {authority(listener)}\r\nOrigin: {origin}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n{form}"
        )
        head, _ = await sent(listener, request.encode())
        assert head.split()[1] == status
    assert (await listener.answer())["access_token"] == "t"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01 not HTTP\r\n\r\n",
        b"GET /callback HTTP/1.1\r\n\r\n",
        b"GET /callback HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /callback HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40000 + b"\r\n\r\n",
        b"POST /callback HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000,
    ],
    ids=["no HTTP", "no Host", "two Hosts", "a huge head", "a huge body"],
)
async def test_what_cannot_be_read_is_refused(listener, data):
    listener.expect(FRAGMENT)
    head, _ = await sent(listener, data)
    assert head.split()[1] == "400"


async def test_a_connection_that_says_nothing_is_let_go(listener, monkeypatch):
    monkeypatch.setattr("authwright.useragent.http1._DEADLINE", 0.05)
    assert await sent(listener, b"GET /call") == ("", "")


async def test_every_page_forbids_all_that_it_does_not_need(listener):
    listener.expect(ASKED)
    heads = [
        (await get(listener, target))[0]
        for target in ("/callback", "/nothing", "/callback?state=x", "/callback?code=c&state=st4te")
    ]
    heads.append((await get(listener, "/callback", host="evil.example"))[0])
    for head in heads:
        assert "Cache-Control: no-store" in head
        assert "Referrer-Policy: no-referrer" in head
        assert "X-Frame-Options: DENY" in head
        assert "Access-Control-Allow-Origin" not in head
    for head in heads[:3]:
        assert "default-src 'none'" in head
        assert "script-src" not in head
        assert "unsafe" not in head


async def test_many_connections_at_once_do_not_keep_the_answer_out(listener):
    listener.expect(ASKED)
    host, port = authority(listener).split(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(20)]
    head, _ = await get(listener, "/callback?code=c&state=st4te")
    assert "303" in head.splitlines()[0]
    for _, writer in idle:
        writer.close()


@pytest.mark.parametrize(
    "said", [b"", b"GET /callback HTTP/1.1\r\nHost: x", b"POST /callback HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]
)
async def test_idle_connections_do_not_shut_the_browser_out(listener, said):
    listener.expect(ASKED)
    host, port = authority(listener).split(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    for _, writer in idle:
        writer.write(said)
    head, _ = await asyncio.wait_for(get(listener, "/callback?code=c&state=st4te"), 5)
    assert "303" in head.splitlines()[0]
    assert len(listener._connections) <= 32
    for _, writer in idle:
        writer.close()


async def test_a_browser_that_waits_for_the_outcome_gives_way_to_nobody(listener):
    listener.expect(ASKED)
    await get(listener, "/callback?code=c&state=st4te")
    waiting = asyncio.create_task(get(listener, "/callback"))
    while len(listener._connections) == 0 or listener._silent:  # noqa: ASYNC110 - a connection tells nobody of its coming
        await asyncio.sleep(0)
    host, port = authority(listener).split(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(100)]
    while not listener._silent:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    await listener.close(page.signed_in("box"))
    head, _ = await waiting
    assert "200" in head.splitlines()[0]
    for _, writer in idle:
        writer.close()
