"""What a child of exec finds in its environment."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from authwright.cli.child import environment_of_child, own_bundles
from authwright.outbound import ca_bundle

BUNDLE = ca_bundle.system_pem()


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text(BUNDLE)
    return path


def made(environment, bundle, *, address=("127.0.0.1", 4711)):
    return environment_of_child(environment, address=address, password="s3cret", bundle=bundle, folder=bundle.parent)


def test_every_spelling_of_the_proxy_is_set_with_its_password(bundle):
    child = made({"PATH": "/nowhere"}, bundle)
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    assert {child[name] for name in names} == {"http://authwright:s3cret@127.0.0.1:4711"}


def test_an_ipv6_address_stands_in_brackets(bundle):
    child = made({"PATH": "/nowhere"}, bundle, address=("::1", 80))
    assert child["https_proxy"] == "http://authwright:s3cret@[::1]:80"


def test_no_proxy_is_emptied_and_everything_else_stays(bundle):
    child = made({"PATH": "/nowhere", "NO_PROXY": "localhost", "no_proxy": "*", "LANG": "C"}, bundle)
    assert (child["NO_PROXY"], child["no_proxy"], child["LANG"], child["PATH"]) == ("", "", "C", "/nowhere")


def test_every_program_of_the_table_is_told_of_the_bundle(bundle):
    child = made({"PATH": "/nowhere"}, bundle)
    assert sorted(name for name, value in child.items() if value == str(bundle)) == [
        "AWS_CA_BUNDLE",
        "CARGO_HTTP_CAINFO",
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
        "CURL_CA_BUNDLE",
        "DENO_CERT",
        "GIT_SSL_CAINFO",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
        "HTTPLIB2_CA_CERTS",
        "NIX_SSL_CERT_FILE",
        "NODE_EXTRA_CA_CERTS",
        "PERL_LWP_SSL_CA_FILE",
        "PIP_CERT",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "npm_config_cafile",
    ]
    assert child["NODE_USE_ENV_PROXY"] == "1"


def test_wget_reads_its_users_settings_before_ours(bundle, tmp_path):
    own = tmp_path / "own"
    own.write_text("tries = 3")
    child = made({"PATH": "/nowhere", "WGETRC": str(own)}, bundle)
    assert Path(child["WGETRC"]).read_text() == f"tries = 3\nca_certificate = {bundle}\n"


def test_bundles_the_child_has_already_are_found_once_and_only_where_they_are(bundle, tmp_path):
    environment = {"SSL_CERT_FILE": str(bundle), "CURL_CA_BUNDLE": str(bundle), "AWS_CA_BUNDLE": str(tmp_path / "gone")}
    assert own_bundles(environment) == (bundle,)


def test_without_java_there_are_no_options_for_it(bundle):
    assert [name for name in made({"PATH": "/nowhere"}, bundle) if "JAVA" in name] == []


def test_the_password_is_not_in_what_a_jvm_prints(bundle, tmp_path):
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    child = made({"PATH": "/nowhere", "JAVA_HOME": str(tmp_path / "jdk"), "JAVA_TOOL_OPTIONS": "-Xmx1g"}, bundle)
    assert child["JAVA_TOOL_OPTIONS"].startswith("-Xmx1g -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=4711 ")
    assert "s3cret" not in child["JAVA_TOOL_OPTIONS"] + child["JDK_JAVA_OPTIONS"]
    private = Path(child["JDK_JAVA_OPTIONS"].removeprefix("@"))
    assert (private.stat().st_mode & 0o777, "-Dhttps.proxyPassword=s3cret\n" in private.read_text()) == (0o600, True)


@pytest.mark.skipif(shutil.which("keytool") is None, reason="the JDK's own tool says whether a JVM can read the trust store")
def test_a_jvm_reads_the_trust_store(bundle):
    child = made({"PATH": str(Path(shutil.which("java")).parent)}, bundle)
    store = next(word.partition("=")[2] for word in child["JAVA_TOOL_OPTIONS"].split() if "trustStore=" in word)
    listed = subprocess.run(
        ["keytool", "-list", "-keystore", store, "-storepass", "changeit"], capture_output=True, text=True, check=True
    )
    assert listed.stdout.count("trustedCertEntry") == BUNDLE.count("-----BEGIN CERTIFICATE-----")


SIGNALLED = """
import asyncio, os, signal, sys
from authwright.cli.signals import passed_on
async def main():
    got = asyncio.Queue()
    with passed_on(got.put_nowait):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(os.getpid(), number)
            print(signal.Signals(await got.get()).name)
asyncio.run(main())
"""


def test_signals_from_another_process_are_passed_on():
    addons = Path(__file__).parents[2] / "addons"
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED],
        env={"PYTHONPATH": str(addons)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        start_new_session=True,
    )
    assert (done.stdout.split(), done.stderr) == (["SIGTERM", "SIGINT", "SIGHUP"], "")
