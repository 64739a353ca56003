"""Requests of our own: sent as they are, and not again while an answer is fresh."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from tests.ambients import NOON, Clock

from authwright.errors import RequestError
from authwright.flow.commands import ClientCertificate, Fetch
from authwright.message import Request, Response
from authwright.outbound.fetching import Fetcher
from authwright.secret import Secret

GET = Request.of("GET", "https://as.example/.well-known/openid-configuration?x=s3cret")
HOUR = timedelta(hours=1)
CERTIFICATE = ClientCertificate("PEM", Secret("k3y"))


@dataclass
class Server:
    """Counts, and answers with the count."""

    status: int = 200
    seen: list = field(default_factory=list)

    async def send(self, request, certificate=None):
        self.seen.append((request, certificate))
        return Response(self.status, body=b"%d" % len(self.seen))


async def run(fetcher, errand):
    said = []
    return (await fetcher.run(errand, said.append)).body, said


async def test_a_request_is_sent_with_its_certificate_and_recorded_without_its_query():
    server = Server()
    body, said = await run(Fetcher(server, Clock()), Fetch(GET, CERTIFICATE))
    assert (body, server.seen) == (b"1", [(GET, CERTIFICATE)])
    assert said[0].sentence.startswith("GET https://as.example/.well-known/openid-configuration: 200 in ")


@pytest.mark.parametrize(
    ("first", "second", "after", "sends"),
    [
        (Fetch(GET, max_age=HOUR), Fetch(GET, max_age=HOUR), timedelta(minutes=59), 1),
        (Fetch(GET, max_age=HOUR), Fetch(GET, max_age=HOUR), HOUR, 2),
        (Fetch(GET, max_age=HOUR), Fetch(GET, max_age=HOUR), timedelta(seconds=-1), 2),
        (Fetch(GET, max_age=HOUR), Fetch(GET), timedelta(0), 2),
        (Fetch(GET), Fetch(GET), timedelta(0), 2),
        (Fetch(GET, max_age=HOUR), Fetch(GET, CERTIFICATE, HOUR), timedelta(0), 2),
        (Fetch(GET, max_age=HOUR), Fetch(GET.with_target("/"), max_age=HOUR), timedelta(0), 2),
    ],
)
async def test_an_answer_is_used_again_for_the_same_request_while_it_is_fresh(first, second, after, sends):
    server, clock = Server(), Clock()
    fetcher = Fetcher(server, clock)
    await run(fetcher, first)
    clock.at = NOON + after
    await run(fetcher, second)
    assert len(server.seen) == sends


async def test_an_answer_that_is_no_success_is_asked_for_again():
    server = Server(status=503)
    fetcher = Fetcher(server, Clock())
    for _ in range(2):
        await run(fetcher, Fetch(GET, max_age=HOUR))
    assert len(server.seen) == 2


async def test_few_answers_are_kept():
    server = Server()
    fetcher = Fetcher(server, Clock())
    for number in range(1000):
        await run(fetcher, Fetch(GET.with_target(f"/{number}"), max_age=HOUR))
    assert len(fetcher._kept) <= 64


async def test_what_would_break_the_message_is_not_sent():
    server = Server()
    with pytest.raises(RequestError):
        await run(Fetcher(server, Clock()), Fetch(GET.with_header("X", "a\r\nb")))
    assert server.seen == []
