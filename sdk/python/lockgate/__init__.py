"""Write lockgate channels in Python: functions with a decorator each. See README.md of this package."""

from . import command, database, host, http, store
from .channel import ChannelError, hook, life, media, sink, socket, source, timer, tool
from .hooks import Answer, Request, Subscribe, ok
from .parsing import parse_json
from .sending import Button, Closed, Format, Happening, Opened, Outgoing, Receipt, Reply, sent
from .trouble import Busy, Conflict, Malformed, Rejected, Trouble, Unauthorized, Unavailable
from .words import (
    HOUR,
    MINUTE,
    SECOND,
    Attachment,
    Author,
    Batch,
    Connect,
    Conversation,
    Disconnect,
    Edited,
    Effect,
    File,
    Frame,
    Handle,
    Inbound,
    Message,
    Outcome,
    Place,
    Press,
    Publish,
    Quote,
    Scope,
    Sender,
    SendFrame,
    Service,
    Skipped,
    Wake,
    direct,
    group,
    person,
    service,
)

__all__ = [
    "HOUR", "MINUTE", "SECOND", "Answer", "Attachment", "Author", "Batch", "Busy", "Button", "ChannelError", "Closed", "Conflict",
    "Connect", "Conversation", "Disconnect", "Edited", "Effect", "File", "Format", "Frame", "Handle", "Happening", "Inbound",
    "Malformed", "Message", "Opened", "Outcome", "Outgoing", "Place", "Press", "Publish", "Quote", "Receipt", "Rejected", "Reply",
    "Request", "Scope", "SendFrame", "Sender", "Service", "Skipped", "Subscribe", "Trouble", "Unauthorized", "Unavailable", "Wake",
    "command", "database", "direct", "group", "hook", "host", "http", "life", "media", "ok", "parse_json", "person", "sent", "service", "sink",
    "socket", "source", "store", "timer", "tool",
]  # fmt: skip
