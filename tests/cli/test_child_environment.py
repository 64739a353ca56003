"""What a child of exec finds in its environment."""

from pathlib import Path

from authwright.cli.child_environment import environment_of_child, own_bundles


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
