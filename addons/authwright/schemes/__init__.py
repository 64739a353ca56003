"""The authentication schemes, which put a credential on a request: one file for each, and the table of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..flow.protocols import Scheme
from .api_key import ApiKey
from .asap import Asap
from .aws_sigv4 import AwsSigV4
from .basic import Basic
from .bearer import Bearer
from .cookie import Cookie
from .digest import Digest
from .edgegrid import EdgeGrid
from .hawk import Hawk
from .jwt import Jwt
from .ntlm import Ntlm
from .oauth1 import OAuth1
from .oauth2 import OAuth2

_ALL: Final[tuple[type[Scheme], ...]] = (
    ApiKey,
    Bearer,
    Basic,
    Cookie,
    Digest,
    OAuth1,
    OAuth2,
    AwsSigV4,
    Hawk,
    EdgeGrid,
    Jwt,
    Ntlm,
    Asap,
)

SCHEMES: Final[Mapping[str, type[Scheme]]] = {scheme.type: scheme for scheme in _ALL}
"""The schemes by the word after ``type:``. ``none`` is not here: it is the absence of a scheme."""
