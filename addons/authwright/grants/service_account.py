"""Google's service account files (https://google.aip.dev/auth/4112), read strictly."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ..parameters import ParameterError
from ..secret import Secret
from .json_object import NotAnObject, parse_object

_TYPE = "service_account"


class ServiceAccount(NamedTuple):
    """The content of a service account file."""

    client_email: str
    private_key: Secret
    private_key_id: str
    token_uri: str

    @classmethod
    @lru_cache(maxsize=64)
    def parse(cls, text: Secret) -> ServiceAccount:
        """Read the file's text.

        Raises:
            ParameterError: the text is no service account file; points at ``service_account``.
        """
        try:
            members = parse_object(text.reveal().encode())
        except NotAnObject as error:
            raise _unfit(f"service_account is not a JSON file: {error}.") from None
        kind = members.get("type")
        if kind != _TYPE:
            more = ": that is a person's, for grant: refresh_token" if kind == "authorized_user" else ""
            raise _unfit(f"service_account is not the file of a service account, its type is not {_TYPE}{more}.")
        for name in ("client_email", "private_key", "token_uri"):
            if not isinstance(members.get(name), str) or not members[name]:
                raise _unfit(f"service_account has no {name}.")
        key_id = members.get("private_key_id")
        return cls(
            members["client_email"],
            Secret(members["private_key"]),
            key_id if isinstance(key_id, str) else "",
            members["token_uri"],
        )


def _unfit(message: str) -> ParameterError:
    return ParameterError("service_account", message, "Name the JSON file of a key that Google Cloud made")
