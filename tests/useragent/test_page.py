"""The pages of a sign-in run nothing but what they hold, and repeat nothing as markup."""

import base64
import hashlib
import re

import pytest

from authwright.useragent import page

PAGES = {
    "signed in": page.signed_in("<b>box"),
    "not signed in": page.not_signed_in("<script>alert(1)</script>"),
    "refused": page.refused(400, "No."),
    "relay": page.relay(),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_names_exactly_what_is_in_the_page(name):
    headers, body = dict(PAGES[name].headers), PAGES[name].body.decode()
    named = set(re.findall(r"'(sha256-[^']+)'", headers["Content-Security-Policy"]))
    inside = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", body, re.DOTALL)
    digests = {f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}" for text in inside}
    assert named == digests
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_from_anywhere(name):
    body = PAGES[name].body.decode()
    assert not re.search(r"\b(?:src|href|action|style|on\w+)=", re.sub(r"<script>.*?</script>", "", body, flags=re.DOTALL))
    assert "http" not in body


def test_texts_are_not_markup():
    assert "<b>box" not in PAGES["signed in"].body.decode()
    assert "&lt;script&gt;alert(1)" in PAGES["not signed in"].body.decode()
