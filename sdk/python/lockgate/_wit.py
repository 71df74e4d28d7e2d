"""The contract's generated classes on one side, this package's on the other. Only in a component: the modules imported here are
made by the build. Decides nothing."""

from __future__ import annotations

from typing import Any

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import command as wit_command
from wit_world.imports import database as wit_database
from wit_world.imports import host as wit_host
from wit_world.imports import http as wit_http
from wit_world.imports import store as wit_store
from wit_world.imports import words as wit

from . import command, database, host, http, store
from ._checked import U16, U32, U64, maybe, number, pairs, text
from .hooks import Answer, Request, Subscribe
from .sending import Button, Closed, Format, Happening, Opened, Outgoing, Receipt, Reply
from .trouble import Busy, Conflict, Malformed, Trouble, Unauthorized, Unavailable
from .words import (
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
    Sender,
    SendFrame,
    Skipped,
    Wake,
)


class WitOutside:
    """The host, as the contract's imports reach it."""

    def get(self, key: str) -> bytes | None:
        return wit_store.get(text(key))

    def set(self, key: str, value: bytes) -> None:
        try:
            wit_store.set(text(key), value)
        except Err as error:
            if isinstance(error.value, wit_store.Failure_Full):
                raise store.Full("the channel's store is full") from None
            raise store.TooLarge("a key or a value is too large for the store") from None

    def delete(self, key: str) -> None:
        wit_store.delete(text(key))

    def check(self, key: str, expected: bytes | None) -> None:
        wit_store.check(text(key), expected)

    def keys(self, prefix: str) -> list[str]:
        return wit_store.keys(text(prefix))

    def log(self, level: host.Level, line: str) -> None:
        wit_host.log(wit_host.Level[level.name], text(line))

    def setting(self, key: str) -> str | None:
        return wit_host.setting(text(key))

    def now(self) -> int:
        return wit_host.now()

    def random(self, length: int) -> bytes:
        return wit_host.random(number(length, U32))

    def fetch(self, request: http.Request) -> http.Response:
        asked = wit_http.Request(
            text(request.method),
            text(request.url),
            pairs(request.headers),
            _body(request.body),
            None if request.timeout is None else number(request.timeout, U32),
            maybe(request.into),
        )
        try:
            answer = wit_http.fetch(asked)
        except Err as error:
            if isinstance(error.value, wit_http.Failure_Refused):
                raise http.Refused(error.value.value) from None
            if isinstance(error.value, wit_http.Failure_Unreachable):
                raise http.Unreachable(error.value.value) from None
            raise http.TooLarge("the answer is larger than the host takes") from None
        return http.Response(answer.status, answer.body, answer.headers)

    def query(self, name: str, sql: str, parameters: list[database.Value]) -> list[list[database.Value]]:
        try:
            rows = wit_database.query(text(name), text(sql), [_value(parameter) for parameter in parameters])
        except Err as error:
            why = error.value
            if isinstance(why, wit_database.Failure_Unreadable):
                raise database.Unreadable(why.value) from None
            if isinstance(why, wit_database.Failure_Sql):
                raise database.SqlError(why.value) from None
            if isinstance(why, wit_database.Failure_NotGranted):
                raise database.NotGranted("the operator has not granted this database") from None
            raise database.TooManyRows("the query has too many rows: add a LIMIT") from None
        return [[getattr(value, "value", None) for value in row] for row in rows]

    def run(self, name: str, arguments: list[str], input: bytes) -> command.Output:
        try:
            output = wit_command.run(text(name), [text(argument) for argument in arguments], input)
        except Err as error:
            if isinstance(error.value, wit_command.Failure_NotStarted):
                raise command.NotStarted(error.value.value) from None
            if isinstance(error.value, wit_command.Failure_NotGranted):
                raise command.NotGranted("the operator has not granted this program, or not with these arguments") from None
            raise command.TimedOut("the program was not done in time") from None
        return command.Output(output.status, output.stdout, output.stderr)


def _body(body: bytes | File | list[http.Part] | None) -> Any:
    if body is None:
        return wit_http.Body_Empty()
    if isinstance(body, list):
        return wit_http.Body_Form([_part(part) for part in body])
    return wit_http.Body_Whole(_content(body))


def _part(part: http.Part) -> Any:
    return wit_http.Part(text(part.name), maybe(part.filename), maybe(part.mime), _content(part.content))


def _content(content: bytes | str | File) -> Any:
    if isinstance(content, File):
        return wit_http.Content_File(text(content.path))
    return wit_http.Content_Bytes(content.encode() if isinstance(content, str) else content)


def _value(value: database.Value) -> Any:
    if value is None:
        return wit_database.Value_Null()
    if isinstance(value, int):
        return wit_database.Value_Integer(int(value))
    cases = {float: wit_database.Value_Real, str: wit_database.Value_Text, bytes: wit_database.Value_Blob}
    return cases[type(value)](value)


def trouble(trouble: Trouble) -> Any:
    """Inward to outward, as are the others without `from_`."""
    if isinstance(trouble, Busy):
        return wit.Trouble_Busy(number(trouble.wait, U32))
    cases = (
        (Unavailable, wit.Trouble_Unavailable),
        (Unauthorized, wit.Trouble_Unauthorized),
        (Conflict, wit.Trouble_Conflict),
        (Malformed, wit.Trouble_Malformed),
    )
    case = next((case for kind, case in cases if isinstance(trouble, kind)), wit.Trouble_Rejected)
    return case(text(trouble.why))


