"""Readers of bodies that show what they read to a listener that wants bodies; without one, the plain readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .framing import Body, Framing, Part, body_reader

if TYPE_CHECKING:
    from ...record.bodies import PassingBodies, PassingBody
    from .head import ResponseHead


class Heard:
    """A reader whose content is shown to a listener.

    Args:
        body: the reader.
        passing: takes the content in.
        content: where the reader collects the content of a chunked body; ``None`` for a body without chunks.
    """

    __slots__ = ("_body", "_content", "_passing")

    def __init__(self, body: Body, passing: PassingBody, content: bytearray | None) -> None:
        self._body = body
        self._passing = passing
        self._content = content

    @property
    def read(self) -> int:
        """See :class:`~authwright.proxy.http1.framing.Body`."""
        return self._body.read

    def feed(self, data: bytes) -> Part:
        """See :class:`~authwright.proxy.http1.framing.Body`."""
        part = self._body.feed(data)
        content = part.passed
        if self._content is not None:
            content = bytes(self._content)
            self._content.clear()
        self._passing.take(content)
        if part.whole:
            self._passing.end()
        return part

    def close(self) -> bool:
        """See :class:`~authwright.proxy.http1.framing.Body`."""
        whole = self._body.close()
        if whole:
            self._passing.end()
        return whole


def heard(framing: Framing, passing: PassingBody, *, status: int | None = None) -> Body | None:
    """The reader of a body that has one and is framed so; it shows the content to *passing*."""
    content = bytearray() if framing.chunked else None
    body = body_reader(framing, status=status, content=content)
    return body and Heard(body, passing, content)


def body_of_response(head: ResponseHead, method: bytes, bodies: PassingBodies | None = None) -> Body | None:
    """The reader of the body that follows a response's *head*.

    Args:
        head: the head.
        method: the method of the request.
        bodies: hears of the body; ``None`` where no listener wants it.
    """
    if bodies is None:
        return body_reader(head.framing, method=method, status=head.status)
    if body_reader(head.framing, method=method, status=head.status) is None:
        return None
    return heard(head.framing, bodies.begin("response"), status=head.status)
