"""nginx as the origin server, fast enough not to be the limit, and as a proxy that injects the header."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

try:
    from bench import place
except ImportError:  # run as a script
    import place

TOKEN = "bench-token"
SIZE = 1 << 20
NO_TOKEN = f'!= "Bearer {TOKEN}"'
NO_SIGNATURE = '!~ "^AWS4-HMAC-SHA256 Credential="'
"""What an Authorization header is that is answered 401, in nginx's words."""

_FRAME = """\
worker_processes {processes};
daemon off;
pid {folder}/pid;
error_log {folder}/errors error;
{user}
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 600;
  client_body_temp_path {folder};
  proxy_temp_path {folder};
  fastcgi_temp_path {folder};
  uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  default_type application/json;
{body}
}}
"""

_ORIGIN = """\
  server {{
    listen 127.0.0.1:{http} backlog=1024;
    listen 127.0.0.1:{https} ssl backlog=1024;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    root {folder}/www;
    if ($http_authorization {lacking}) {{ return 401; }}
    location = / {{ return 200 '{{"id": 1, "name": "an order", "lines": [1, 2, 3], "total": "12.34 EUR", "ok": true}}\\n'; }}
  }}
"""

_PROXY = """\
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 128; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header Authorization "Bearer {token}";
    }}
  }}
"""


@dataclass(frozen=True)
class Origin:
    """Where it listens; *process* is what it costs."""

    http: int
    https: int
    process: place.Running

    @property
    def ports(self) -> dict[str, int]:
        return {"http": self.http, "https": self.https}


def _written(folder: Path, body: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    user = "user root;" if os.geteuid() == 0 else ""  # the folder is ours alone
    (folder / "nginx.conf").write_text(_FRAME.format(folder=folder, body=body, user=user, processes=1))
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not program:
        raise SystemExit("nginx is not installed: bench/setup installs it.")
    return [program, "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"]


@contextlib.contextmanager
def origin(folder: Path, certificate: Path, lacking: str = NO_TOKEN) -> Iterator[Origin]:
    """The origin: ``/`` answers 80 bytes, ``/mebibyte`` 1 MiB, both to any method, and 401 where the header is *lacking*."""
    home = folder / "nginx-origin"
    http, https = place.free_port(), place.free_port()
    argv = _written(home, _ORIGIN.format(http=http, https=https, certificate=certificate, folder=home, lacking=lacking))
    (home / "www").mkdir()
    (home / "www" / "mebibyte").write_bytes(bytes(SIZE))
    with place.listening("nginx", argv, home, http, where=place.cores(place.LOAD)) as running:
        yield Origin(http, https, running)


def proxy(folder: Path, port: int, to: int) -> list[str]:
    """What starts nginx on *port* as a proxy to the origin on port *to*."""
    return _written(folder, _PROXY.format(port=port, origin=to, token=TOKEN))
