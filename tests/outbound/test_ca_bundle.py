"""A bundle replaces a program's store, so it holds the system's roots and the user's own file, too."""

import pytest

from authwright.errors import AuthwrightError
from authwright.outbound import ca_bundle

OWN = "-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----\n"


@pytest.fixture
def system(monkeypatch):
    monkeypatch.setattr(ca_bundle, "system_pem", lambda: "SYSTEM")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return monkeypatch


def test_the_system_has_roots():
    assert "-----BEGIN CERTIFICATE-----" in ca_bundle.system_pem()


def test_upstream_trusts_the_system_the_users_file_and_the_configured_ca(system, tmp_path):
    (tmp_path / "env.pem").write_text("ENV")
    (tmp_path / "ca.pem").write_text(OWN)
    system.setenv("SSL_CERT_FILE", str(tmp_path / "env.pem"))
    assert ca_bundle.upstream_pem() == "SYSTEM\nENV"
    assert ca_bundle.upstream_pem(str(tmp_path / "ca.pem")) == ca_bundle.upstream_pem(OWN) == f"SYSTEM\nENV\n{OWN}"


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_that_is_none_is_refused(system, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(AuthwrightError, match="holds no certificate") as caught:
        ca_bundle.upstream_pem(str(path))
    assert caught.value.code == "upstream_ca"


def test_a_ca_that_others_can_write_to_is_refused(system, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text(OWN)
    path.chmod(0o666)
    with pytest.raises(AuthwrightError) as caught:
        ca_bundle.upstream_pem(str(path))
    assert caught.value.code == "upstream_ca"


def test_a_child_trusts_its_own_file_and_our_ca(system, tmp_path):
    (tmp_path / "child.pem").write_text("CHILD")
    assert ca_bundle.client_pem("OURS", str(tmp_path / "child.pem")) == "SYSTEM\nCHILD\nOURS"
    assert ca_bundle.client_pem("OURS", str(tmp_path / "gone.pem")) == "SYSTEM\nOURS"


def test_a_bundle_is_written_whole_for_its_owner_alone(tmp_path):
    path = ca_bundle.write(tmp_path / "new" / "bundle.pem", "one")
    ca_bundle.write(path, "two")
    assert (path.read_text(), path.stat().st_mode & 0o777, [each.name for each in path.parent.iterdir()]) == (
        "two",
        0o600,
        ["bundle.pem"],
    )
