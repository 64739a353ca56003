"""A browser for `BROWSER`: a process of its own that follows redirects with its cookies, as a person would who always says yes.

What `BROWSING` holds (JSON) says how: `{"page": file}` gets the last page; `"change": {name: value or null}` changes parameters
of the redirect that comes back to us; `"leave": true` closes the tab at the authorization server's door.
"""

import json
import os
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests


def changed(url, change):
    parts = urlsplit(url)
    pairs = {**dict(parse_qsl(parts.query)), **change}
    return parts._replace(query=urlencode({name: value for name, value in pairs.items() if value is not None})).geturl()


def browse(url, *, page=None, change=None, leave=False):
    """Go to *url* and on from there; the last response."""
    if leave:
        return None
    session, server = bare_session(), urlsplit(url).netloc
    response = session.get(url, allow_redirects=False, timeout=30)
    while location := response.headers.get("Location"):
        url = urljoin(url, location)
        if change and urlsplit(url).netloc != server and urlsplit(url).query:
            url = changed(url, change)
        response = session.get(url, allow_redirects=False, timeout=30)
    if page:
        Path(page).write_text(json.dumps({"url": url, "status": response.status_code, "text": response.text}), "utf-8")
    return response


def redirect_of(url):
    """Go on until the server sends the browser elsewhere; that address."""
    session, server = bare_session(), urlsplit(url).netloc
    while urlsplit(url).netloc == server:
        url = urljoin(url, session.get(url, allow_redirects=False, timeout=30).headers["Location"])
    return url


def bare_session():
    session = requests.Session()
    session.trust_env = False
    return session


if __name__ == "__main__":
    browse(sys.argv[1], **json.loads(os.environ.get("BROWSING", "{}")))
