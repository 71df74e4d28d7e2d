"""Says which events of a calendar begin soon. The host puts the secret parts into the calendar's address."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from events import Calendar, Found, Occurrence
from ics import IcsError
from lockgate import MINUTE, Batch, Malformed, Message, Rejected, host, http, service, source, store

# As it stands in the manifest: the host puts both secrets in.
ADDRESS = "https://calendar.google.com/calendar/ical/{calendar}/private-{key}/basic.ics"
# How often the calendar is read.
PAUSE = 5 * MINUTE
# Minutes before an event begins, if the setting `ahead` says nothing else.
AHEAD = 20
# Events of one call; the host takes 100.
MOST = 50
# What is remembered at a time: it has to fit into one value of the store, whatever others put into the calendar.
KEPT = 800


@source
def poll(failures: int) -> Batch:
    now = host.now()
    ahead = minutes_ahead()
    found = read(now, ahead)
    # What was told or reported, and until when that is remembered.
    told: dict[str, int] = {key: until for key, until in store.get_json("told", {}).items() if until > now}
    fresh = [one for one in found.occurrences if key_of(one) not in told][: max(KEPT - len(told), 0)]
    # After a failure one thing at a time, and in the end past the one that fails.
    taken = fresh[: 1 if failures else MOST]
    batch = Batch(again_after=0 if len(taken) < len(fresh) else PAUSE)
    for one in taken:
        if failures >= 3:
            batch.skipped(f"the event {one.uid:.80}")
        else:
            batch.event(message(one, now))
    complain(batch, found, told)
    told |= {key_of(one): millis(one.begins) + MINUTE for one in taken}
    store.set_json("told", told)
    return batch


def minutes_ahead() -> int:
    text = host.setting("ahead") or str(AHEAD)
    if not text.isdecimal() or not 1 <= int(text) <= 10_080:
        raise Rejected("the setting ahead has to be a number of minutes from 1 to 10080")
    return int(text)


def read(now: int, ahead: int) -> Found:
    answer = http.get(ADDRESS).check()
    begin = datetime(1970, 1, 1) + timedelta(milliseconds=now)
    try:
        return Calendar(answer.text).between(begin, begin + timedelta(minutes=ahead))
    except IcsError as error:
        raise Malformed(f"what came is no calendar: {error}") from None


def complain(batch: Batch, found: Found, told: dict[str, int]) -> None:
    """Reports what could not be read: each event once a week, and only some at a time."""
    fresh = [uid for uid in found.unreadable if f"unreadable {uid:.200}" not in told]
    for uid in fresh[: min(10, max(KEPT - len(told), 0))]:
        batch.skipped(f"the event {uid:.80}: {found.unreadable[uid]:.200}")
        told[f"unreadable {uid:.200}"] = host.now() + 7 * 24 * 60 * MINUTE


def key_of(one: Occurrence) -> str:
    """The same time of the same event; one that was moved is another."""
    return f"{one.uid:.200} {one.begins:%Y%m%dT%H%M%SZ}"


def message(one: Occurrence, now: int) -> Message:
    title = one.title or "An event without a title"
    if one.all_day:
        text = f"{title}\nall day on {one.local:%Y-%m-%d}"
    else:
        minutes = (millis(one.begins) - now) // MINUTE
        text = f"{title}\nbegins at {one.local:%H:%M} on {one.local:%Y-%m-%d} ({one.zone}), in {minutes} min"
    if one.where:
        text += f"\n{one.where}"
    return service("calendar", text, id=key_of(one), meta={"begins": f"{one.begins:%Y-%m-%dT%H:%M:%SZ}"})


def millis(moment: datetime) -> int:
    return int(moment.replace(tzinfo=timezone.utc).timestamp() * 1_000)
