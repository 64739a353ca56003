"""Fixtures of the tests of our own HTTP: certificates, as the proxy's tests have them."""

from tests.proxy.conftest import pki

__all__ = ["pki"]