def outcome(outcome: Outcome) -> Any:
    return wit.Outcome([_inbound(inbound) for inbound in outcome.inbound], effects(outcome.effects))


def _inbound(inbound: Inbound) -> Any:
    match inbound:
        case Message():
            return wit.Inbound_Message(_message(inbound))
        case Edited():
            return wit.Inbound_Edited(wit.Edited(_message(inbound.now), text(inbound.revision)))
        case Press():
            where = _conversation(inbound.conversation)
            token, id, handle = text(inbound.token), text(inbound.id), maybe(inbound.handle)
            return wit.Inbound_Press(wit.Press(token, id, handle, _sender(inbound.sender), where))
        case Skipped():
            return wit.Inbound_Skipped(text(inbound.what))
    raise TypeError(f"{inbound!r:.80} is nothing that comes in")


def _message(message: Message) -> Any:
    return wit.Message(
        text(message.id),
        _author(message.author),
        _conversation(message.conversation),
        text(message.text),
        bool(message.mentions_me),
        maybe(message.in_reply_to),
        None if message.quote is None else _quote(message.quote),
        None if message.sent_at is None else number(message.sent_at, U64),
        [_attachment(attachment) for attachment in message.attachments],
        pairs(message.meta.items()),
    )


def _quote(quote: Quote) -> Any:
    return wit.Quote(None if quote.author is None else _author(quote.author), text(quote.text))


def _author(author: Author) -> Any:
    return wit.Author_Person(_sender(author)) if isinstance(author, Sender) else wit.Author_Service(text(author.name))


def _sender(sender: Sender) -> Any:
    return wit.Sender(text(sender.id), maybe(sender.name), bool(sender.bot))


def _conversation(conversation: Conversation) -> Any:
    id, thread, title = text(conversation.id), maybe(conversation.thread), maybe(conversation.title)
    return wit.Conversation(id, thread, wit.Scope[conversation.scope.name], title)


def _attachment(attachment: Attachment) -> Any:
    size = None if attachment.size is None else number(attachment.size, U64)
    return wit.Attachment(maybe(attachment.name), maybe(attachment.mime), size, _where(attachment.content))


def _where(content: File | Handle) -> Any:
    return wit.Content_File(text(content.path)) if isinstance(content, File) else wit.Content_Handle(text(content.handle))


def effects(effects: list[Effect]) -> list[Any]:
    return [_effect(effect) for effect in effects]


def _effect(effect: Effect) -> Any:
    match effect:
        case Connect():
            return wit.Effect_Connect(wit.Connection(text(effect.name), text(effect.url), pairs(effect.headers)))
        case SendFrame():
            return wit.Effect_SendFrame(wit.OutgoingFrame(text(effect.connection), _frame(effect.frame)))
        case Disconnect():
            return wit.Effect_Disconnect(text(effect.name))
        case Wake():
            return wit.Effect_Wake(wit.Wake(text(effect.name), number(effect.after, U32)))
        case Publish():
            return wit.Effect_Publish(wit.Publication(text(effect.topic), text(effect.text)))
    raise TypeError(f"{effect!r:.80} is no effect")


def _frame(frame: Frame) -> Any:
    return wit.Frame_Text(text(frame)) if isinstance(frame, str) else wit.Frame_Binary(bytes(frame))


def from_request(request: Any) -> Request:
    content = request.body.value
    body = File(content) if isinstance(request.body, exports.hook.Content_File) else content
    return Request(request.method, request.path, request.query, request.headers, body, request.rule)


def answer(answer: Answer) -> Any:
    return exports.hook.Answer(
        number(answer.status, U16), pairs(answer.headers), _answered(answer.body), outcome(answer.outcome)
    )


def _answered(body: bytes | str | File | Subscribe) -> Any:
    if isinstance(body, File):
        return exports.hook.Body_File(text(body.path))
    if isinstance(body, Subscribe):
        return exports.hook.Body_Subscribe(text(body.topic))
    return exports.hook.Body_Bytes(body.encode() if isinstance(body, str) else bytes(body))


def from_happening(happening: Any) -> Happening:
    socket = exports.socket
    if isinstance(happening, socket.Happening_Frame):
        return happening.value.value
    if isinstance(happening, socket.Happening_Closed):
        return Closed(happening.value.code, happening.value.reason)
    return Opened()


def from_place(place: Any) -> Place:
    return Place(place.conversation, place.thread)


def from_format(format: Any) -> Format:
    return Format[format.name]


def from_outgoing(outgoing: Any) -> Outgoing:
    return Outgoing(
        from_place(outgoing.place),
        outgoing.text,
        from_format(outgoing.format),
        outgoing.reply_to,
        outgoing.files,
        [Button(button.label, button.token) for button in outgoing.buttons],
        outgoing.key,
    )


def receipt(receipt: Receipt) -> Any:
    problem = None if receipt.problem is None else trouble(receipt.problem)
    return exports.sink.Receipt([text(id) for id in receipt.messages], problem, effects(receipt.effects))


def batch(batch: Batch) -> Any:
    return exports.source.Batch(outcome(batch), number(batch.again_after, U32))


def reply(reply: Reply) -> Any:
    return exports.tools.Answer(text(reply.text), effects(reply.effects))
