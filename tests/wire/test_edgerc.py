"""An ``.edgerc`` file is read as Akamai's own tools read it."""

import pytest

from authwright.parameters import ParameterError
from authwright.wire.edgerc import read_section

TEXT = """\
; credentials
[default]
client_secret = s3cr%t/x=
host = akab-h.luna.akamaiapis.net/
access_token = akab-a
client_token = akab-c
max-body = 2048

[other]
client_token: akab-o
headers_to_sign = X-A, X-B
"""


def test_a_section_has_its_entries():
    assert read_section(TEXT, "default") == {
        "client_secret": "s3cr%t/x=",
        "host": "akab-h.luna.akamaiapis.net/",
        "access_token": "akab-a",
        "client_token": "akab-c",
        "max_body": "2048",
    }
    assert read_section(TEXT, "other") == {"client_token": "akab-o", "headers_to_sign": "X-A, X-B"}


@pytest.mark.parametrize(
    ("text", "section", "name"),
    [
        (TEXT, "papi", "section"),
        ("client_secret = s3cret\n", "default", "edgerc"),
        ("[default]\ns3cret\n", "default", "edgerc"),
        ("[default]\na=s3cret\n[default]\n", "default", "edgerc"),
        ("", "default", "section"),
    ],
)
def test_what_is_no_edgerc_is_said_without_what_it_holds(text, section, name):
    with pytest.raises(ParameterError) as caught:
        read_section(text, section)
    assert (caught.value.name, "s3cret" in f"{caught.value.message} {caught.value.hint}") == (name, False)
