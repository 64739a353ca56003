"""A code is shown with its page, and with a drawing that a camera reads."""

import pytest

from authwright.flow.commands import Verify
from authwright.useragent.code import instructions, qr


def test_the_instructions_hold_the_page_the_code_and_a_drawing():
    shown = instructions(Verify("https://as.example/enter", "WDJB-MJHT"))
    assert "Open https://as.example/enter on any device" in shown
    assert shown.splitlines()[-1].strip() == "WDJB-MJHT"
    assert len({len(line) for line in shown.splitlines() if "█" in line}) == 1


@pytest.mark.parametrize("complete", ["", "https://as.example/enter?c=WDJB-MJHT"])
def test_the_drawing_holds_the_address_with_the_code_when_there_is_one(complete):
    page = "https://as.example/enter"
    assert instructions(Verify(page, "WDJB-MJHT", complete)).startswith(qr(complete or page))
    assert qr(page) != qr(page + "?c=WDJB-MJHT")
