"""A configuration that was found: a stranger's gets nothing before the user consents, the user's own is never in the way."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.cli.conftest import environment

SECRET = "s3cret-of-the-user"
VERBS = [
    ["explain", "http://{host}/"],
    ["token", "box"],
    ["refresh", "box"],
    ["login", "box"],
    ["run", "--listen", "127.0.0.1:0"],
]


@pytest.fixture
def stranger():
    """``host:port`` of the stranger's server, and the credentials that it was sent."""
    sent = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            sent.append(self.headers.get("Authorization"))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}", sent
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clone(tmp_path, stranger):
    """A repository from elsewhere with a configuration that wants all it can get."""
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    (tmp_path / "id_rsa").write_text(SECRET)
    (tmp_path / "id_rsa").chmod(0o600)
    (tmp_path / "clone" / "authwright.yaml").write_text(f"""\
version: 1
credentials:
  box: {{type: oauth2, grant: client_credentials, token_endpoint: "http://{stranger[0]}/t", client_id: c, client_secret: "${{env:GITHUB_TOKEN}}"}}
rules:
  - {{match: "{stranger[0]}/file", auth: {{type: bearer, token: "${{file:~/id_rsa}}"}}}}
  - {{match: "{stranger[0]}/command", auth: {{type: bearer, token: "${{command:touch {tmp_path}/ran}}"}}}}
  - {{match: "{stranger[0]}/**", auth: {{type: bearer, token: "${{env:GITHUB_TOKEN}}"}}}}
""")
    return tmp_path / "clone"


@pytest.fixture
def here(authwright, clone):
    """Runs ``authwright …`` inside the clone."""

    def run(*arguments, **env):
        more = {"AUTHWRIGHT_CONFIG": "", "GITHUB_TOKEN": SECRET, **env}
        return authwright(*arguments, cwd=clone, env=more, stdin=subprocess.DEVNULL)

    return run


CLIENT = """
import os, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": os.environ["http_proxy"]}))
for path in sys.argv[2:]:
    print(opener.open(f"http://{sys.argv[1]}/{path}").status)
"""
ASK = [sys.executable, "-c", CLIENT]


def test_in_a_script_a_cloned_repository_gets_nothing_and_the_command_is_said(here, clone, stranger, tmp_path):
    done = here("exec", "--", *ASK, stranger[0], "file", "command", "env")
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr == (
        f"authwright: {clone}/authwright.yaml was found here, and you have not allowed what it reaches.\n"
        f"  hint: authwright trust {clone}/authwright.yaml\n"
    )
    assert (stranger[1], (tmp_path / "ran").exists()) == ([], False)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_every_verb_that_reads_secrets_or_sends_anything_needs_consent(here, stranger, verb, tmp_path):
    done = here(*(word.format(host=stranger[0]) for word in verb))
    assert (done.returncode, done.stdout) == (3, "")
    assert "authwright trust" in done.stderr
    assert SECRET not in done.stderr
    assert (stranger[1], (tmp_path / "ran").exists()) == ([], False)


@pytest.mark.parametrize(("verb", "code"), [(["explain", "http://a.example/"], 3), (["token", "box"], 3), (["exec"], 125)])
def test_with_json_it_is_an_object(here, verb, code):
    done = here(verb[0], "--json", *verb[1:], *(["true"] if verb == ["exec"] else []))
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (code, "untrusted")
    assert error["hint"].startswith("authwright trust ")


@pytest.mark.parametrize("verb", [["check"], ["schema"], ["tokens"], ["version"]], ids=lambda verb: verb[0])
def test_what_reads_no_source_needs_none(here, verb, tmp_path):
    done = here(*verb)
    assert done.returncode == 0
    assert "trust" not in done.stderr
    assert not (tmp_path / "ran").exists()


def test_trust_without_a_terminal_prints_the_reach_and_consents_to_nothing(here, clone, stranger, tmp_path):
    done = here("trust")
    assert done.returncode == 3
    assert done.stdout == (
        f"{clone}/authwright.yaml, when it is used,\n"
        f"  runs touch {tmp_path}/ran\n"
        f"  reads {tmp_path}/id_rsa\n"
        f"  sends ${{command:touch {tmp_path}/ran}} to 127.0.0.1\n"
        "  sends ${env:GITHUB_TOKEN} to 127.0.0.1\n"
        "  sends ${file:~/id_rsa} to 127.0.0.1\n"
        f"  asks http://{stranger[0]}/t\n"
        "  authenticates requests to 127.0.0.1\n"
    )
    assert done.stderr == f"Nothing was consented to.\n  hint: authwright trust {clone}/authwright.yaml --yes\n"
    assert here("explain", "http://a.example/").returncode == 3


def test_trust_yes_consents_and_the_configuration_is_named_when_it_is_used(here, clone, stranger):
    assert here("trust", "--yes").returncode == 0
    done = here("exec", "--", *ASK, stranger[0], "file", "env")
    assert (done.returncode, done.stdout, done.stderr) == (0, "200\n200\n", f"authwright: uses {clone}/authwright.yaml\n")
    assert stranger[1] == [f"Bearer {SECRET}"] * 2


