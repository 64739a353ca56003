"""A command behind a proxy of its own, over real sockets."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

ASK = """
import os, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": os.environ["http_proxy"]}))
print(opener.open(sys.argv[1]).status)
"""


def test_a_child_that_knows_nothing_gets_its_requests_authenticated(authwright, configured_folder, api):
    done = authwright("exec", "--", sys.executable, "-c", ASK, f"http://{api}/orders?id=1")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "200\n",
        f"authwright: uses {configured_folder / 'authwright.yaml'}\n",
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl stands for the clients nobody here wrote")
def test_curl_is_answered_and_the_origin_never_sees_the_proxys_password(authwright, configured_folder, api):
    done = authwright("exec", "curl", "-sS", f"http://{api}/orders")
    assert (done.returncode, done.stdout) == (0, '{"proxy": false, "path": "/orders"}')


def test_a_line_for_each_request_is_printed_when_asked_for(authwright, configured_folder, api):
    done = authwright("exec", "-v", "--", sys.executable, "-c", ASK, f"http://{api}/orders?id=1")
    _, line, *changes = done.stderr.splitlines()
    assert line.split()[1:6] == ["GET", f"{api}/orders?id", "api", "bearer", "static"]
    assert (line.split()[-1], changes) == ("200", ["  + header Authorization: Bearer <hidden>"])


def test_another_process_cannot_use_the_proxy_without_its_password(authwright, configured_folder, api):
    bare = ASK.replace('os.environ["http_proxy"]', '"http://" + os.environ["http_proxy"].partition("@")[2]')
    done = authwright("exec", "--", sys.executable, "-c", bare, f"http://{api}/orders")
    assert "HTTP Error 407" in done.stderr


@pytest.mark.parametrize(("command", "code"), [("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)])
def test_the_childs_exit_code_is_ours(authwright, configured_folder, command, code):
    assert authwright("exec", "sh", "-c", command).returncode == code


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("no-such-command", 127, "There is no command 'no-such-command'."),
        ("/dev/null", 126, "'/dev/null' cannot be run: Permission denied."),
    ],
)
def test_a_command_that_cannot_be_run_is_said(authwright, configured_folder, command, code, message):
    done = authwright("exec", "-q", command)
    assert (done.returncode, done.stderr) == (code, f"authwright: {message}\n")


def test_without_a_configuration_the_proxy_does_not_start(authwright):
    done = authwright("exec", "true")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (125, "  hint: authwright init")


def test_stdin_and_stdout_are_the_childs(authwright, configured_folder):
    assert authwright("--json", "exec", "cat", input="through").stdout == "through"


def test_flags_after_the_command_are_the_childs(authwright, configured_folder):
    assert authwright("exec", "echo", "--json", "-q", "--", "x").stdout == "--json -q -- x\n"


def test_the_childs_own_cas_stay_trusted_and_the_folder_is_gone_afterwards(authwright, configured_folder):
    own = configured_folder / "own.pem"
    own.write_text("-----BEGIN CERTIFICATE-----\nb3du\n-----END CERTIFICATE-----\n")
    done = authwright(
        "exec",
        "sh",
        "-c",
        'echo "$SSL_CERT_FILE"; cat "$SSL_CERT_FILE"; stat -c %a "$(dirname "$SSL_CERT_FILE")"',
        env={"SSL_CERT_FILE": str(own)},
    )
    path, *pem, mode = done.stdout.splitlines()
    certificate = (configured_folder / "home" / "ca" / "mitmproxy-ca-cert.pem").read_text().splitlines()
    assert ("b3du" in pem, certificate[1] in pem, mode) == (True, True, "700")
    assert not Path(path).parent.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda each: each.name)
def test_a_signal_for_us_is_the_childs(start_authwright, configured_folder, number):
    script = f"import signal, sys, time; signal.signal({int(number)}, lambda *_: sys.exit(5)); print('ready', flush=True); time.sleep(30)"
    process = start_authwright("exec", sys.executable, "-c", script)
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, number)
    assert process.wait(20) == 5


def test_every_file_of_ours_is_the_users_alone_whatever_the_umask(authwright, configured_folder, tmp_path):
    """The folders alone would do; but a folder is moved, copied, or made laxer by hand."""
    look = 'find "$(dirname "$SSL_CERT_FILE")" "$AUTHWRIGHT_HOME" -perm /077; umask'
    done = authwright("exec", "--", "sh", "-c", look, umask=0)
    assert (done.returncode, done.stdout.split()) == (0, ["0000"])
    assert [path for path in (tmp_path / "home").rglob("*") if path.stat().st_mode & 0o077] == []
