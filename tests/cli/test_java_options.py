"""A JVM is told of the proxy and its CA, and of the password in a private file alone."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.test_child_environment import made


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
    assert listed.stdout.count("trustedCertEntry") == bundle.read_text().count("-----BEGIN CERTIFICATE-----")
