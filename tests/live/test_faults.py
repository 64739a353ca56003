"""Whatever a token endpoint does: a clear answer in bounded time, one call, and the secret nowhere."""

import asyncio
import json
import time

import pytest
from tests.live.command_forks import CommandForks
from tests.live.faults import FAULTS, SECRET, Endpoints
from tests.live.process import kill

pytestmark = [pytest.mark.live, pytest.mark.timeout(200)]

BOUND = 25.0
"""Seconds: the deadline of a token request is 15, the rest is for a busy machine."""


def configuration(endpoints):
    lines = ["version: 1", "rules:"]
    for number, fault in enumerate(FAULTS.values()):
        lines += [
            f"  - match: 127.0.0.1:{endpoints.port}/api/{number}",
            "    auth:",
            f"      {{type: oauth2, grant: client_credentials, token_endpoint: '{endpoints.url(number, fault)}',",
            f"       client_id: c{number}, client_secret: {SECRET}}}",
        ]
    return "\n".join(lines)


async def asked(proxy, endpoints, number):
    """Head, body and seconds of a GET through *proxy*."""
    host, _, port = proxy.rpartition(":")
    began = time.monotonic()
    reader, writer = await asyncio.open_connection(host, int(port))
    place = f"127.0.0.1:{endpoints.port}"
    writer.write(f"GET http://{place}/api/{number} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    return head, body, time.monotonic() - began


async def test_each_fault_is_answered_in_time_in_words_and_after_one_call(tmp_path, pki):
    endpoints = Endpoints()
    async with endpoints.listening(pki.server):
        (tmp_path / "authwright.yaml").write_text(configuration(endpoints))
        with CommandForks(tmp_path) as forks:
            process = forks.start("run", "--listen", "127.0.0.1:0", "--config", str(tmp_path / "authwright.yaml"), "--json")
            proxy = forks.said("listening")[0]
            rows = await asyncio.gather(*(row(proxy, endpoints, number) for number in range(len(FAULTS))))
            kill(process)
    table = "\n".join(text for text, _ in rows)
    print(table)
    assert [name for name, (_, wrong) in zip(FAULTS, rows, strict=True) if wrong] == [], table
    assert SECRET not in table + (tmp_path / "err").read_text()


async def row(proxy, endpoints, number):
    """A line of the table, and what is wrong with it."""
    name, fault = list(FAULTS.items())[number]
    head, body, seconds = await asked(proxy, endpoints, number)
    problem = json.loads(body) if "problem+json" in head else {}
    status, code, says = int(head.split()[1]), problem.get("code", ""), problem.get("detail", "")
    calls = endpoints.calls[number]
    wrong = {
        "status": status != fault.status,
        "code": code != fault.code,
        "sentence": fault.says not in says,
        "seconds": seconds > BOUND,
        "calls": calls != (0 if fault.does in ("", "TLS") else 1),
    }
    found = " ".join(what for what, is_wrong in wrong.items() if is_wrong)
    return (
        f"{name:28} {status} {code:28} {seconds:5.1f} s {calls} calls  {says} {found.upper()}{SECRET * (SECRET in body)}",
        found,
    )
