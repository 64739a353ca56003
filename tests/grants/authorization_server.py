"""An authorization server that decides from the request, as a server does (RFC 6749)."""

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from authwright.flow.commands import Fetch
from authwright.message import Headers, Response

JSON = Headers.of([("Content-Type", "application/json;charset=UTF-8")])


def answer(status=200, /, **members):
    return Response(status, JSON, json.dumps(members).encode())


@dataclass
class AuthorizationServer:
    """Knows one client and one user; gives numbered tokens; rotates refresh tokens when it gives any."""

    client: tuple[str, str] = ("id", "s3cret value")
    user: tuple[str, str] = ("ann", "p4ssword")
    lifetime: int | None = 3600
    refresh_tokens: set = field(default_factory=set)
    gives_refresh_token: bool = False
    rotates: bool = True
    requests: list = field(default_factory=list)

    def serve(self, request):
        form = dict(parse_qsl(request.body.decode("ascii"), keep_blank_values=True))
        self.requests.append(form)
        if self._authenticated(request, form) != self.client:
            return answer(401, error="invalid_client")
        return getattr(self, f"_{form.get('grant_type')}", self._unknown)(form)

    def run(self, flow):
        """Drive a grant's flow to its end."""
        command = next(flow)
        while True:
            reply = self.serve(command.request) if isinstance(command, Fetch) else None
            try:
                command = flow.send(reply)
            except StopIteration as done:
                return done.value

    def grant_types(self):
        return [form["grant_type"] for form in self.requests]

    def _authenticated(self, request, form):
        header = request.headers.get("Authorization")
        if header is None:
            return form.get("client_id"), form.get("client_secret")
        client, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode("ascii").partition(":")
        return unquote_plus(client), unquote_plus(secret)

    def _client_credentials(self, form):
        return self._token(form)

    def _password(self, form):
        if (form.get("username"), form.get("password")) != self.user:
            return answer(400, error="invalid_grant", error_description="wrong user or password")
        return self._token(form)

    def _refresh_token(self, form):
        if form["refresh_token"] not in self.refresh_tokens:
            return answer(400, error="invalid_grant")
        if self.rotates:
            self.refresh_tokens.remove(form["refresh_token"])
        return self._token(form)

    def _unknown(self, form):
        return answer(400, error="unsupported_grant_type")

    def _token(self, form):
        number = len(self.requests)
        members = {"access_token": f"access-{number}", "token_type": "Bearer"}
        if self.lifetime is not None:
            members["expires_in"] = self.lifetime
        if self.gives_refresh_token:
            members["refresh_token"] = f"refresh-{number}"
            self.refresh_tokens.add(f"refresh-{number}")
        return answer(**members)
