"""Cookies of a real site: Django's sessions, its CSRF tokens, and the login page of its admin."""

import contextlib
import json
import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.live import proxies
from tests.live.needs import in_venv
from tests.live.process import free_port, listens, started, until
from tests.live.servers import PASSWORD, USER
from tests.live.test_tokens import get

pytestmark = pytest.mark.live
SOURCE = Path(__file__).with_name("django_site.py")


@dataclass(frozen=True)
class Site:
    """The site; *url* is where it is."""

    url: str

    def ask(self, path):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + path, timeout=10) as response:
            return response.read()

    def forget(self):
        """End every session."""
        self.ask("/__forget")

    def logins(self):
        return json.loads(self.ask("/__log")).count("POST /admin/login/ 302")

    def asked(self, entry):
        return json.loads(self.ask("/__log")).count(entry)


@pytest.fixture
def site(installed, tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    port = free_port()
    argv = [in_venv("django", "python"), "-W", "ignore", str(SOURCE), str(port), USER, PASSWORD]
    with started(argv, folder, cwd=folder, env={"PATH": os.environ["PATH"]}) as process:
        until(lambda: listens(port), f"Django (it says: {folder}/err)", process)
        yield Site(f"http://127.0.0.1:{port}")


def with_login(site, password='"${env:LIVE_PASSWORD}"'):
    return f"""\
version: 1
rules:
  - name: site
    match: {{host: 127.0.0.1, port: "*", path: [/orders, /basket]}}
    auth:
      type: cookie
      names: [sessionid]
      login:
        url: {site.url}/admin/login/?next=/orders
        form: {{username: "${{env:LIVE_USER}}", password: {password}}}
        csrf: {{field: csrfmiddlewaretoken}}
"""


def with_jar(site, parameters):
    return f"""\
version: 1
rules:
  - {{name: site, match: "{site.url}", auth: {{type: cookie, {parameters}}}}}
"""


def test_one_login_serves_everybody_and_is_made_again_when_the_session_has_ended(site, tmp_path):
    with proxies.running(tmp_path, with_login(site)) as proxy:
        with ThreadPoolExecutor(8) as threads:
            first = list(threads.map(lambda _: get(proxy, f"{site.url}/orders"), range(8)))
        logins = site.logins()
        site.forget()
        again = get(proxy, f"{site.url}/orders")
    assert (first, logins) == ([(200, f"orders of {USER}")] * 8, 1)
    assert (again, site.logins()) == ((200, f"orders of {USER}"), 2)


def test_a_session_that_changes_with_each_answer_outlives_the_proxy(site, tmp_path):
    for _ in range(2):
        with proxies.running(tmp_path, with_login(site)) as proxy:
            assert [get(proxy, f"{site.url}/basket")[0] for _ in range(3)] == [200, 200, 200]
    assert site.logins() == 1


def test_a_login_that_is_refused_is_not_tried_for_each_request(site, tmp_path):
    with proxies.running(tmp_path, with_login(site, password="wrong")) as proxy:
        answers = [get(proxy, f"{site.url}/orders") for _ in range(3)]
    problems = [json.loads(body) for _, body in answers]
    assert [(status, problem["code"]) for (status, _), problem in zip(answers, problems, strict=True)] == [
        (502, "login_failed")
    ] * 3
    assert "answered 200 without setting the cookie sessionid." in problems[0]["detail"]
    assert (site.asked("POST /admin/login/ 200"), site.asked("GET /orders 302")) == (1, 0)


def test_who_signs_in_through_the_proxy_signs_everybody_in(site, tmp_path):
    login, jar = f"{site.url}/admin/login/", ["-b", tmp_path / "jar", "-c", tmp_path / "jar"]
    with proxies.running(tmp_path, with_jar(site, "when_empty: pass")) as proxy:
        assert get(proxy, f"{site.url}/orders")[0] == 302
        page = get(proxy, login, *jar)[1]
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = [f"username={USER}", f"password={PASSWORD}", f"csrfmiddlewaretoken={token}"]
        status, _ = get(proxy, login, *jar, *(part for field in form for part in ("--data-urlencode", field)))
        anybody = get(proxy, f"{site.url}/orders")
    assert (status, anybody) == (302, (200, f"orders of {USER}"))


def test_a_jar_that_curl_wrote_signs_in(site, tmp_path):
    login, jar = f"{site.url}/admin/login/", tmp_path / "cookies.txt"
    with contextlib.ExitStack() as stack:
        proxy = stack.enter_context(proxies.running(tmp_path, "version: 1\nrules: [{match: other.example.com, auth: none}]\n"))
        page = get(proxy, login, "-c", jar)[1]
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = [f"username={USER}", f"password={PASSWORD}", f"csrfmiddlewaretoken={token}"]
        fields = [part for field in form for part in ("--data-urlencode", field)]
        assert get(proxy, login, "-b", jar, "-c", jar, *fields)[0] == 302
    with proxies.running(tmp_path, with_jar(site, 'jar: "${file:cookies.txt}"')) as proxy:
        assert get(proxy, f"{site.url}/orders") == (200, f"orders of {USER}")


def test_a_request_for_which_the_jar_has_nothing_is_refused(site, tmp_path):
    with proxies.running(tmp_path, with_jar(site, 'jar: "${file:cookies.txt:-}"')) as proxy:
        status, body = get(proxy, f"{site.url}/orders")
    assert (status, json.loads(body)["code"], site.asked("GET /orders 302")) == (503, "login_required", 0)
