"""AWS signatures, verified by servers that nobody here wrote; clients that do not sign, or sign with keys worth nothing."""

import hashlib
import json
from urllib.parse import quote

import pytest
from tests.live import aws_servers, proxies
from tests.live.aws_servers import ACCESS_KEY, BUCKET, SECRET_KEY
from tests.live.needs import in_venv, program

pytestmark = pytest.mark.live

KEY = "a b/ü+x.txt"
LARGE = bytes(range(256)) * (20 << 12)  # 20 MiB


@pytest.fixture(scope="session")
def swift(installed, folder):
    (folder / "swift").mkdir()
    with aws_servers.swift(folder / "swift") as server:
        yield server


@pytest.fixture(scope="session", params=["http", "https"])
def moto(request, installed, folder, pki):
    (folder / f"moto-{request.param}").mkdir()
    with aws_servers.moto(folder / f"moto-{request.param}", pki.server if request.param == "https" else None) as server:
        yield server


def configuration(server, *, key=ACCESS_KEY, secret=SECRET_KEY, settings="", **more):
    """A rule that signs everything for *server*; what it is signed for comes from the clients, unless *more* says it."""
    auth = {"type": "aws_sigv4", "access_key_id": key, "secret_access_key": secret, **more}
    return f"version: 1\nsettings: {{{settings}}}\nrules:\n- match: '{server.url}'\n  auth: {json.dumps(auth)}\n"


PLAIN = {"service": "s3", "region": "us-east-1"}
"""What the rule must say for a client that does not sign."""


def curl(proxy, *arguments):
    done = proxy.client([program("curl"), "-sS", "--max-time", "50", "-w", "\n%{http_code}", *arguments])
    assert done.returncode == 0, done.stderr.decode()
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def boto3(proxy, server, script, **names):
    """Run *script*, in which ``client(service)`` is boto3's, with keys that are worth nothing; what it prints."""
    prelude = f"""
import json, sys
import boto3
from botocore.client import Config
NAMES = json.loads({json.dumps(json.dumps(names))})
def client(service):
    keys = dict(region_name="us-east-1", aws_access_key_id="dummy", aws_secret_access_key="dummy")
    config = Config(s3={{"addressing_style": "path"}}, retries={{"total_max_attempts": 1}}, signature_version=NAMES.get("version"))
    return boto3.client(service, endpoint_url="{server.url}", config=config, **keys)
"""
    done = proxy.client([in_venv("moto", "python"), "-c", prelude + script])
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()


def address(server, key, query=""):
    return f"{server.url}/{BUCKET}/{quote(key)}{query}"


@pytest.mark.parametrize("placement", ["header", "query"])
def test_a_client_that_does_not_sign_stores_lists_and_reads_awkward_keys(swift, tmp_path, placement):
    (tmp_path / "body").write_bytes(b"hello")
    put = ("-T", str(tmp_path / "body"))
    meta = ("-H", "X-Amz-Meta-Two:  a   b ", "-H", "X-Amz-Meta-Two: c")
    with proxies.running(tmp_path, configuration(swift, placement=placement, **PLAIN)) as proxy:
        stored = curl(proxy, *put, address(swift, KEY))
        got = curl(proxy, address(swift, KEY))
        listed = curl(proxy, f"{swift.url}/{BUCKET}?list-type=2&prefix=a%20b/&delimiter=")
        odd = [curl(proxy, *put, address(swift, key))[0] for key in ("~x/$&=@.txt", "a//b", "p%20q", "(1)'*!.txt")]
        tagged = curl(proxy, *put, *meta, address(swift, "tagged"))
    assert (stored, got) == ((200, b""), (200, b"hello"))
    assert f"<Key>{KEY}</Key>".encode() in listed[1]
    assert (odd, tagged[0]) == ([200] * 4, 200)


@pytest.mark.parametrize("placement", ["header", "query"])
def test_boto3_with_keys_worth_nothing_uploads_twenty_mebibytes_that_stream_past(swift, tmp_path, placement):
    (tmp_path / "body").write_bytes(LARGE)
    script = f"""
s3 = client("s3")
with open("{tmp_path}/body", "rb") as body:
    print(s3.put_object(Bucket="{BUCKET}", Key={KEY!r}, Body=body)["ETag"])
print(len(s3.get_object(Bucket="{BUCKET}", Key={KEY!r})["Body"].read()))
"""
    with proxies.running(tmp_path, configuration(swift, settings="max_signed_body: 1MiB", placement=placement)) as proxy:
        etag, size = boto3(proxy, swift, script)
    assert (etag.strip('"'), int(size)) == (hashlib.md5(LARGE).hexdigest(), len(LARGE))


