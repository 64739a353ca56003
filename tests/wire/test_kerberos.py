"""Without the extra, or without a ticket, a sentence says what to type."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from authwright.errors import AuthwrightError
from authwright.parameters import ParameterError
from authwright.wire import kerberos


class FakeError(Exception):
    """Stands for GSSError, where the extra is not installed."""


@pytest.fixture
def gssapi(monkeypatch):
    """The part of gssapi that is used; ``step`` gives the token."""
    asked = []
    fake = ModuleType("gssapi")
    fake.Name = lambda text, kind: asked.append((text, kind)) or text
    fake.NameType = SimpleNamespace(hostbased_service="service")
    fake.OID = SimpleNamespace(from_int_seq=lambda text: text)
    fake.SecurityContext = lambda **given: asked.append(given) or SimpleNamespace(step=fake.step)
    fake.step = lambda: b"token"
    fake.asked = asked
    misc = ModuleType("gssapi.raw.misc")
    misc.GSSError = FakeError
    for name, module in {"gssapi": fake, "gssapi.raw": ModuleType("gssapi.raw"), "gssapi.raw.misc": misc}.items():
        monkeypatch.setitem(sys.modules, name, module)
    return fake


def test_without_the_extra_the_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(kerberos, "find_spec", lambda _: None)
    with pytest.raises(ParameterError) as caught:
        kerberos.check_installed()
    assert (caught.value.name, "authwright[kerberos]" in caught.value.hint) == ("username", True)


def test_with_the_extra_it_passes(monkeypatch):
    monkeypatch.setattr(kerberos, "find_spec", lambda _: object())
    kerberos.check_installed()


def test_a_ticket_is_asked_for_by_the_service_name_and_spnego(gssapi):
    assert kerberos.token("a.example") == b"token"
    assert gssapi.asked == [
        ("HTTP@a.example", "service"),
        {"name": "HTTP@a.example", "mech": "1.3.6.1.5.5.2", "usage": "initiate"},
    ]


def test_without_a_ticket_the_error_names_the_host_and_is_one_line(gssapi):
    def refuse():
        raise FakeError("Major (851968)\n  no credentials" + "x" * 1000)

    gssapi.step = refuse
    with pytest.raises(AuthwrightError) as caught:
        kerberos.token("a.example")
    assert caught.value.code == "no_ticket"
    assert caught.value.message.startswith("There is no Kerberos ticket for HTTP@a.example: Major (851968) no credentials")
    assert len(caught.value.message) < 400
    assert "kinit" in caught.value.hint
