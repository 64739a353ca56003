"""nginx and uvicorn as origins that say back what they were asked."""

import contextlib
import os
from pathlib import Path

from tests.live.needs import in_venv, program
from tests.live.process import free_port, listens, started, until
from tests.live.servers import Server

_NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/errors error;
{user}
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_max_body_size 64m;
  client_body_temp_path {folder};
  proxy_temp_path {folder};
  fastcgi_temp_path {folder};
  uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{http};
    listen 127.0.0.1:{https} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    location / {{ return 200 "$request_method $uri $http_authorization $content_type $http_content_length\\n"; }}
  }}
}}
"""

_ECHO = '''
"""An ASGI application that sends back the head it got, and the body piece by piece."""


async def app(scope, receive, send):
    assert scope["type"] == "http"
    fields = b"".join(b"%b: %b\\n" % pair for pair in scope["headers"] if pair[0] in (b"authorization", b"content-type"))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/octet-stream")]})
    await send({"type": "http.response.body", "body": scope["method"].encode() + b"\\n" + fields, "more_body": True})
    more = True
    while more:
        event = await receive()
        more = event.get("more_body", False)
        await send({"type": "http.response.body", "body": event.get("body", b""), "more_body": more})
'''


@contextlib.contextmanager
def nginx(folder, pki):
    server = Server(free_port(), free_port())
    user = "user root;" if os.geteuid() == 0 else ""
    text = _NGINX.format(folder=folder, user=user, http=server.http, https=server.https, certificate=pki.server)
    (folder / "nginx.conf").write_text(text)
    argv = [program("nginx"), "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"]
    with started(argv, folder) as process:
        until(lambda: listens(server.https), f"nginx (its log: {folder}/errors)", process)
        yield server


@contextlib.contextmanager
def uvicorn(folder, pki):
    (folder / "echo_app.py").write_text(_ECHO)
    server = Server(free_port(), free_port())
    with contextlib.ExitStack() as stack:
        for name, port, more in (("http", server.http, []), ("https", server.https, _tls(pki.server))):
            own = folder / name
            own.mkdir()
            argv = [in_venv("engines", "uvicorn"), "echo_app:app", "--app-dir", str(folder), "--port", str(port), *more]
            process = stack.enter_context(started([*argv, "--log-level", "warning", "--lifespan", "off"], own))
            until(lambda port=port: listens(port), f"uvicorn (it says: {own}/err)", process)
        yield server


def _tls(certificate: Path):
    return ["--ssl-certfile", str(certificate), "--ssl-keyfile", str(certificate)]
