"""The table of error codes: a row holds everything that depends on a code alone.

The proxy's answers take status and ``Retry-After`` from it, commands their exit status, errors their hint when the place
that raises them has no better one, and ``docs/debugging.md`` its lists. A test holds that each code the package gives has a
row, and that each row's code is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

FAILED: Final = 1
USAGE: Final = 2
CONFIGURATION: Final = 3
LOGIN_REQUIRED: Final = 4
UNREACHABLE: Final = 5


class ErrorCode(NamedTuple):
    """One row of the table.

    Args:
        status: the HTTP status of the proxy's answer (RFC 9110 section 15); ``None`` when only commands give the code.
        meaning: what went wrong, and so who must act, as a clause for the docs.
        hint: the next thing to do, where the place that raises the error does not know better.
        transient: whether it can pass by itself, so that an answer says ``Retry-After``.
        exit: the exit status of a command that fails with it.
    """

    status: int | None
    meaning: str
    hint: str = ""
    transient: bool = False
    exit: int = FAILED


ERROR_CODES: Final[Mapping[str, ErrorCode]] = {
    # The client must send another request.
    "malformed_head": ErrorCode(
        400, "the head of the request has a second reading; nothing was sent", "See what the client sends"
    ),
    "malformed_target": ErrorCode(
        400, "the target of the request, or a URL, is none that can be asked for", "Write it whole: https://host/path"
    ),
    "ambiguous_path": ErrorCode(400, "two readings of the path match different rules; nothing was sent"),
    "malformed_body": ErrorCode(400, "the body is not framed as the head says; what was sent of it is not a whole request"),
    "request_refused": ErrorCode(400, "the scheme cannot authorise this request; the sentence says why"),
    "plaintext": ErrorCode(403, "a credential would go over plain http"),
    "cross_site": ErrorCode(403, "a web page asks for a rule that does not list its origin"),
    "credential_host": ErrorCode(403, "the credential's `hosts` do not include this one"),
    "existing_credential": ErrorCode(403, "the client sent its own credential, and the rule says `on_existing: refuse`"),
    "own_port": ErrorCode(403, "the request asks the proxy to connect to itself"),
    "open_listener": ErrorCode(403, "as an addon of mitmproxy: other machines can reach the port, and no password is set"),
    "origin_form": ErrorCode(403, "the proxy was opened as a server, not set as a proxy"),
    "proxy_password": ErrorCode(407, "the proxy wants its password"),
    "body_too_large": ErrorCode(413, "the scheme signs bodies, and this one is over `max_signed_body`"),
    "target_mismatch": ErrorCode(421, "Host, CONNECT authority, TLS server name and URL do not agree"),
    "payload_form": ErrorCode(502, "the client streams its body in a form that cannot be signed again (AWS)"),
    "http_version": ErrorCode(
        502, "the rule's scheme authenticates connections, and the client spoke HTTP/2; connecting again helps"
    ),
    # The configuration, or what it names, must change.
    "aws_scope": ErrorCode(502, "neither the credential, the client nor the host says which AWS service and region to sign for"),
    "no_endpoint": ErrorCode(502, "the grant needs an endpoint that the credential does not name"),
    "discovery_failed": ErrorCode(502, "the issuer's metadata cannot be had, or is another issuer's"),
    "secret_unavailable": ErrorCode(502, "a secret source yields nothing; the hint says what to set", exit=CONFIGURATION),
    "access_keys": ErrorCode(502, "there are no AWS access keys, or they have ended", "See `aws sts get-caller-identity`"),
    "client_certificate": ErrorCode(502, "the rule's certificate or key cannot be used"),
    "config_invalid": ErrorCode(
        502, "as an addon of mitmproxy: the configuration cannot be used, so every request is refused", exit=CONFIGURATION
    ),
    "untrusted": ErrorCode(
        502,
        "the configuration was found, and reaches further than its user has allowed",
        "See what it reaches with `authwright trust`",
        exit=CONFIGURATION,
    ),
    "config_reach": ErrorCode(502, "what the configuration reaches is too much to be told", exit=CONFIGURATION),
    "config_ownership": ErrorCode(502, "other users can write to a file that decides where credentials go", exit=CONFIGURATION),
    "upstream_ca": ErrorCode(502, "`settings.upstream_ca` names no CA certificates", exit=CONFIGURATION),
    "token_endpoint_refused": ErrorCode(
        502, "the token endpoint refused the client or the request: the configuration must change"
    ),
    "login_failed": ErrorCode(502, "the login page did not answer the login with a session (`cookie`)"),
    # The user must act.
    "grant_invalid": ErrorCode(502, "the password or refresh token that was presented is not, or no longer, good"),
    "no_ticket": ErrorCode(502, "there is no Kerberos ticket for this server"),
    "login_required": ErrorCode(503, "someone must sign in first", exit=LOGIN_REQUIRED),
    # A server must act.
    "token_endpoint_malformed": ErrorCode(502, "the token endpoint answered something that is no token"),
    "token_endpoint": ErrorCode(502, "the token endpoint did not give a token"),
    "challenge_invalid": ErrorCode(502, "the origin asks for credentials in a way that cannot be answered"),
    "remote_error": ErrorCode(502, "a server spoke in a way its protocol does not allow"),
    "server_authorization": ErrorCode(502, "the answer does not prove that it comes from the server (Hawk)"),
    # The network, or another process, may recover.
    "unreachable": ErrorCode(
        502, "a server cannot be reached", "See that the server is up and the name is right", transient=True, exit=UNREACHABLE
    ),
    "interrupted": ErrorCode(
        502,
        "a token endpoint broke off the connection, and may have acted on the request",
        transient=True,
        exit=UNREACHABLE,
    ),
    "token_endpoint_unavailable": ErrorCode(503, "the token endpoint is overloaded or down", "Try again later", transient=True),
    "store_busy": ErrorCode(503, "another process holds the token for too long", transient=True),
    "refresh_cut_off": ErrorCode(503, "the process that refreshed the token was killed, twice", transient=True, exit=UNREACHABLE),
    "shutting_down": ErrorCode(503, "the proxy is being stopped", "Try again when it runs again", transient=True),
    "timeout": ErrorCode(504, "a server did not answer in time", "Try again later", transient=True, exit=UNREACHABLE),
    # This machine, or Authwright itself.
    "store_unusable": ErrorCode(502, "the token store cannot be read or written"),
    "not_here": ErrorCode(502, "a credential takes the token of another one where the rules are not known"),
    "internal_error": ErrorCode(
        502, "a defect in Authwright; nothing was sent", "Run `authwright run -vv` and report what it prints"
    ),
    # Only commands give these.
    "usage": ErrorCode(None, "the command line names a verb, flag or value that there is not", exit=USAGE),
    "unknown_name": ErrorCode(None, "the configuration or the token store knows no credential of that name", exit=USAGE),
    "config_missing": ErrorCode(None, "there is no configuration file", exit=CONFIGURATION),
    "mode": ErrorCode(None, "`settings.mode` is no mode, or not one for several workers", exit=CONFIGURATION),
    "listen": ErrorCode(None, "the proxy cannot listen there, or may not without a password"),
    "ca_folder": ErrorCode(None, "the folder of the proxy's own CA cannot be used", exit=CONFIGURATION),
    "consent_unusable": ErrorCode(None, "the user's consent cannot be kept", exit=CONFIGURATION),
    "file_exists": ErrorCode(None, "`init` does not replace a file"),
    "no_token": ErrorCode(None, "the credential is of a type that has no token"),
    "no_login": ErrorCode(None, "the credential's grant needs nobody to sign in"),
    "no_device_authorization": ErrorCode(None, "the credential cannot be signed in for with another device"),
    "redirect_port": ErrorCode(None, "the port of `redirect_uri` cannot be had"),
    "access_denied": ErrorCode(None, "the user, or the authorization server for them, said no"),
    "authorization_refused": ErrorCode(None, "the authorization server refused the sign-in"),
    "wrong_issuer": ErrorCode(None, "the answer to the sign-in is another server's (RFC 9207)"),
    "wrong_nonce": ErrorCode(None, "the ID token is of another sign-in"),
    "not_kept": ErrorCode(None, "the user is signed in, and the token could not be stored"),
    "other_grant": ErrorCode(None, "the configuration no longer says how the stored token was obtained"),
    "system": ErrorCode(None, "the operating system refused; the sentence is its own"),
}


def hint_for(code: str) -> str:
    """The hint of *code*; empty when it has none, or no row."""
    row = ERROR_CODES.get(code)
    return row.hint if row else ""


def is_transient(code: str) -> bool:
    """Say whether an error of *code* can pass by itself."""
    row = ERROR_CODES.get(code)
    return row is not None and row.transient


def status_of(code: str) -> int:
    """The HTTP status of an answer with *code*; 502 (RFC 9110 section 15.6.3) when the table names none."""
    row = ERROR_CODES.get(code)
    return (row.status if row else None) or 502


def exit_status_of(code: str) -> int:
    """The exit status of a command that fails with *code*."""
    row = ERROR_CODES.get(code)
    return row.exit if row else FAILED
