"""Servers that verify AWS signatures: OpenStack swift's S3 interface, and moto with its access management enforced."""

import contextlib
import json
import os
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.live.needs import in_venv, program
from tests.live.process import free_port, listens, started, until

ACCESS_KEY, SECRET_KEY = "test:tester", "testing/+="
"""swift's one user."""

BUCKET = "bucket"

_SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's own, for which Debian's swift is installed."""

_LAUNCH = """
import runpy, sys
from swift.common import storage_policy, utils
utils.HASH_PATH_SUFFIX = utils.HASH_PATH_PREFIX = b"live"
utils.SWIFT_CONF_FILE = storage_policy.SWIFT_CONF_FILE = sys.argv[1]
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a swift daemon without /etc/swift."""

_RINGS = """
import sys
from swift.common.ring import RingBuilder
for kind, port in zip(sys.argv[2::2], sys.argv[3::2]):
    builder = RingBuilder(6, 1, 1)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1"})
    builder.rebalance()
    builder.get_ring().save(f"{sys.argv[1]}/{kind}.ring.gz")
"""

_CONF = "[swift-hash]\nswift_hash_path_suffix = live\n[storage-policy:0]\nname = Policy-0\ndefault = yes\n"

_STORAGE = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
devices = {folder}/srv
mount_check = false
swift_dir = {folder}
recon_cache_path = {folder}/cache
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

_PROXY = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors proxy-logging cache listing_formats s3api tempauth dlo slo proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = no
allow_no_owner = true
dns_compliant_bucket_names = no
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {secret} .admin
[filter:dlo]
use = egg:swift#dlo
[filter:slo]
use = egg:swift#slo
"""


@dataclass(frozen=True)
class Verifying:
    """A server; its log is the file ``err`` of *folder*."""

    port: int
    folder: Path
    scheme: str
    host: str

    @property
    def url(self):
        return f"{self.scheme}://{self.host}:{self.port}"

    def seen(self, what):
        """How many lines of its log hold *what*."""
        return sum(what in line for line in (self.folder / "err").read_text().splitlines())


@contextlib.contextmanager
def swift(folder):
    ports = {kind: free_port() for kind in ("account", "container", "object", "proxy", "memcached")}
    user = subprocess.check_output(["id", "-un"], text=True, timeout=10).strip()
    (folder / "srv" / "d1").mkdir(parents=True)
    (folder / "cache").mkdir()
    (folder / "swift.conf").write_text(_CONF)
    storage = ("account", "container", "object")
    for kind in storage:
        (folder / f"{kind}.conf").write_text(_STORAGE.format(kind=kind, port=ports[kind], user=user, folder=folder))
    text = _PROXY.format(port=ports["proxy"], memcached=ports["memcached"], user=user, folder=folder, secret=SECRET_KEY)
    (folder / "proxy.conf").write_text(text)
    argv = [_SYSTEM_PYTHON, "-c", _RINGS, str(folder), *(str(each) for kind in storage for each in (kind, ports[kind]))]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    as_root = ["-u", "nobody"] if os.geteuid() == 0 else []
    daemons = {"memcached": [program("memcached"), *as_root, "-l", "127.0.0.1", "-p", str(ports["memcached"])]}
    for kind in (*storage, "proxy"):
        server = [program(f"swift-{kind}-server"), str(folder / f"{kind}.conf"), "-v"]
        daemons[kind] = [_SYSTEM_PYTHON, "-c", _LAUNCH, str(folder / "swift.conf"), *server]
    with contextlib.ExitStack() as stack:
        for kind in daemons:
            (folder / f"run-{kind}").mkdir()
        running = {kind: stack.enter_context(started(argv, folder / f"run-{kind}", cwd=folder)) for kind, argv in daemons.items()}
        for kind, process in running.items():
            until(lambda port=ports[kind]: listens(port), f"swift's {kind} (it says: {folder}/run-{kind}/err)", process)
        until(lambda: _made(ports["proxy"]), "swift's first bucket", running["proxy"])
        yield Verifying(ports["proxy"], folder / "run-proxy", "http", "127.0.0.1")


def _made(port):
    """Whether the bucket is there: the storage servers need a moment after their ports answer."""
    credentials = Credentials(ACCESS_KEY, SECRET_KEY)
    request = AWSRequest("PUT", f"http://127.0.0.1:{port}/{BUCKET}", data=b"")
    S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(request.url, method="PUT", data=b"", headers=dict(request.headers.items()))
    try:
        with opener.open(asked, timeout=10) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        return error.code == 409


_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

_ADMIT = """
import json, sys
import boto3
names = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
iam = boto3.client("iam", endpoint_url=sys.argv[1], verify=False, **names)
iam.create_user(UserName="live")
arn = iam.create_policy(PolicyName="all", PolicyDocument=sys.argv[2])["Policy"]["Arn"]
iam.attach_user_policy(UserName="live", PolicyArn=arn)
key = iam.create_access_key(UserName="live")["AccessKey"]
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
"""
"""The four requests that moto lets pass before it looks at signatures."""


@dataclass(frozen=True)
class Moto(Verifying):
    """moto; the keys are those of its one user."""

    keys: tuple[str, str]


@contextlib.contextmanager
def moto(folder, certificate=None):
    """moto, over TLS where a *certificate* is given, a file that holds its key too."""
    port = free_port()
    environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "4", "PYTHONUNBUFFERED": "1"}
    argv = [in_venv("moto", "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    argv += ["-s", "-c", str(certificate), "-k", str(certificate)] if certificate else []
    scheme, host = ("https", "localhost") if certificate else ("http", "127.0.0.1")
    with started(argv, folder, env=environment) as process:
        until(lambda: listens(port), f"moto (it says: {folder}/err)", process)
        admit = [in_venv("moto", "python"), "-c", _ADMIT, f"{scheme}://{host}:{port}", json.dumps(_POLICY)]
        keys = json.loads(subprocess.check_output(admit, timeout=60, cwd=folder))
        yield Moto(port, folder, scheme, host, tuple(keys))
