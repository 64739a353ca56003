"""A credential's token by hand: printed, used again, replaced."""

import pytest


def test_token_prints_the_token_alone_and_asks_for_it_once(authwright, demo_servers):
    first, second = authwright("token", "orders"), authwright("token", "orders")
    assert (first.returncode, first.stderr, {first.stdout.strip()}) == (0, "", demo_servers.tokens)
    assert (second.stdout, demo_servers.token_requests) == (first.stdout, 1)


def test_refresh_replaces_it(authwright, demo_servers):
    old = authwright("token", "orders").stdout
    done = authwright("refresh", "orders")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "orders has a new token, good for 59 m.\n")
    assert authwright("token", "orders").stdout != old
    assert demo_servers.token_requests == 2


def test_a_token_endpoint_that_is_not_there_is_exit_code_5(authwright, demo_servers, tmp_path):
    file = tmp_path / "authwright.yaml"
    file.write_text(
        "\n".join(
            line.partition("http:")[0] + "http://127.0.0.1:1/token" if "endpoint" in line else line
            for line in file.read_text().split("\n")
        )
    )
    done = authwright("token", "orders")
    assert (done.returncode, done.stdout) == (5, "")


@pytest.mark.parametrize("verb", ["token", "refresh"])
def test_a_name_that_is_none_is_told_with_what_may_have_been_meant(authwright, configured_folder, verb):
    done = authwright(verb, "apo")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "authwright: There is no credential called 'apo'. Did you mean 'api'?",
    )


def test_a_credential_without_a_token_is_a_sentence(authwright, configured_folder):
    done = authwright("token", "api")
    assert (done.returncode, done.stderr) == (1, "authwright: api is of type bearer, which has no token.\n")
