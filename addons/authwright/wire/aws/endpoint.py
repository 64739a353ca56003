"""The service and region that a host of AWS belongs to (AWS General Reference, "AWS service endpoints").

Most hosts are ``service.region.amazonaws.com``, with the name of a bucket or an API before it. Some put the region first, and
some services sign under another name than their host's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple


class Endpoint(NamedTuple):
    """The service and region to sign for; each is empty when the host does not name it."""

    service: str = ""
    region: str = ""


_SUFFIX: Final = re.compile(r"\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws|on\.aws|api\.amazonwebservices\.com\.cn)\Z")
_REGION: Final = re.compile(r"(?:[a-z]{2}|eusc)(?:-[a-z]+){1,3}-[0-9]{1,2}\Z")
_DASHED_S3: Final = re.compile(r"s3-([a-z]{2}(?:-[a-z]+){1,3}-[0-9]{1,2})\Z")
_EXPRESS: Final = re.compile(r"s3express-[a-z0-9-]+\Z")

_GLOBAL: Final = "us-east-1"
"""The region that signs for a host of the whole partition, such as ``iam.amazonaws.com``."""

_NO_REGION: Final = frozenset(("s3-accelerate",))
"""Hosts that name no region, though their bucket has one. Only the owner of the bucket knows it."""

_SIGNED_AS: Final = {
    "account-access": "account-access-runtime",
    "agent-registry": "agent-registry-control",
    "appconfig": "appconfigdata",
    "appstream": "appstream2",
    "awsssoportal": "portal.sso",
    "appsync": "appsync-api appsync-realtime-api",
    "aws-marketplace": "marketplace agreement-marketplace deployment-marketplace discovery-marketplace reporting-marketplace",
    "bedrock": "bedrock-agent bedrock-agent-runtime bedrock-data-automation bedrock-data-automation-runtime bedrock-runtime",
    "bedrock-agentcore": "bedrock-agentcore-control",
    "cassandra": "cassandra-streams",
    "chime": "identity-chime media-pipelines-chime meetings-chime messaging-chime voice-chime",
    "cloudhsm": "cloudhsmv2",
    "cloudsearch": "cloudsearchdomain",
    "cloudwatch": "cloudwatch-omni",
    "connect": "contact-lens",
    "events": "eventsv2",
    "execute-api": "participant.connect",
    "forecast": "forecastquery",
    "iam": "iam-toolbox",
    "iot-jobs-data": "data.jobs.iot",
    "iotdata": "data.iot data-ats.iot",
    "IoTSecuredTunneling": "api.tunneling.iot",
    "ivs": "ivsrealtime",
    "lambda": "lambda-url",
    "lex": "models-v2-lex runtime-v2-lex",
    "memorydb": "memory-db",
    "mgh": "migrationhub-config",
    "mobiletargeting": "pinpoint",
    "partnercentral": "partnercentral-prm",
    "personalize": "personalize-events personalize-runtime",
    "s3": "s3-control s3-accesspoint s3-accelerate",
    "servicecatalog": "servicecatalog-appregistry",
    "sso-oauth": "oidc",
    "ses": "email mail-manager",
    "signer": "data-signer",
    "sms-voice": "sms-voice.pinpoint",
    "sqs": "queue",
}
"""By signing name: the labels of hosts, where they differ. A dotted label is looked up before its last part alone."""

_SIGNING_NAMES: Final = {label: name for name, labels in _SIGNED_AS.items() for label in labels.split()}


@lru_cache(maxsize=4096)
def endpoint(host: str) -> Endpoint:
    """The endpoint of *host*, which is in canonical form; an empty one when *host* does not belong to AWS."""
    suffix = _SUFFIX.search(host)
    if not suffix:
        return Endpoint()
    labels = [label for label in host[: suffix.start()].split(".") if label not in ("dualstack", "vpce")]
    at = next((index for index in reversed(range(len(labels))) if _REGION.match(labels[index])), None)
    if at is None:
        return _regionless(labels)
    # ``name.region.es.amazonaws.com``: a few services stand after their region
    return Endpoint(_signing_name(labels[at + 1 :] or labels[:at]), labels[at])


def _regionless(labels: Sequence[str]) -> Endpoint:
    if dashed := _DASHED_S3.match(labels[-1]):
        return Endpoint("s3", dashed[1])
    return Endpoint(_signing_name(labels), "" if labels[-1] in _NO_REGION else _GLOBAL)


def _signing_name(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    last = labels[-1].removesuffix("-fips")
    if _EXPRESS.match(last):
        return "s3express"
    whole = ".".join((*labels[:-1], last))
    dotted = next((name for label, name in _SIGNING_NAMES.items() if "." in label and f".{whole}".endswith(f".{label}")), "")
    if last == "iot" and len(labels) > 1 and not dotted:
        return "iotdata"  # each account's own: ``a1b2c3-ats.iot``
    return dotted or _SIGNING_NAMES.get(last, last)
