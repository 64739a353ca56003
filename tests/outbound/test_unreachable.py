"""A server that gave no answer is told of in the same words everywhere, by the cause that a library named."""

import pytest

from authwright.outbound.unreachable import unreachable


@pytest.mark.parametrize(
    ("server", "reason", "code", "message"),
    [
        ("https://a.example", "Connection refused.", "unreachable", "https://a.example cannot be reached: Connection refused."),
        (None, "no route", "unreachable", "the origin cannot be reached: no route."),
        ("https://a.example", "Timed out", "timeout", "https://a.example cannot be reached: Timed out."),
        ("https://a.example", "[Errno 110] x", "timeout", "https://a.example cannot be reached: [Errno 110] x."),
        (
            "https://a.example",
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1)",
            "unreachable",
            "The certificate of https://a.example is not trusted: self-signed certificate.",
        ),
        (None, "Certificate verify failed", "unreachable", "The certificate of the origin is not trusted: verification failed."),
    ],
)
def test_the_cause_decides_code_and_sentence(server, reason, code, message):
    error = unreachable(server, reason)
    assert (error.code, error.message) == (code, message)


def test_a_certificate_that_is_not_trusted_says_where_to_name_its_ca():
    assert "settings.upstream_ca" in unreachable("https://a.example", "certificate verify failed").hint
