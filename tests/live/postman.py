"""A Postman collection whose requests carry no credentials: what each server that verifies them is asked, and must answer."""

import json
from typing import NamedTuple
from urllib.parse import quote

from tests.live import aws_servers, challengers, signers

FORM = {"a": "1", "b": "hello world", "c": "=&+", "é": "ü"}
TEXT = '{"é": [1, 2]}'


class Asked(NamedTuple):
    """One request of the collection; a *body* is a form's fields or a text."""

    name: str
    method: str
    url: str
    body: dict[str, str] | str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200


def of_oauth1(url):
    shapes = (("GET", None), ("POST", FORM), ("POST", TEXT))
    for method in signers.METHODS:
        for placement in signers.PLACEMENTS:
            for verb, body in shapes:
                name = f"OAuth 1.0 {method} {placement} {type(body).__name__}"
                yield Asked(name, verb, f"{url}/oauth1/{method}/{placement}/x?b=2&a=1&a=0&empty=&sp=a%20b", body)


def of_tokens(url):
    yield Asked("EdgeGrid GET", "GET", f"{url}/edgegrid/v1/things?a=1&b=2")
    yield Asked("EdgeGrid POST", "POST", f"{url}/edgegrid/v1/things", TEXT, (("X-Test1", "a   b"),))
    yield Asked("EdgeGrid PUT", "PUT", f"{url}/edgegrid/v1/things", TEXT)
    for path in ("jwt/header", "jwt/query", "asap/orders"):
        yield Asked(f"JWT {path}", "GET", f"{url}/{path}")


def of_hawk(url):
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        yield Asked(f"Hawk {method}", method, f"{url}/x?b=1&a=2", None if method == "GET" else TEXT)
    for path in ("payload", "sha1", "proven"):
        for body in (FORM, TEXT):
            yield Asked(f"Hawk {path} {type(body).__name__}", "POST", f"{url}/{path}/x", body)
    yield Asked("Hawk bewit", "GET", f"{url}/bewit?a=1")
    yield Asked("Hawk with a wrong clock", "GET", f"{url}/ahead/x")


def of_challengers(apache, lighttpd, httpbin, ntlm):
    yield Asked("Digest Apache", "GET", f"{apache}/page")
    yield Asked("Digest Apache, a short-lived nonce", "GET", f"{apache}/stale/page")
    yield Asked("Digest lighttpd", "GET", f"{lighttpd}/page")
    for algorithm in ("MD5", "SHA-256", "SHA-512"):
        for qop in ("auth", "auth-int"):
            yield Asked(f"Digest httpbin {algorithm} {qop}", "GET", f"{httpbin}/digest-auth/{qop}/alice/pass-1/{algorithm}")
    for index in range(2):
        yield Asked(f"NTLM {index}", "GET", f"{ntlm}/page")


def of_aws(swift, moto):
    key = f"{swift}/{aws_servers.BUCKET}/{quote('a b/ü+x.txt')}"
    yield Asked("SigV4 swift PUT", "PUT", key, TEXT)
    yield Asked("SigV4 swift GET", "GET", key)
    yield Asked("SigV4 swift list", "GET", f"{swift}/{aws_servers.BUCKET}?list-type=2&prefix=a%20b/&delimiter=")
    yield Asked("SigV4 moto STS", "POST", f"{moto}/", {"Action": "GetCallerIdentity", "Version": "2011-06-15"})


def rules_of(challenging, ntlm, httpbin, swift, moto):
    """The rules of the servers beside :mod:`tests.live.signers`: what *match* says, and how it is answered."""
    digest = {"type": "digest", "username": challengers.USER, "password": challengers.PASSWORD}
    for url in challenging:
        yield {"match": url, "auth": digest}
    known = {"type": "digest", "username": "alice", "password": "pass-1"}
    yield {"match": f"{httpbin}/digest-auth/auth-int/**", "auth": known | {"qop": "auth-int"}}
    yield {"match": httpbin, "auth": known}
    name, password = next(iter(challengers.ACCOUNTS.items()))
    yield {"match": ntlm, "auth": {"type": "ntlm", "username": name, "password": password}}
    s3 = {"access_key_id": aws_servers.ACCESS_KEY, "secret_access_key": aws_servers.SECRET_KEY, "service": "s3"}
    sts = dict(zip(("access_key_id", "secret_access_key"), moto.keys, strict=True), service="sts")
    for url, auth in ((swift, s3), (moto.url, sts)):
        yield {"match": url, "auth": {"type": "aws_sigv4", "region": "us-east-1"} | auth}


def collection(entries):
    """The collection, in Postman's format v2.1; its auth is none, as is each request's."""
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    info = {"name": "authwright", "schema": schema}
    return {"info": info, "auth": {"type": "noauth"}, "item": [_item(entry) for entry in entries]}


def _item(entry):
    test = f"pm.test({json.dumps(entry.name)}, () => pm.response.to.have.status({entry.status}));"
    headers = [{"key": key, "value": value} for key, value in entry.headers]
    request = {"method": entry.method, "url": entry.url, "header": headers, "auth": {"type": "noauth"}}
    if isinstance(entry.body, dict):
        fields = [{"key": key, "value": value} for key, value in entry.body.items()]
        request["body"] = {"mode": "urlencoded", "urlencoded": fields}
    elif entry.body is not None:
        request["body"] = {"mode": "raw", "raw": entry.body, "options": {"raw": {"language": "json"}}}
    return {"name": entry.name, "request": request, "event": [{"listen": "test", "script": {"exec": [test]}}]}
