"""The browser of the environment is opened, and one that fails or cannot be shown is not waited for."""

from authwright.useragent import browser


async def test_the_browser_of_the_environment_is_opened_with_the_address(tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    monkeypatch.setenv("BROWSER", f"sh -c 'echo \"$0\" >{seen}' %s")
    assert await browser.open_browser("https://as.example/authorize?a=1&b=2")
    assert seen.read_text() == "https://as.example/authorize?a=1&b=2\n"


async def test_a_browser_that_fails_is_said_to(monkeypatch):
    monkeypatch.setenv("BROWSER", "false %s")
    assert not await browser.open_browser("https://as.example/")


async def test_a_browser_that_blocks_is_taken_as_open(monkeypatch):
    monkeypatch.setattr(browser, "_PATIENCE", 0.2)
    monkeypatch.setenv("BROWSER", "sleep 3 %s")
    assert await browser.open_browser("2")


async def test_without_a_display_no_browser_is_tried(monkeypatch):
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(browser.sys, "platform", "linux")
    assert not await browser.open_browser("https://as.example/")
