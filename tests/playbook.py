"""Flows as screenplays: ``<<`` is what the flow asks, ``>>`` is what it is answered.

Notes are heard only when the screenplay names them: a signer may explain itself without changing a test.
"""

from dataclasses import fields, is_dataclass

from authwright.flow.commands import Note

NOTHING = object()


class Playbook:
    """Drives *flow* by hand.

    >>> play = Playbook(grant.obtain(None, ambient))
    >>> play << Fetch(request) >> Response(200, body=b"{...}")
    >>> token = play.ends()
    """

    def __init__(self, flow):
        self._flow = flow
        self._answer = None
        self._asked = NOTHING

    def __lshift__(self, expected):
        asked = self._next(skip_notes=not isinstance(expected, Note))
        assert asked == expected, difference(expected, asked)
        return self

    def __rshift__(self, answer):
        self._answer = answer
        return self

    def asks(self):
        """The next command that is not a note, for a test that looks at a part of it."""
        return self._next(skip_notes=True)

    def ends(self):
        """The flow's result; it must ask nothing more."""
        try:
            asked = self.asks()
        except Ended as ended:
            return ended.value
        raise AssertionError(f"the flow should have ended, and asks\n{rendered(asked)}")

    def _next(self, *, skip_notes):
        while True:
            answer, self._answer = self._answer, None
            try:
                asked = self._flow.send(answer)
            except StopIteration as done:
                raise Ended(done.value) from None
            if not (skip_notes and isinstance(asked, Note)):
                return asked


class Ended(AssertionError):
    """The flow ended where the screenplay goes on."""

    def __init__(self, value):
        super().__init__(f"the flow ended too early, with {value!r}")
        self.value = value


def difference(expected, actual):
    """Both commands line by line; a line that differs is marked."""
    left, right = rendered(expected).splitlines(), rendered(actual).splitlines()
    lines = []
    for index in range(max(len(left), len(right))):
        one, two = (side[index] if index < len(side) else "(nothing)" for side in (left, right))
        lines += [f"    {one}"] if one == two else [f"  - {one}", f"  + {two}"]
    return "\n".join(["the flow asks something else (- expected, + asked)", *lines])


def rendered(value, indent=""):
    if is_dataclass(value) and not isinstance(value, type):
        inner = "\n".join(
            f"{indent}  {f.name}: {rendered(getattr(value, f.name), indent + '  ').lstrip()}" for f in fields(value)
        )
        return f"{indent}{type(value).__name__}\n{inner}"
    if isinstance(value, tuple) and value and not hasattr(value, "_fields"):
        return "\n".join(["(", *(f"{indent}  {item!r}" for item in value), f"{indent})"])
    return f"{indent}{value!r}"
