"""The static keys of the environment and of AWS's two configuration files.

AWS SDKs and Tools Reference Guide, "Shared config and credentials files". When a profile names a role, single sign-on, a
process or a metadata service, botocore obtains the keys; this module only notices the entry.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from os.path import expanduser  # pathlib raises when there is no home
from pathlib import Path
from typing import Final

from ..errors import SecretError
from ..ownership import NotOwn, read_own
from ..secret import Secret
from ..wire.aws.access_keys import AccessKeys

_ELSEWHERE: Final = ("role_arn", "web_identity_token_file", "sso_session", "sso_start_url", "login_session")
"""Entries that make AWS SDKs obtain keys elsewhere, even when the profile holds static keys."""

_LARGEST: Final = 1 << 20

type Fingerprint = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Profiles:
    """Reads the environment and the files.

    Args:
        environment: the environment variables.
    """

    environment: Mapping[str, str] = field(repr=False)

    @property
    def files(self) -> tuple[Path, Path]:
        """The credentials file, and the configuration file."""
        places = (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))
        credentials, config = (Path(expanduser(self.environment.get(name) or usual)) for name, usual in places)  # noqa: PTH111 - raises nothing without a home
        return credentials, config

    def fingerprint(self) -> Fingerprint:
        """A value that changes when one of the files does. It costs one ``stat`` for each file."""
        return tuple(_fingerprint(path) for path in self.files)

    def name(self, profile: str) -> str:
        """The name of the profile for a rule that names *profile*, or none."""
        return profile or self.environment.get("AWS_PROFILE") or self.environment.get("AWS_DEFAULT_PROFILE") or "default"

    def at_hand(self, profile: str) -> AccessKeys | None:
        """The keys that can be read at once; ``None`` when botocore must obtain them, or there are none.

        As in every AWS SDK the environment's keys come first, unless the rule names a profile.

        Raises:
            SecretError: a file cannot be read.
        """
        region = self.environment.get("AWS_REGION") or self.environment.get("AWS_DEFAULT_REGION") or ""
        if not profile and (keys := self._of_environment(region)):
            return keys
        credentials, config = (_read(path) for path in self.files)
        name = self.name(profile)
        static = _section(credentials, name)
        settings = _section(config, "default" if name == "default" else f"profile {name}")
        if any(key in section for key in _ELSEWHERE for section in (static, settings)):
            return None
        region = region or settings.get("region", "")
        if "credential_process" in settings and "aws_access_key_id" not in static:
            return None
        return _keys(static, region) or _keys(settings, region)

    def _of_environment(self, region: str) -> AccessKeys | None:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        return _keys({name.lower(): self.environment.get(name, "") for name in names}, region)


def _keys(section: Mapping[str, str], region: str) -> AccessKeys | None:
    key_id, secret = section.get("aws_access_key_id"), section.get("aws_secret_access_key")
    if not (key_id and secret):
        return None
    token = section.get("aws_session_token") or section.get("aws_security_token")
    return AccessKeys(key_id, Secret(secret), Secret(token) if token else None, region=region)


def _section(file: configparser.RawConfigParser, name: str) -> Mapping[str, str]:
    return file[name] if file.has_section(name) else {}


def _read(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(default_section="", strict=False, allow_no_value=True)
    try:
        parser.read_string(_text(path), source=str(path))
    except FileNotFoundError:
        pass
    except NotOwn as error:
        raise SecretError(error.message, hint=error.hint) from None
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        what = getattr(error, "strerror", None) or f"it is not written as such a file is ({type(error).__name__})"
        raise SecretError(f"{path} cannot be read: {what}.", hint=f"See {path}, or name keys in the credential.") from None
    return parser


def _text(path: Path) -> str:
    """The text of a file of the user's own. It may name programs, so nobody else may write to it; a pipe is not waited for."""
    data = read_own(path, _LARGEST)
    if len(data) > _LARGEST:
        raise SecretError(f"{path} is larger than 1 MiB.", hint=f"See {path}, or name keys in the credential.")
    return data.decode("utf-8")


def _fingerprint(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
