"""Why a call did not do its work: raise one, and nothing of the call is kept. What the host makes of each stands here; any
other exception is a fault of the channel, whose traceback goes to the operator's log."""

from __future__ import annotations


class Trouble(Exception):
    """One of the six below."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why
        """For people, and after `Rejected` for the model."""


class Busy(Trouble):
    """The platform asks to wait so many milliseconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"busy for {wait} ms")
        self.wait = wait
        """Milliseconds, at most 2**32 - 1."""


class Unavailable(Trouble):
    """Not reachable just now: the host tries again, later each time."""


class Unauthorized(Trouble):
    """The credential is missing or wrong: the channel rests until it changes."""


class Conflict(Trouble):
    """Somebody else uses the same credential."""


class Rejected(Trouble):
    """It can't be done as asked: the model is told so, and a hook's caller gets 400."""


class Malformed(Trouble):
    """The platform sent something that the channel can't read; a hook's caller gets 400."""
