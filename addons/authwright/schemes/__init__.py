"""How a credential is put on a request: one file a scheme, and the table of them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..flow import Scheme
from .api_key import ApiKey
from .aws_sigv4 import AwsSigV4
from .basic import Basic
from .bearer import Bearer
from .cookie import Cookie
from .digest import Digest
from .jwt import Jwt
from .oauth2 import OAuth2

SCHEMES: Final[Mapping[str, type[Scheme]]] = {
    scheme.type: scheme for scheme in (ApiKey, AwsSigV4, Bearer, Basic, Cookie, Digest, Jwt, OAuth2)
}
"""What ``type:`` may say. ``none`` is not here: it is the absence of a scheme."""
