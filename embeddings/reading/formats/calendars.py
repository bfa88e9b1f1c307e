"""Invitations (iCalendar, RFC 5545): title, time, place and participants."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from embeddings.language.dates import find_dates, spelt_out
from embeddings.reading.formats.tables import name_cells
from embeddings.reading.formats.text_builder import TextBuilder
from embeddings.reading.origin import line

MAX_EVENTS = 500
_HOME = ZoneInfo("Europe/Stockholm")
_REPEATS = {"DAILY": "dag", "WEEKLY": "vecka", "MONTHLY": "månad", "YEARLY": "år"}


def write_events(text: str, builder: TextBuilder) -> bool:
    """Add the events of a calendar to a text, one row each; False if there are none.

    Raises ValueError if the text is not a calendar.
    """
    calendar = Calendar.from_ical(text)
    events = [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]
    is_off = str(calendar.get("METHOD", "")).upper() == "CANCEL"
    for event in events[:MAX_EVENTS]:
        is_cancelled = is_off or str(event.get("STATUS", "")).upper() == "CANCELLED"
        cells = {
            "Inställt möte" if is_cancelled else "Möte": _line(event, "SUMMARY"),
            "När": ", ".join(filter(None, (_when(event), _repeated(event)))),
            "Var": _line(event, "LOCATION"),
            "Kallat av": ", ".join(_people(event, "ORGANIZER")),
            "Deltagare": ", ".join(_people(event, "ATTENDEE")),
        }
        builder.row(name_cells(list(cells), list(cells.values())))
        builder.running(str(event.get("DESCRIPTION", "")))
    return bool(events)


def _line(event: Event, name: str) -> str:
    return line(event.get(name)) or ""


def _when(event: Event) -> str:
    """When an event begins and ends: "20 april 2026 klockan 13.00–15.00"."""
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    length = event.get("DURATION")
    if start is None:
        return ""
    if end is None and length is not None and isinstance(length.dt, timedelta):
        end = start + length.dt
    if not isinstance(start, datetime):
        last = end - timedelta(days=1) if end else start  # DTEND is exclusive
        return _day(start) if last <= start else f"{_day(start)}–{_day(last)}"
    began = f"{_day(start)} klockan {start:%H.%M}"
    if not isinstance(end, datetime) or end <= start:
        return began + _zone(start)
    if end.date() == start.date():
        return f"{began}–{end:%H.%M}{_zone(start)}"
    return f"{began}–{_day(end)} klockan {end:%H.%M}{_zone(start)}"


def _moment(event: Event, name: str) -> date | None:
    """A day or a time; times in Swedish time have no time zone."""
    moment = getattr(event.get(name), "dt", None)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        home = moment.astimezone(_HOME)
        return home.replace(tzinfo=None) if home.utcoffset() == moment.utcoffset() else moment
    return moment if isinstance(moment, date) else None


def _zone(moment: datetime) -> str:
    return f" {moment.tzname()}" if moment.tzinfo else ""


def _day(day: date) -> str:
    return spelt_out(find_dates(f"{day:%Y-%m-%d}")[0])


def _repeated(event: Event) -> str:
    rule = event.get("RRULE")
    if not isinstance(rule, dict):
        return ""
    unit = _REPEATS.get(str(next(iter(rule.get("FREQ", [])), "")).upper())
    step = next(iter(rule.get("INTERVAL", [])), 1)
    until = next(iter(rule.get("UNTIL", [])), None)
    if unit is None:
        return "återkommande"
    every = f"varje {unit}" if step == 1 else f"återkommande med {step} {unit} som steg"
    return f"{every} till {_day(until)}" if isinstance(until, date) else every


def _people(event: Event, name: str) -> Iterator[str]:
    found = event.get(name)
    for one in found if isinstance(found, list) else [found]:
        if one is not None:
            address = str(one)
            if address.lower().startswith("mailto:"):
                address = address[len("mailto:") :]
            called = line(one.params.get("CN")) if hasattr(one, "params") else None
            yield called or address