@pytest.mark.parametrize(
    ("settings", "parameters", "status"),
    [
        ("", {"payload": "unsigned"}, 200),
        ("max_signed_body: 20MiB", {}, 200),
        ("", {}, 413),
        ("", {"placement": "query"}, 200),
    ],
)
def test_what_is_hashed_has_a_limit_and_what_streams_has_none(swift, tmp_path, settings, parameters, status):
    (tmp_path / "body").write_bytes(LARGE)
    with proxies.running(tmp_path, configuration(swift, settings=settings, **PLAIN, **parameters)) as proxy:
        assert curl(proxy, "-T", str(tmp_path / "body"), address(swift, "large"))[0] == status
        if status == 200:
            assert hashlib.sha256(curl(proxy, address(swift, "large"))[1]).digest() == hashlib.sha256(LARGE).digest()


def test_a_url_that_was_presigned_with_keys_worth_nothing_works(swift, tmp_path):
    script = f'print(client("s3").generate_presigned_url("get_object", Params={{"Bucket": "{BUCKET}", "Key": {KEY!r}}}))'
    with proxies.running(tmp_path, configuration(swift)) as proxy:
        boto3(proxy, swift, f'client("s3").put_object(Bucket="{BUCKET}", Key={KEY!r}, Body=b"hello")')
        [url] = boto3(proxy, swift, script, version="s3v4")
        assert curl(proxy, url) == (200, b"hello")


def test_a_wrong_secret_is_the_origins_403_once(swift, tmp_path):
    path = f"/{BUCKET}/never-{tmp_path.name}"
    with proxies.running(tmp_path, configuration(swift, secret="wrong", **PLAIN)) as proxy:
        status, body = curl(proxy, swift.url + path)
    assert (status, b"SignatureDoesNotMatch" in body, swift.seen(f"GET {path} ")) == (403, True, 1)


def test_a_clock_that_is_seven_hours_off_is_corrected_once(swift, tmp_path):
    path = f"/{BUCKET}/clock-{tmp_path.name}"
    (tmp_path / "body").write_bytes(b"hello")
    under = [program("faketime"), "-f", "-7h"]
    with proxies.running(tmp_path, configuration(swift, **PLAIN), under=under) as proxy:
        statuses = [curl(proxy, "-T", str(tmp_path / "body"), swift.url + path)[0] for _ in range(3)]
    assert statuses == [200, 200, 200]
    assert (swift.seen(f"PUT {path} HTTP/1.0 403"), swift.seen(f"PUT {path} HTTP/1.0 200")) == (1, 3)


SERVICES = """
s3, table, queue = client("s3"), client("dynamodb"), client("sqs")
s3.create_bucket(Bucket="made")
s3.put_object(Bucket="made", Key="a b/ü+x.txt", Body=b"hello" * 1000)
print(len(s3.get_object(Bucket="made", Key="a b/ü+x.txt")["Body"].read()))
key = [{"AttributeName": "id", "KeyType": "HASH"}]
table.create_table(TableName="t", KeySchema=key, AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                   BillingMode="PAY_PER_REQUEST")
table.put_item(TableName="t", Item={"id": {"S": "ü"}})
print(table.scan(TableName="t")["Count"])
print(queue.create_queue(QueueName="q")["QueueUrl"].rpartition("/")[2])
print(client("sts").get_caller_identity()["Arn"].rpartition("/")[2])
"""


def for_moto(moto, pki, secret=None):
    key, own = moto.keys
    return configuration(moto, key=key, secret=secret or own, settings=f"upstream_ca: {pki.ca}")


def test_boto3_with_keys_worth_nothing_is_the_user_whose_keys_they_are(moto, pki, tmp_path):
    with proxies.running(tmp_path, for_moto(moto, pki)) as proxy:
        assert boto3(proxy, moto, SERVICES) == ["5000", "1", "q", "live"]


def test_the_aws_command_with_keys_worth_nothing_is_too(moto, pki, tmp_path):
    (tmp_path / "body").write_bytes(b"hello" * 1000)
    with proxies.running(tmp_path, for_moto(moto, pki)) as proxy:

        def aws(*arguments):
            dummy = ["env", "AWS_ACCESS_KEY_ID=dummy", "AWS_SECRET_ACCESS_KEY=dummy", "AWS_DEFAULT_REGION=us-east-1"]
            done = proxy.client([*dummy, in_venv("awscli", "aws"), "--endpoint-url", moto.url, *arguments])
            assert done.returncode == 0, done.stderr.decode()
            return done.stdout

        assert json.loads(aws("sts", "get-caller-identity"))["Arn"].endswith("user/live")
        aws("s3", "mb", "s3://by-command")
        aws("s3", "cp", str(tmp_path / "body"), "s3://by-command/a b/ü+x.txt")
        aws("s3", "cp", "s3://by-command/a b/ü+x.txt", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == b"hello" * 1000


def test_a_wrong_secret_is_motos_403_once(moto, pki, tmp_path):
    before = moto.seen('" 403 -')
    script = """
try:
    client("sts").get_caller_identity()
except Exception as error:
    print(error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
"""
    with proxies.running(tmp_path, for_moto(moto, pki, secret="wrong")) as proxy:
        assert boto3(proxy, moto, script) == ["403", "SignatureDoesNotMatch"]
    assert moto.seen('" 403 -') == before + 1
