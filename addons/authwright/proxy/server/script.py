"""The addon inside a user's own mitmproxy: options instead of commands, and the same services behind it.

A configuration that cannot be read must not let requests go without their credential. So every request is refused then,
with the sentence that says why.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader

from ...errors import AuthwrightError, kept
from .. import refuse
from ..http1 import selfcheck
from ..http1.waiting import Waiting
from ..services import Services
from ..stock import convert, request_state, stream
from . import connecting
from .hooks import AuthInjector

log = logging.getLogger("authwright")

_UNTRUSTED: Final = "untrusted"
_PAUSE: Final = 1.0
"""Seconds between two looks for the user's consent."""


@dataclass(frozen=True, slots=True)
class ScriptOptions:
    """The values of mitmproxy's options; file, environment and home are empty for the usual ones."""

    config: str
    environment: str
    home: str
    annotate: bool
    inspect_all: bool


PASSED_ON: Final = frozenset(
    (
        *("http_connect", "tls_clienthello", "next_layer", "tls_start_client", "tls_start_server"),
        *("requestheaders", "request", "responseheaders", "response", "error"),
        *("authwright_answer", "authwright_resend", "authwright_wait"),
    )
)
"""The hooks that the script passes on; SOCKS passwords are the other mitmproxy's own."""


@dataclass(frozen=True, slots=True)
class _Refusing:
    """Refuses every request, while there are no rules.

    Args:
        why: the error that is answered.
    """

    why: AuthwrightError

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Open no tunnel."""
        flow.response = convert.refusal(flow.request, self.why)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Answer without reading the body."""
        if state := request_state.of(flow.request):
            state.refusal = self.why
        flow.response = convert.refusal(flow.request, self.why)
        flow.request.stream = stream.installed()

    async def authwright_wait(self, data: Waiting) -> None:
        """Wait for an exchange that began before the rules were taken away."""
        await data.end()


class ScriptAddon:
    """Loads the configuration when mitmproxy's options are known, and passes hooks on.

    Args:
        build: makes the services.
    """

    name = "authwright_script"

    def __init__(self, build: Callable[[ScriptOptions], Services]) -> None:
        self._build = build
        self._started: list[Services] = []
        self._is_running = False
        self._looked = -_PAUSE
        self._injector: AuthInjector | None = None
        self._broken = AuthwrightError(
            "No configuration was loaded yet.", code="config_invalid", hint="Set authwright_config=FILE."
        )

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        loader.add_option("authwright_config", str, "", "The authwright.yaml to use; looked for upward when it is not given.")
        loader.add_option("authwright_env", str, "", "The environment to use, instead of the file's.")
        loader.add_option("authwright_home", str, "", "The folder of the token store, instead of the user's.")
        loader.add_option("authwright_annotate", bool, False, "Say in response headers which rule did what.")
        loader.add_option("authwright_inspect_all", bool, False, "Open TLS also to hosts that no rule names.")
        loader.add_option(
            "authwright_engine",
            str,
            "stock",
            "What carries HTTP/1.1: mitmproxy's layer, which shows flows, or our own (auto), which is faster and shows none.",
            choices=("stock", "auto"),
        )
        _stay_on_this_machine()
        if gone := stream.install():
            log.warning("This mitmproxy is not as expected (%s): challenges are passed on unanswered.", ", ".join(gone))

    def configure(self, updated: set[str]) -> None:
        """Load the configuration anew when an option of ours changed."""
        _stay_on_this_machine()
        if not any(name.startswith("authwright_") for name in updated) and self._injector is not None:
            return
        before, self._injector = self._injector, None
        if before is not None:
            before.retire()
        try:
            services = self._build_services()
            self._started.append(services)
            self._injector = AuthInjector(services, lean=False, own_layer=self._serves_itself())
            if before is not None:
                self._injector.intake.recognise(before.intake)
            if self._is_running:
                self._injector.running()
        except Exception as error:
            self._injector = None
            again, self._broken = self._broken.code == _UNTRUSTED, kept(refuse.wrapped(error))
            if self._broken.code == _UNTRUSTED:  # no error: mitmdump would end, and consent may come
                if not again:
                    log.warning("authwright: %s Every request is refused until: %s", self._broken.message, self._broken.hint)
                return
            log.error("authwright: %s Every request is refused.", self._broken.message)  # noqa: TRY400 - the sentence says it
            if isinstance(error, AuthwrightError) and "authwright_config" in updated:
                raise exceptions.OptionsError(f"authwright: {self._broken.message}") from error

    def _look_for_consent(self) -> None:
        """Try again, at most once a second, when the user's consent was all that was missing."""
        now = time.monotonic()
        if self._injector is None and self._broken.code == _UNTRUSTED and now - self._looked >= _PAUSE:
            self._looked = now
            self.configure(set())

    def _build_services(self) -> Services:
        chosen = ctx.options
        return self._build(
            ScriptOptions(
                chosen.authwright_config,
                chosen.authwright_env,
                chosen.authwright_home,
                annotate=chosen.authwright_annotate,
                inspect_all=chosen.authwright_inspect_all,
            )
        )

    def _serves_itself(self) -> bool:
        """True when the option asks for our own layer, and that layer can serve."""
        if ctx.options.authwright_engine != "auto":
            return False
        if gone := selfcheck.missing():
            log.warning("This mitmproxy is not as expected (%s): its own HTTP layer serves.", ", ".join(gone))
            return False
        connecting.install()
        return True

    def __getattr__(self, hook: str) -> Any:
        """The hook of that name, of the addons that serve now; mitmproxy looks it up anew at every event."""
        if hook in PASSED_ON:
            self._look_for_consent()
            serving = (self._injector, self._injector.flows) if self._injector else (_Refusing(self._broken),)
            for each in serving:
                if (call := getattr(each, hook, None)) is not None:
                    return call
        raise AttributeError(hook)

    def running(self) -> None:
        """Watch the configuration."""
        self._is_running = True
        if self._injector:
            self._injector.running()

    async def done(self) -> None:
        """Finish and save what is being refreshed."""
        if self._injector:
            self._injector.done()
        for services in self._started:
            await asyncio.shield(services.close())


def _stay_on_this_machine() -> None:
    """Listen on loopback where the user chose no address; mitmproxy's own default is every interface."""
    if not ctx.options.listen_host:
        ctx.options.update(listen_host="127.0.0.1")
