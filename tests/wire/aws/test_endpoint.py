"""A host of AWS says for which service and region it is signed; no other host says anything."""

import gzip
import json
from pathlib import Path

import botocore
import pytest

from authwright.wire.aws.endpoint import _SIGNED_AS, endpoint

DATA = Path(botocore.__file__).parent / "data"
USUAL = ("dynamodb", "ec2", "iam", "kms", "lambda", "logs", "s3", "sqs", "sts")


def signing(name):
    """What botocore's model of a service says: the start of its hosts, and what they are signed for."""
    [*_, newest] = sorted(DATA.joinpath(name).glob("*/service-2.json.gz"))
    metadata = json.loads(gzip.decompress(newest.read_bytes()))["metadata"]
    return metadata["endpointPrefix"], metadata.get("signingName", metadata["endpointPrefix"])


def differing():
    """The services that sign under another name than their hosts', of those that the table knows."""
    folders = {path.name for path in DATA.iterdir() if path.is_dir()}
    wanted = {label.split(".")[0] for labels in _SIGNED_AS.values() for label in labels.split()} | set(_SIGNED_AS)
    return sorted(
        folders & (wanted | {"ecr", "sagemaker", "lexv2-runtime", "iot-data", "iot-jobs-data", "pinpoint-email", "sso-oidc"})
    )


@pytest.mark.parametrize("name", [*USUAL, *differing()])
@pytest.mark.parametrize("form", ["{}.eu-west-1.amazonaws.com", "{}-fips.us-gov-west-1.amazonaws.com", "{}.eu-west-1.api.aws"])
def test_it_says_what_botocore_signs_for(name, form):
    prefix, expected = signing(name)
    assert endpoint(form.format(prefix)) == (expected, form.split(".")[1])


@pytest.mark.parametrize(
    ("host", "service", "region"),
    [
        ("iam.amazonaws.com", "iam", "us-east-1"),
        ("global.health.amazonaws.com", "health", "us-east-1"),
        ("s3.amazonaws.com", "s3", "us-east-1"),
        ("my.bucket.s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"),
        ("bucket.s3-eu-central-1.amazonaws.com", "s3", "eu-central-1"),
        ("bucket.s3.dualstack.us-east-1.amazonaws.com", "s3", "us-east-1"),
        ("bucket.s3-accelerate.amazonaws.com", "s3", ""),
        ("point-123.s3-accesspoint.us-west-2.amazonaws.com", "s3", "us-west-2"),
        ("b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "s3express", "us-east-1"),
        ("a1.execute-api.eu-west-1.amazonaws.com", "execute-api", "eu-west-1"),
        ("vpce-1-2.execute-api.eu-west-1.vpce.amazonaws.com", "execute-api", "eu-west-1"),
        ("search-x.us-east-1.es.amazonaws.com", "es", "us-east-1"),
        ("x.us-east-1.aoss.amazonaws.com", "aoss", "us-east-1"),
        ("x.lambda-url.us-east-1.on.aws", "lambda", "us-east-1"),
        ("a1-ats.iot.us-east-1.amazonaws.com", "iotdata", "us-east-1"),
        ("iot.us-east-1.amazonaws.com", "iot", "us-east-1"),
        ("us-east-1.queue.amazonaws.com", "sqs", "us-east-1"),
        ("s3.cn-north-1.amazonaws.com.cn", "s3", "cn-north-1"),
        ("sts.eusc-de-east-1.amazonaws.eu", "sts", "eusc-de-east-1"),
        ("amazonaws.com", "", ""),
        ("evil-amazonaws.com", "", ""),
        ("s3.amazonaws.com.evil.example", "", ""),
        ("127.0.0.1", "", ""),
    ],
)
def test_its_labels_are_read_from_the_end(host, service, region):
    assert endpoint(host) == (service, region)