def test_trust_belongs_to_one_path(here, clone):
    here("trust", "--yes")
    assert here("trust", "authwright.yaml").returncode == 0
    (clone / "copy.yaml").write_text((clone / "authwright.yaml").read_text())
    assert here("trust", "copy.yaml").returncode == 3


def test_consents_are_listed_and_taken_back(here, clone):
    here("trust", "--yes")
    listed = json.loads(here("trust", "--list", "--json").stdout)
    assert [one["file"] for one in listed] == [f"{clone}/authwright.yaml"]
    assert "sends ${env:GITHUB_TOKEN} to 127.0.0.1" in listed[0]["reach"]
    assert here("trust", "--list").stdout == f"{clone}/authwright.yaml\n"
    assert json.loads(here("trust", "--revoke", "--json").stdout) == {"file": f"{clone}/authwright.yaml", "revoked": True}
    assert here("explain", "http://a.example/").returncode == 3
    assert json.loads(here("trust", "--list", "--json").stdout) == []


def test_an_edit_that_widens_the_reach_says_which_line_is_new(here, clone):
    here("trust", "--yes")
    (clone / "authwright.local.yaml").write_text(
        'rules:\n  - {match: evil.example, auth: {type: bearer, token: "${env:GITHUB_TOKEN}"}}\n'
    )
    done = here("explain", "http://a.example/")
    assert done.returncode == 3
    assert "it authenticates requests to evil.example (and 1 more)" in done.stderr
    shown = here("trust")
    assert shown.stdout == (
        f"{clone}/authwright.yaml reaches further than you have allowed. What is new: it\n"
        " + sends ${env:GITHUB_TOKEN} to evil.example\n"
        " + authenticates requests to evil.example\n"
    )


@pytest.mark.parametrize("how", ["--config", "AUTHWRIGHT_CONFIG", "the own folder", "init"])
def test_what_the_user_named_or_wrote_is_consent(here, clone, tmp_path, how):
    if how == "--config":
        done = here("explain", "--config", "authwright.yaml", "http://a.example/")
    elif how == "AUTHWRIGHT_CONFIG":
        done = here("explain", "http://a.example/", AUTHWRIGHT_CONFIG=str(clone / "authwright.yaml"))
    elif how == "the own folder":
        (tmp_path / "xdg" / "authwright").mkdir(parents=True)
        (clone / "authwright.yaml").rename(tmp_path / "xdg" / "authwright" / "authwright.yaml")
        done = here("explain", "http://a.example/", XDG_CONFIG_HOME=str(tmp_path / "xdg"))
    else:
        assert here("init", "--force").returncode == 0
        done = here("explain", "http://a.example/")
    assert (done.returncode, done.stderr) == (0, "")


def test_an_edit_of_ones_own_init_asks_only_when_it_widens(here, clone):
    here("init", "--force")
    text = (clone / "authwright.yaml").read_text()
    (clone / "authwright.yaml").write_text(text.replace("/docs/**", "/manual/**"))
    assert here("explain", "http://a.example/").returncode == 0
    (clone / "authwright.yaml").write_text(text.replace("match: api.github.com", "match: '*.github.com'"))
    assert here("explain", "http://a.example/").returncode == 3


@pytest.mark.parametrize(
    "words", [["trust", "--yes"], ["explain", "--config", "authwright.yaml", "http://a.example/"], ["check"]]
)
def test_a_file_that_others_can_write_to_is_refused_however_it_was_named(here, clone, words):
    (clone / "authwright.yaml").chmod(0o666)
    done = here(*words)
    assert done.returncode == 3
    assert "Other users of this machine can write to" in done.stdout + done.stderr
    assert f"chmod go-w {clone}/authwright.yaml" in done.stdout + done.stderr


@pytest.mark.parametrize("named", ["authwright.yaml", "id_rsa"])
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused_however_it_was_named(here, clone, tmp_path, named):
    path = clone / named if named == "authwright.yaml" else tmp_path / named
    os.chown(path, 65534, 65534)
    done = here("exec", "--config", "authwright.yaml", "true")
    assert done.returncode == 125
    assert f"{path} belongs to another user of this machine" in done.stderr


@pytest.mark.timeout(30)
def test_a_named_pipe_is_refused_and_not_waited_for(here, clone):
    (clone / "authwright.yaml").unlink()
    os.mkfifo(clone / "authwright.yaml")
    done = here("check")
    assert done.returncode == 3
    assert "is not a file" in done.stdout + done.stderr


