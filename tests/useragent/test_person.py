"""A person is sent away by browser or by a printed address, and comes back by the redirect or by pasting."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from authwright.errors import InteractionRequired
from authwright.flow.commands import Authorize, Verify
from authwright.useragent import person
from authwright.useragent.person import Person

ELSEWHERE = Authorize("https://as.example/authorize?x=1", "https://client.example/cb", "st4te")


@pytest.fixture
def pasting(monkeypatch):
    """What is pasted, line by line."""
    queue = asyncio.Queue()

    async def read() -> AsyncIterator[str]:
        while (line := await queue.get()) is not None:
            yield line

    monkeypatch.setattr(person, "lines", read)
    return queue


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was opened with; it opens unless it is taken away."""
    seen = []

    async def open_browser(url):
        seen.append(url)
        return True

    monkeypatch.setattr(person, "open_browser", open_browser)
    return seen


async def redirected(uri, query):
    """A browser that comes back; the last page."""
    host, port = uri.split("/")[2].split(":")
    path = "/" + uri.split("/", 3)[3]
    for target in (f"{path}?{query}", path):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
    return answer.decode()


async def test_a_browser_opens_and_its_redirect_is_the_answer(opened):
    said = []
    async with Person("box", said.append) as asked:
        uri = await asked.listen("http://127.0.0.1/cb")
        waiting = asyncio.create_task(asked.authorize(Authorize("https://as.example/authorize", uri, "st4te")))
        await asyncio.sleep(0)
        page = asyncio.create_task(redirected(uri, "code=c&state=st4te"))
        assert (await waiting)["code"] == "c"
    assert "<h1>Signed in</h1>" in await page
    assert (opened, "has just opened" in said[0]) == (["https://as.example/authorize"], True)


async def test_what_goes_wrong_after_the_redirect_is_shown_in_the_browser_too(opened):
    asked = Person("box", print)
    uri = await asked.listen("http://127.0.0.1/cb")
    waiting = asyncio.create_task(asked.authorize(Authorize("https://as.example/authorize", uri, "s")))
    await asyncio.sleep(0)
    page = asyncio.create_task(redirected(uri, "code=c&state=s"))
    await waiting
    await asked.__aexit__(InteractionRequired, InteractionRequired("The code was used already."), None)
    assert "The code was used already." in await page


async def test_a_redirect_that_leads_elsewhere_is_pasted_and_read_again_until_it_fits(opened, pasting):
    said = []
    asked = Person("box", said.append, paste=True)
    assert await asked.listen(ELSEWHERE.redirect_uri) == ELSEWHERE.redirect_uri
    for line in ("", "https://evil.example/cb?code=c&state=st4te", "https://client.example/cb?code=c&state=other"):
        pasting.put_nowait(line)
    pasting.put_nowait("https://client.example/cb?code=c&state=st4te#_=_")
    assert await asked.authorize(ELSEWHERE) == {"code": "c", "state": "st4te"}
    assert sum("Paste the whole address" in each for each in said) == 3


async def test_a_fragment_can_be_pasted_too(opened, pasting):
    pasting.put_nowait("https://client.example/cb#access_token=t&state=st4te")
    asked = Authorize("https://as.example/authorize", "https://client.example/cb", "st4te", "fragment")
    assert (await Person("box", print, paste=True).authorize(asked))["access_token"] == "t"


async def test_where_nothing_can_come_back_nobody_waits(opened, pasting):
    with pytest.raises(InteractionRequired, match="does not lead to this machine"):
        await Person("box", print).authorize(ELSEWHERE)
    pasting.put_nowait(None)
    with pytest.raises(InteractionRequired, match="Nobody pasted"):
        await Person("box", print, paste=True).authorize(ELSEWHERE)


async def test_a_person_who_does_not_come_ends_the_wait(opened):
    async with Person("box", print, patience=0.01) as asked:
        uri = await asked.listen("http://127.0.0.1/cb")
        with pytest.raises(InteractionRequired, match="Nobody signed in for box"):
            await asked.authorize(Authorize("https://as.example/authorize", uri, "s"))


async def test_a_code_is_shown_once_and_the_browser_opened_once(opened):
    said = []
    asked = Person("box", said.append)
    for _ in range(3):
        await asked.verify(Verify("https://as.example/enter", "WDJB-MJHT", "https://as.example/enter?c=WDJB-MJHT", 0))
    assert (len(said), opened) == (1, ["https://as.example/enter?c=WDJB-MJHT"])
