"""Akamai's ``.edgerc``: credentials of several clients, a section each, in INI format."""

from __future__ import annotations

from configparser import ConfigParser, Error

from ..parameters import ParameterError


def read_section(text: str, section: str) -> dict[str, str]:
    """The entries of *section*; ``max-body`` and ``max_body`` are the same name.

    Args:
        text: what the file holds.
        section: the section's name.

    Raises:
        ParameterError: *text* is no such file, or has no such section. The error does not quote it.
    """
    parser = ConfigParser(interpolation=None)
    parser.optionxform = lambda option: option.lower().replace("-", "_")  # type: ignore[assignment, method-assign]  # as its docs say
    try:
        parser.read_string(text)
    except Error:
        raise ParameterError("edgerc", "the .edgerc file is not in INI format", "[default] above client_token = …") from None
    if section not in parser:
        names = ", ".join(parser.sections()) or "none"
        raise ParameterError("section", f"the .edgerc file has no section {section!r}", f"its sections: {names}")
    return dict(parser[section])
