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
from .hooks import Answer, Request, Subscribe
from .sending import Button, Closed, Format, Happening, Opened, Outgoing, Receipt
from .trouble import Busy, Conflict, Malformed, Trouble, Unauthorized, Unavailable
from .words import (
    Attachment,
    Author,
    Connect,
    Conversation,
    Disconnect,
    Edited,
    Effect,
    File,
    Frame,
    Inbound,
    Message,
    Outcome,
    Place,
    Press,
    Publish,
    Sender,
    SendFrame,
    Skipped,
    Wake,
)


class WitOutside:
    """The host, as the contract's imports reach it."""

    def get(self, key: str) -> bytes | None:
        return wit_store.get(key)

    def set(self, key: str, value: bytes) -> None:
        try:
            wit_store.set(key, value)
        except Err as error:
            if isinstance(error.value, wit_store.Failure_Full):
                raise store.Full("the channel's store is full") from None
            raise store.TooLarge("a key or a value is too large for the store") from None

    def delete(self, key: str) -> None:
        wit_store.delete(key)

    def check(self, key: str, expected: bytes | None) -> None:
        wit_store.check(key, expected)

    def keys(self, prefix: str) -> list[str]:
        return wit_store.keys(prefix)

    def log(self, level: host.Level, text: str) -> None:
        wit_host.log(wit_host.Level[level.name], text)

    def setting(self, key: str) -> str | None:
        return wit_host.setting(key)

    def now(self) -> int:
        return wit_host.now()

    def random(self, length: int) -> bytes:
        return wit_host.random(length)

    def fetch(self, request: http.Request) -> http.Response:
        asked = wit_http.Request(
            request.method, request.url, list(request.headers), _body(request.body), request.timeout, request.into
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
            rows = wit_database.query(name, sql, [_value(parameter) for parameter in parameters])
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
            output = wit_command.run(name, arguments, input)
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
    return wit_http.Part(part.name, part.filename, part.mime, _content(part.content))


def _content(content: bytes | str | File) -> Any:
    if isinstance(content, File):
        return wit_http.Content_File(content.path)
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
        return wit.Trouble_Busy(trouble.wait)
    cases = (
        (Unavailable, wit.Trouble_Unavailable),
        (Unauthorized, wit.Trouble_Unauthorized),
        (Conflict, wit.Trouble_Conflict),
        (Malformed, wit.Trouble_Malformed),
    )
    case = next((case for kind, case in cases if isinstance(trouble, kind)), wit.Trouble_Rejected)
    return case(trouble.why)


def outcome(outcome: Outcome) -> Any:
    return wit.Outcome([_inbound(inbound) for inbound in outcome.inbound], effects(outcome.effects))


def _inbound(inbound: Inbound) -> Any:
    match inbound:
        case Message():
            return wit.Inbound_Message(_message(inbound))
        case Edited():
            return wit.Inbound_Edited(wit.Edited(_message(inbound.now), inbound.revision))
        case Press():
            sender, conversation = _sender(inbound.sender), _conversation(inbound.conversation)
            return wit.Inbound_Press(wit.Press(inbound.token, inbound.id, inbound.handle, sender, conversation))
        case Skipped():
            return wit.Inbound_Skipped(inbound.what)
    raise TypeError(f"{inbound!r:.80} is nothing that comes in")


def _message(message: Message) -> Any:
    quote = message.quote
    return wit.Message(
        message.id,
        _author(message.author),
        _conversation(message.conversation),
        message.text,
        message.mentions_me,
        message.in_reply_to,
        None if quote is None else wit.Quote(None if quote.author is None else _author(quote.author), quote.text),
        message.sent_at,
        [_attachment(attachment) for attachment in message.attachments],
        list(message.meta.items()),
    )


def _author(author: Author) -> Any:
    return wit.Author_Person(_sender(author)) if isinstance(author, Sender) else wit.Author_Service(author.name)


def _sender(sender: Sender) -> Any:
    return wit.Sender(sender.id, sender.name, sender.bot)


def _conversation(conversation: Conversation) -> Any:
    scope = wit.Scope[conversation.scope.name]
    return wit.Conversation(conversation.id, conversation.thread, scope, conversation.title)


def _attachment(attachment: Attachment) -> Any:
    content = attachment.content
    where = wit.Content_File(content.path) if isinstance(content, File) else wit.Content_Handle(content.handle)
    return wit.Attachment(attachment.name, attachment.mime, attachment.size, where)


def effects(effects: list[Effect]) -> list[Any]:
    return [_effect(effect) for effect in effects]


def _effect(effect: Effect) -> Any:
    match effect:
        case Connect():
            return wit.Effect_Connect(wit.Connection(effect.name, effect.url, list(effect.headers)))
        case SendFrame():
            return wit.Effect_SendFrame(wit.OutgoingFrame(effect.connection, _frame(effect.frame)))
        case Disconnect():
            return wit.Effect_Disconnect(effect.name)
        case Wake():
            return wit.Effect_Wake(wit.Wake(effect.name, effect.after))
        case Publish():
            return wit.Effect_Publish(wit.Publication(effect.topic, effect.text))
    raise TypeError(f"{effect!r:.80} is no effect")


def _frame(frame: Frame) -> Any:
    return wit.Frame_Text(frame) if isinstance(frame, str) else wit.Frame_Binary(bytes(frame))


def from_request(request: Any) -> Request:
    content = request.body.value
    body = File(content) if isinstance(request.body, exports.hook.Content_File) else content
    return Request(request.method, request.path, request.query, request.headers, body, request.rule)


def answer(answer: Answer) -> Any:
    return exports.hook.Answer(answer.status, list(answer.headers), _answered(answer.body), outcome(answer.outcome))


def _answered(body: bytes | str | File | Subscribe) -> Any:
    if isinstance(body, File):
        return exports.hook.Body_File(body.path)
    if isinstance(body, Subscribe):
        return exports.hook.Body_Subscribe(body.topic)
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
    return exports.sink.Receipt(list(receipt.messages), problem, effects(receipt.effects))
