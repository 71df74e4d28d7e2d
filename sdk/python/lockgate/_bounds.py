"""The host's bounds of a call, for the stand-in of `harness`: what is over one of them is refused there, and with it the whole call.
Not part of a component."""

from __future__ import annotations

from .words import (
    Author,
    Conversation,
    Edited,
    Effect,
    File,
    Inbound,
    Message,
    Press,
    Publish,
    Sender,
    SendFrame,
)

# Messages, and effects, of one call; attachments, and keys of meta, of one message.
_MOST, _ATTACHMENTS, _META = 100, 20, 32
# Bytes of a text, of an id, a name or another short text, and of an effect's name.
_TEXT, _SHORT, _EFFECT = 64 << 10, 1 << 10, 256
# Bytes of a key of meta that the model sees.
_KEY = 64


def check(inbound: list[Inbound], effects: list[Effect]) -> None:
    """Raises `AssertionError` where the host would refuse all of what a call returned, or the model never see an attribute."""
    _within("messages in one call", len(inbound), _MOST)
    _within("effects in one call", len(effects), _MOST)
    for one in inbound:
        if isinstance(one, Message):
            _message(one)
        elif isinstance(one, Edited):
            _message(one.now)
            _short("a revision", one.revision)
        elif isinstance(one, Press):
            _short("a press", one.token, one.id, one.handle)
            _author(one.sender)
            _conversation(one.conversation)
    for effect in effects:
        _effect(effect)


def _within(what: str, size: int, most: int) -> None:
    if size > most:
        raise AssertionError(f"the host refuses the call: more than {most} {what}: {size}")


def _bytes(what: str, text: str, most: int) -> None:
    _within(f"bytes of {what}", len(text.encode("utf-8", "replace")), most)


def _short(what: str, *texts: str | None) -> None:
    for text in texts:
        _bytes(what, text or "", _SHORT)


def _message(message: Message) -> None:
    _short("a message's id", message.id, message.in_reply_to)
    _author(message.author)
    _conversation(message.conversation)
    _bytes("a message's text", message.text, _TEXT)
    if message.quote is not None:
        _bytes("a quote's text", message.quote.text, _TEXT)
        if message.quote.author is not None:
            _author(message.quote.author)
    _within("attachments of one message", len(message.attachments), _ATTACHMENTS)
    for one in message.attachments:
        content = one.content.path if isinstance(one.content, File) else one.content.handle
        _short("an attachment", one.name, one.mime, content)
    _within("keys of meta", len(message.meta), _META)
    for key, value in message.meta.items():
        if not (key.isascii() and key.isidentifier() and len(key) <= _KEY):
            raise AssertionError(f"the meta key {key} is no identifier")
        if not isinstance(value, str):
            raise AssertionError(f"the meta value of {key} is no text")
        _short("a meta value", value)


def _author(author: Author) -> None:
    if isinstance(author, Sender):
        _short("a sender", author.id, author.name)
    else:
        _short("an author", author.name)


def _conversation(conversation: Conversation) -> None:
    _short("a conversation", conversation.id, conversation.thread, conversation.title)


def _effect(effect: Effect) -> None:
    if isinstance(effect, Publish):
        _bytes("a publication", effect.text, _TEXT)
        name = effect.topic
    elif isinstance(effect, SendFrame):
        name = effect.connection
    else:
        name = effect.name
    _bytes("an effect's name", name, _EFFECT)
