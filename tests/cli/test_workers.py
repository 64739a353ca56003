"""Several processes behind one port: they share the work and the store, are replaced when they die, and end together."""

import http.client
import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.cli.token_server import TokenServer

RUN = ("run", "--listen", "127.0.0.1:0", "--json")
PATIENCE = 30.0


def until(found, what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError(what)


def ready(process):
    """Where it listens, once it says so."""
    return json.loads(process.stdout.readline())["listening"][0]


def workers(process):
    """The process ids of its children."""
    return {int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()}


def asked(address, api):
    """The status of one request over a connection of its own."""
    connection = http.client.HTTPConnection(*address.split(":"), timeout=PATIENCE)
    try:
        connection.request("GET", f"http://{api}/orders")
        return connection.getresponse().status
    finally:
        connection.close()


def many(address, api, count):
    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(lambda _: asked(address, api), range(count)))


def sockets(pid):
    return sum(link.is_socket() for link in Path(f"/proc/{pid}/fd").iterdir())


@pytest.fixture
def tokens(tmp_path):
    """A token endpoint and an API that knows its tokens, and a configuration for both."""
    with TokenServer() as server:
        (tmp_path / "authwright.yaml").write_text(
            f"""\
version: 1
rules:
  - match: "{server.address}"
    auth:
      {{type: oauth2, grant: client_credentials, token_endpoint: "http://{server.address}/token", client_id: a, client_secret: b}}
"""
        )
        yield server


def test_they_share_one_port_and_it_is_said_once(start_authwright, configured_folder, api):
    process = start_authwright(*RUN, "--workers", "3")
    address = ready(process)
    before = {pid: sockets(pid) for pid in workers(process)}
    assert len(before) == 3
    with ThreadPoolExecutor() as pool:
        held = list(pool.map(lambda _: socket.create_connection(address.split(":")), range(60)))
    until(lambda: all(sockets(pid) > count for pid, count in before.items()), "one of them got no connection of 60")
    for each in held:
        each.close()
    assert many(address, api, 30) == [200] * 30
    lines = [json.loads(process.stdout.readline()) for _ in range(30)]
    assert [(line["rule"], line["statuses"]) for line in lines] == [("api", [200])] * 30


def test_one_that_dies_is_replaced_and_what_waited_for_it_is_served(start_authwright, configured_folder, api):
    process = start_authwright(*RUN, "--workers", "2")
    address, first = ready(process), workers(process)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    assert many(address, api, 20) == [200] * 20
    assert len(workers(process) - first) == 2
    said = {process.stderr.readline() for _ in first}
    assert said == {f"authwright: Worker {pid} was ended by SIGKILL; another takes its place.\n" for pid in first}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_lets_all_of_them_finish_what_is_in_flight(start_authwright, tokens, number, code):
    tokens.hold()
    process = start_authwright(*RUN, "--workers", "2")
    address = ready(process)
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(asked, address, tokens.address) for _ in range(20)]
        until(lambda: tokens.waiting == 20, "not all requests reached the API")
        os.killpg(process.pid, number) if number == signal.SIGINT else os.kill(process.pid, number)
        until(lambda: refused(address), "somebody still takes connections")
        tokens.release()
        assert [answer.result() for answer in answers] == [200] * 20
    assert process.wait(PATIENCE) == code
    assert process.stderr.read() == ""


def refused(address):
    try:
        socket.create_connection(address.split(":"), timeout=1).close()
    except ConnectionError:
        return True
    return False


def test_a_second_signal_ends_them_at_once(start_authwright, tokens):
    tokens.hold()
    process = start_authwright(*RUN, "--workers", "2")
    address = ready(process)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(asked, address, tokens.address) for _ in range(8)]
        until(lambda: tokens.waiting == 8, "not all requests reached the API")
        process.send_signal(signal.SIGTERM)
        until(lambda: refused(address), "somebody still takes connections")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        tokens.release()
        assert all(isinstance(answer.exception(), OSError | http.client.HTTPException) for answer in answers)


def test_they_obtain_one_token_together_and_replace_a_rejected_one_once(start_authwright, tokens):
    process = start_authwright(*RUN, "--workers", "4")
    address = ready(process)
    assert many(address, tokens.address, 64) == [200] * 64
    assert tokens.given == 1
    tokens.revoke()
    assert many(address, tokens.address, 64) == [200] * 64
    assert tokens.given == 2


def test_each_follows_the_configuration(start_authwright, configured_folder, api):
    file = configured_folder / "authwright.yaml"
    right = file.read_text()
    file.write_text(right.replace("t0ken-of-the-test", "old"))
    process = start_authwright(*RUN, "--workers", "3")
    address = ready(process)
    assert set(many(address, api, 30)) == {401}
    file.write_text(right)
    until(lambda: set(many(address, api, 30)) == {200}, "one of them keeps the old rules")
    os.kill(next(iter(workers(process))), signal.SIGKILL)
    process.stderr.readline()
    assert set(many(address, api, 30)) == {200}


def test_they_end_when_the_process_that_started_them_is_gone(start_authwright, configured_folder):
    process = start_authwright(*RUN, "--workers", "2")
    address, pids = ready(process), workers(process)
    process.kill()
    process.wait()
    until(lambda: refused(address), "they go on")
    until(lambda: not any(map(alive, pids)), "they are still there")


def alive(pid):
    """Whether there is such a process; one that nobody asked how it ended counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--workers", "0"], 2, "Invalid value for '--workers': 0 is not in the range 1<=x<=64."),
        (
            ["--workers", "2", "--mode", "dns"],
            3,
            "Several workers cannot serve the mode 'dns': it does not listen on a TCP port.",
        ),
        (
            ["--workers", "2", "--listen", "0.0.0.0:0"],
            1,
            "0.0.0.0:0 can be reached from other machines, so clients must give a password.",
        ),
    ],
)
def test_what_cannot_be_is_said_once(authwright, configured_folder, arguments, code, message):
    done = authwright("run", *arguments)
    assert (done.returncode, done.stderr.splitlines()[0]) == (code, f"authwright: {message}")


def test_a_store_that_cannot_be_used_is_said_once(authwright, configured_folder):
    (configured_folder / "home").mkdir(mode=0o700)
    (configured_folder / "home" / "tokens.db").write_text("this is no database, as anyone can see")
    done = authwright("run", "--listen", "127.0.0.1:0", "--workers", "4")
    assert (done.returncode, done.stderr.count("tokens.db")) == (1, 2)  # in the sentence and in its hint


def test_a_port_that_other_workers_share_is_in_use(start_authwright, authwright, configured_folder):
    address = ready(start_authwright(*RUN, "--workers", "2"))
    done = authwright("run", "--listen", address, "--workers", "2")
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, "authwright: The port is already in use.")
