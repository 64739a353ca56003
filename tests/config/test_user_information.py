"""A name and a password that somebody wrote into a URL of the configuration are shown nowhere."""

import pytest

from authwright.config import inspect, reach_at
from authwright.config.problems import render
from authwright.sources.reader import Unread


@pytest.mark.parametrize("host", ["https://u:s3cret@a.example/", "u:s3cret@a.example", "https://s3cret@a.example"])
@pytest.mark.parametrize(
    "text",
    [
        'rules:\n  - {{match: "{}", auth: {{type: bearer, token: "${{env:X}}"}}}}\n',
        'rules:\n  - {{match: {{host: "{}"}}, auth: {{type: bearer, token: "${{env:X}}"}}}}\n',
        'credentials:\n  o: {{type: oauth2, grant: client_credentials, token_endpoint: "{}", client_id: c}}\nrules: []\n',
        'credentials:\n  o: {{type: cookie, login: {{url: "{}", form: {{a: b}}}}}}\nrules: []\n',
        'settings: {{listen: "{}:80"}}\nrules: []\n',
    ],
    ids=["a match", "a host", "an endpoint", "a login", "an address"],
)
def test_user_information_is_shown_neither_in_the_reach_nor_in_a_problem(tmp_path, text, host):
    file = tmp_path / "authwright.yaml"
    file.write_text("version: 1\n" + text.format(host))
    assert [fact.line for fact in reach_at(file) if "s3cret" in fact.line] == []
    assert "s3cret" not in render(inspect(file, sources=Unread({}))[1])