class Terminal:
    """``authwright …`` at a terminal of its own: what it says, and what a person types."""

    def __init__(self, folder, home, *arguments):
        self.pid, self.end = pty.fork()
        if not self.pid:
            os.chdir(folder)
            variables = environment(home, AUTHWRIGHT_CONFIG="", GITHUB_TOKEN=SECRET, TERM="dumb")
            os.execvpe(sys.executable, [sys.executable, "-m", "authwright", *arguments], variables)

    def until(self, text):
        said = ""
        while text not in said:
            piece = os.read(self.end, 4096).decode()
            assert piece, said
            said += piece
        return said.replace("\r\n", "\n")

    def type(self, line):
        os.write(self.end, line.encode() + b"\n")

    def rest(self):
        """What else it says, and its exit code."""
        said = b""
        try:
            while piece := os.read(self.end, 4096):
                said += piece
        except OSError:
            pass  # its end is closed
        os.close(self.end)
        return said.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.mark.timeout(60)
def test_at_a_terminal_exec_shows_the_reach_and_asks(clone, stranger, tmp_path):
    terminal = Terminal(clone, tmp_path, "exec", "--", *ASK, stranger[0], "env")
    asked = terminal.until("yes/no [no]: ")
    assert f"{clone}/authwright.yaml, when it is used,\n  runs touch {tmp_path}/ran\n" in asked
    assert "sends ${file:~/id_rsa} to 127.0.0.1" in asked
    assert SECRET not in asked
    assert stranger[1] == []
    terminal.type("yes")
    said, code = terminal.rest()
    assert (code, said.splitlines()[-1], stranger[1]) == (0, "200", [f"Bearer {SECRET}"])
    again = Terminal(clone, tmp_path, "explain", "http://a.example/")
    said, code = again.rest()
    assert (code, "yes/no" in said) == (0, False)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("answer", ["no", "", "perhaps\nwhat\nhm", "y e s\nno"])
def test_at_a_terminal_anything_but_yes_is_no(clone, stranger, tmp_path, answer):
    terminal = Terminal(clone, tmp_path, "exec", "--", "true")
    terminal.until("yes/no [no]: ")
    terminal.type(answer)
    said, code = terminal.rest()
    assert code == 125
    assert "you have not allowed what it reaches" in said
    assert stranger[1] == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("flag", ["--no-input", "--json"])
def test_at_a_terminal_nothing_is_asked_when_that_is_not_wanted(clone, stranger, tmp_path, flag):
    said, code = Terminal(clone, tmp_path, "explain", flag, f"http://{stranger[0]}/").rest()
    assert (code, "yes/no" in said, "untrusted" in said or "trust " in said) == (3, False, True)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("no", 1)])
def test_at_a_terminal_trust_asks(clone, tmp_path, here, answer, code):
    terminal = Terminal(clone, tmp_path, "trust")
    terminal.until("yes/no [no]: ")
    terminal.type(answer)
    assert terminal.rest()[1] == code
    assert (here("explain", "http://a.example/").returncode == 0) is (answer == "yes")


@pytest.mark.timeout(60)
def test_what_is_shown_cannot_steer_the_terminal_nor_flood_it(clone, here):
    hosts = ", ".join(f"h{number}.example" for number in range(2000))
    (clone / "authwright.yaml").write_text(
        f'version: 1\nrules:\n  - {{match: {{host: [{hosts}]}}, auth: {{type: bearer, token: "${{command:a\\e[2J\\u202e {"x" * 9000}}}"}}}}\n'
    )
    shown = here("trust").stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "characters)" in shown


def credential(proxy, stranger):
    """What the stranger's server is sent with a request through *proxy*."""
    connection = HTTPConnection(proxy, timeout=10)
    connection.request("GET", f"http://{stranger[0]}/x")
    connection.getresponse().read()
    connection.close()
    return stranger[1][-1]


@pytest.mark.timeout(60)
def test_a_running_proxy_takes_a_wider_configuration_up_once_it_is_trusted(here, clone, stranger, tmp_path):
    here("trust", "--yes")
    variables = environment(tmp_path, AUTHWRIGHT_CONFIG="", GITHUB_TOKEN=SECRET, OTHER="0ther")
    argv = [sys.executable, "-m", "authwright", "run", "--listen", "127.0.0.1:0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(argv, cwd=clone, env=variables, text=True, start_new_session=True, **pipes)
    try:
        first = process.stderr.readline()
        assert f"rules of {clone}/authwright.yaml" in first
        listening = first.partition("listens on ")[2].partition(": ")[0]
        while "the CA alone" not in process.stderr.readline():
            pass
        text = (clone / "authwright.yaml").read_text()
        (clone / "authwright.yaml").write_text(text.replace("/command", "/other").replace("env:GITHUB_TOKEN", "env:OTHER"))
        said = process.stderr.readline()
        assert "reaches further than you have allowed" in said
        assert f"The old rules stay in force; to allow it: authwright trust {clone}/authwright.yaml" in said
        assert credential(listening, stranger) == f"Bearer {SECRET}"
        assert here("trust", "--yes").returncode == 0
        while credential(listening, stranger) == f"Bearer {SECRET}":
            pass
        assert stranger[1][-1] == "Bearer 0ther"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
