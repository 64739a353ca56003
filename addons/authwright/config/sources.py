"""Where secrets come from: the environment, files, commands and the keyring.

Nothing here shows what it read. A source is asked only when its value is needed: a command or the keyring may ask a
person, so `check` never runs one.
"""

from __future__ import annotations

import os
import shlex
import shutil
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..errors import SecretError
from ..ownership import NotOwn, check_own, read_own
from .variables import Deferred, SourceReference, Value

MAX_BYTES: Final = 1024 * 1024
"""A larger file or output is no secret."""

TIMEOUT: Final = 10.0
"""How many seconds a command may take."""

_GIVE: Final = "give it a value, or a default: ${…:-default}"
_NOT_READ: Final = "(not read)"
_CHEAP: Final = frozenset(("env", "file"))


class Sources:
    """Reads secrets; safe to use from several threads.

    Args:
        environment: the environment variables, also those of the commands.
        timeout: how many seconds a command may take.
    """

    def __init__(self, environment: Mapping[str, str], timeout: float = TIMEOUT) -> None:
        self._environment = environment
        self._timeout = timeout
        self._attempts: dict[Hashable, _Attempt] = {}
        self._lock = threading.Lock()

    def resolve(self, value: Value) -> str:
        """The text that *value* stands for. What a source yields is not expanded again.

        Raises:
            SecretError: a source yields nothing and has no default.
        """
        if isinstance(value, str):
            return value
        return "".join(part if isinstance(part, str) else self._read(part) for part in value.parts)

    def cheap(self, value: Value) -> bool:
        """Tell if *value* may be resolved now. No command is run for it, and no keyring asked."""
        return self.early(value)

    def early(self, value: Value) -> bool:
        """Tell if *value* can be known when the file is loaded."""
        return all(part.kind in _CHEAP for part in references(value))

    def missing(self, value: Value) -> list[SecretError]:
        """What *value* lacks, found without running a command or asking the keyring."""
        if isinstance(value, str):
            return []
        return [error for part in value.parts if not isinstance(part, str) for error in self._lacks(part)]

    def files(self, value: Value) -> list[Path]:
        """The files that *value* is read from."""
        return [self._path(part) for part in references(value) if part.kind == "file"]

    def _lacks(self, part: SourceReference) -> list[SecretError]:
        try:
            match part.kind:
                case "command":
                    self._executable(_argv(part))
                case "keyring":
                    _keyring()
                case _:
                    self._ask(part)
        except SecretError as error:
            return [error] if part.default is None else self.missing(part.default)
        return []

    def _read(self, part: SourceReference) -> str:
        try:
            return self._ask(part)
        except SecretError:
            if part.default is None:
                raise
            return self.resolve(part.default)

    def _ask(self, part: SourceReference) -> str:
        """The text of a source without its default; an empty one counts as missing."""
        match part.kind:
            case "env":
                return self._variable(part.argument)
            case "file":
                text = _contents(self._path(part))
            case "command":
                argv = _argv(part)
                text = self._once(("command", part.base_dir, argv), lambda: self._output(part.base_dir, argv))
            case _:
                text = self._once(("keyring", part.argument), lambda: _password(part.argument))
        if not text:
            raise SecretError(f"{_shown(part)} is empty", hint=_GIVE)
        return text

    def _variable(self, name: str) -> str:
        text = _trimmed(self._environment.get(name, ""))
        if text:
            return text
        state = "is empty" if name in self._environment else "is not set"
        raise SecretError(f"the environment variable {name} {state}", hint=f"export {name}=…")

    def _path(self, part: SourceReference) -> Path:
        home = self._environment.get("HOME", "")
        if part.argument.startswith("~/") and home:
            return Path(home, part.argument[2:])
        return part.base_dir / part.argument

    def _executable(self, argv: tuple[str, ...]) -> None:
        if os.sep not in argv[0] and not shutil.which(argv[0], path=self._environment.get("PATH")):
            raise _no_command(argv[0])

    def _output(self, folder: Path, argv: tuple[str, ...]) -> str:
        from .command import run  # brings subprocess with it

        return _trimmed(
            _text(run(argv, folder, self._environment, self._timeout, MAX_BYTES), f"what the command {argv[0]} prints")
        )

    def _once(self, key: Hashable, ask: Callable[[], str]) -> str:
        """What *ask* yields, asked once for *key*. Who comes while it is asked shares the answer; a failure is not kept."""
        with self._lock:
            attempt = self._attempts.get(key)
            leads = attempt is None
            if attempt is None:
                attempt = self._attempts[key] = _Attempt()
        if not leads:
            return attempt.wait()
        try:
            attempt.text = ask()
        except SecretError as error:
            attempt.error = error
            raise
        finally:
            if attempt.text is None:
                with self._lock:
                    del self._attempts[key]
            attempt.done.set()
        return attempt.text


