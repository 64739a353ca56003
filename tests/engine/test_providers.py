"""An engine has one provider for each kind of value that a flow may ask for."""

import pytest
from tests.ambients import Clock

from authwright.access_keys.ring import KeyRing
from authwright.engine.providers import Providers, system_providers
from authwright.errors import AuthwrightError
from authwright.wire.aws.access_keys import AccessKeys


def test_a_provider_is_found_by_the_kind_of_its_values():
    ring = KeyRing(Clock())
    assert Providers({AccessKeys: ring}).of(AccessKeys) is ring


def test_a_kind_without_a_provider_is_an_error_that_names_it():
    with pytest.raises(AuthwrightError, match="no provider of AccessKeys"):
        Providers({}).of(AccessKeys)


def test_this_machine_provides_aws_access_keys():
    assert isinstance(system_providers(Clock()).of(AccessKeys), KeyRing)
