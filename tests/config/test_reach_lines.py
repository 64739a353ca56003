"""The lines of a reach: what is done and where, without a secret, the greatest harm first."""

import pytest

from authwright.config.reach_lines import Fact, grouped, host_of, shown_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://IDP.example/Token", "https://idp.example/Token"),
        ("https://u:p@idp.example/token?key=s3cret#part", "https://idp.example/token"),
        ("https://idp.example/", "https://idp.example"),
        ("https://${env:HOST}/Token", "https://${env:HOST}/Token"),
        ("text", "text"),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url, shown):
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://A.example:8443/x", "a.example"), ("${env:URL}", "${env:URL}"), ("https://[::1", "https://[::1"), ("text", "text")],
)
def test_the_host_of_a_url(url, host):
    assert host_of(url) == host


def test_places_of_one_deed_stand_in_lines_of_eight_and_each_command_alone():
    facts = [Fact("asks", f"h{number}") for number in range(9)] + [Fact("runs", "b"), Fact("runs", "a")]
    assert grouped(facts) == ["runs a", "runs b", "asks h0, h1, h2, h3, h4, h5, h6, h7", "asks h8"]
