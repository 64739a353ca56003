"""What a person writes who has no authwright and AWS keys: each request signed by botocore."""

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SERVICE, REGION = "execute-api", "eu-west-1"

signer = SigV4Auth(Credentials(*KEYS), SERVICE, REGION)


def request(flow):
    asked = AWSRequest(flow.request.method, flow.request.url, headers=dict(flow.request.headers), data=flow.request.content)
    signer.add_auth(asked)
    for name in ("X-Amz-Date", "Authorization"):
        flow.request.headers[name] = asked.headers[name]
