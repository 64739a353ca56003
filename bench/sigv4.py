"""What an AWS signature costs: a POST of 1 KB signed by us and by botocore, turn by turn, in processor time.

Run: ``python bench/sigv4.py [--turns 20]``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from statistics import median
from time import process_time

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import place

sys.path.insert(0, str(place.ADDONS))

import authwright
from authwright.ambient import SystemAmbient
from authwright.engine.engine import Engine
from authwright.message import Request
from authwright.outbound.transport import HttpTransport
from authwright.tokens.broker import Broker
from authwright.tokens.stores.memory import MemoryStore

CALLS = 500
HOST = "dynamodb.eu-west-1.amazonaws.com"
HEADERS = {
    "Host": HOST,
    "User-Agent": "bench",
    "Accept": "*/*",
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.GetItem",
    "Content-Length": "1024",
}
BODY = b"x" * 1024
RULES = f"""\
version: 1
rules:
- match: {HOST}
  auth: {{type: aws_sigv4, access_key_id: AKIDEXAMPLE, secret_access_key: wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY}}
"""


def by_botocore() -> Callable[[], object]:
    """botocore's signer alone, on a request that is there."""
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "dynamodb", "eu-west-1")
    return lambda: signer.add_auth(AWSRequest("POST", f"https://{HOST}/", headers=dict(HEADERS), data=BODY))


def by_us() -> tuple[Callable[[], object], Callable[[], object]]:
    """The scheme alone, and the whole exchange: policy, signature, last look, trace."""
    rules = authwright.load(RULES)
    request = Request.of("POST", f"https://{HOST}/", HEADERS.items(), BODY)
    plan = rules.plan(request)
    engine = Engine(HttpTransport(), Broker(MemoryStore(), SystemAmbient()), SystemAmbient())
    scheme = plan.rule.credential.scheme()
    ambient = engine.memory.of(plan.rule, scheme, request.origin, "")

    def sign() -> None:
        flow = scheme.authorize(request, ambient)
        next(flow), next(flow), next(flow)  # two notes, and the request
        flow.close()

    def exchange() -> None:
        made = engine.begin(rules, plan, request)
        made.start()
        made.close()

    return sign, exchange


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=20, help=f"turns of {CALLS} signatures each (20)")
    turns = parser.parse_args().turns
    sign, exchange = by_us()
    signers = {"botocore": by_botocore(), "scheme, with its notes": sign, "whole exchange": exchange}
    taken: dict[str, list[float]] = {name: [] for name in signers}
    for _ in range(turns):
        for name, call in signers.items():
            began = process_time()
            for _ in range(CALLS):
                call()
            taken[name].append((process_time() - began) / CALLS * 1e6)
    for name, times in taken.items():
        print(f"{name:24} median {median(times):6.1f} us   least {min(times):6.1f} us")


if __name__ == "__main__":
    main()