class Unread(Sources):
    """Sources that are looked at and not read, but for the environment: what ``check`` needs of them."""

    def cheap(self, value: Value) -> bool:
        """Tell if *value* comes from the environment alone."""
        return all(part.kind == "env" for part in references(value))

    def _ask(self, part: SourceReference) -> str:
        if part.kind != "file":
            return super()._ask(part)
        path = self._path(part)
        with _explained(path):
            check_own(path)
            size = path.stat().st_size
        if size == 0:
            raise SecretError(f"{_shown(part)} is empty", hint=_GIVE)
        return _NOT_READ


class _Attempt:
    """One question, and its answer when that has come."""

    __slots__ = ("done", "error", "text")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.text: str | None = None
        self.error: SecretError | None = None

    def wait(self) -> str:
        """The answer that somebody else is waiting for."""
        self.done.wait()
        if self.text is None:
            raise self._failure()
        return self.text

    def _failure(self) -> SecretError:
        """An error of one's own: one exception raised in two threads would mix their tracebacks."""
        if self.error is None:
            return SecretError("a secret source was interrupted", hint="try again")
        return SecretError(self.error.message, hint=self.error.hint)


def references(value: Value) -> Iterator[SourceReference]:
    """Every source in *value*, those in defaults too."""
    for part in value.parts if isinstance(value, Deferred) else ():
        if not isinstance(part, str):
            yield part
            yield from references(part.default or "")


def lax_mode(path: Path) -> bool:
    """Whether somebody other than its owner may read the file at *path*."""
    try:
        return os.name != "nt" and bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def _contents(path: Path) -> str:
    """The text of a file; a named pipe is not waited for."""
    with _explained(path):
        data = read_own(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise SecretError(f"the file {path} is larger than 1 MiB", hint="name a file that holds the secret and nothing else")
    return _trimmed(_text(data, f"the file {path}"))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what a file's opening raises into one sentence."""
    try:
        yield
    except NotOwn as error:
        raise SecretError(error.message.rstrip("."), hint=error.hint) from None
    except IsADirectoryError:
        raise SecretError(f"{path} is not a file", hint="name a file that holds the secret and nothing else") from None
    except FileNotFoundError:
        raise SecretError(f"there is no file {path}", hint="a path is relative to the file that says it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise SecretError(
            f"the file {path} cannot be read: {reason}", hint=f"look at it with: ls -l {shlex.quote(str(path))}"
        ) from None


def _argv(part: SourceReference) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(part.argument))
    except ValueError:
        raise SecretError("the command has a quote that is not closed", hint="write ${command:pass show 'my api'}") from None


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        raise SecretError(
            "the package that reads the keyring is not installed", hint='pip install "authwright[keyring]"'
        ) from None
    return keyring


def _password(argument: str) -> str:
    keyring = _keyring()
    service, _, user = argument.rpartition("/")
    try:
        password: str | None = keyring.get_password(service, user)
    except Exception as error:  # noqa: BLE001 - each system's keyring raises what it likes, and its text may quote anything
        raise SecretError(
            f"the keyring cannot be read ({type(error).__name__})", hint="unlock it, or look with: keyring diagnose"
        ) from None
    if password is None:
        raise SecretError(
            f"the keyring has nothing for {argument}", hint=f"keyring set {shlex.quote(service)} {shlex.quote(user)}"
        )
    return _trimmed(password)


def _shown(part: SourceReference) -> str:
    """A source as a person may see it: a command without its arguments."""
    return f"what the command {_argv(part)[0]} prints" if part.kind == "command" else f"${{{part.kind}:{part.argument}}}"


def _no_command(name: str) -> SecretError:
    return SecretError(f"there is no command {name}", hint="install it, or write its whole path")


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise SecretError(f"{what} is not UTF-8 text", hint="a secret is a text; encode other bytes as base64") from None


def _trimmed(text: str) -> str:
    """*text* without one line break at its end, which editors and `echo` add."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
