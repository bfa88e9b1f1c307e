"""All that a letter says: every part of it, the letters that it forwards, and its invitations."""

from email.message import EmailMessage

import pytest

from embeddings.reading.formats import mail

PNG = b"\x89PNG\r\n\x1a\n"


def letter(subject="Vägen", text="Hej!"):
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Åsa Öberg <asa@example.org>"
    message["To"] = "Nils Ström <nils@example.org>"
    if text is not None:
        message.set_content(text)
    return message


def parts(kind, *written):
    """A letter of parts, each its headers and its text, as no program of ours writes them."""
    lines = [f'Subject: Vägen\nContent-Type: {kind}; boundary="x"\n']
    for head, text in written:
        lines.append(f"--x\n{head}\n\n{text}\n")
    return "\n".join([*lines, "--x--\n"]).encode()


def text_of(message):
    reading = mail.read("a.eml", message if isinstance(message, bytes) else message.as_bytes())
    return reading.sources[0].text, reading.notes


def test_one_part_that_names_what_cannot_be_spares_the_others():
    text, _ = text_of(parts("multipart/mixed", (PLAIN.replace("utf-8", '"\0"'), "Hej!")))
    assert "Hej!" in text
    start = f"DTSTART;TZID={'x' * 5000}:20240101T100000"
    event = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{start}\nEND:VEVENT\nEND:VCALENDAR"
    calendar = ("Content-Type: text/calendar", event)
    text, notes = text_of(parts("multipart/mixed", (PLAIN, "Hej!"), calendar))
    assert "Hej!" in text
    assert notes == ("the invitation in it cannot be read; save it again",)


def test_of_very_many_people_the_first_are_named_and_the_others_counted():
    message = letter()
    del message["To"]
    people = ", ".join(f"=?utf-8?q?Elev_{n}_=C3=85s?= <e{n}@example.org>" for n in range(3000))
    text, _ = text_of(f"To: {people}\n".encode() + message.as_bytes())
    assert "Elev 0 Ås, Elev 1 Ås" in text
    assert "och 2900 till" in text


PLAIN = "Content-Type: text/plain; charset=utf-8"
HTML = "Content-Type: text/html; charset=utf-8"
PICTURE = 'Content-Type: image/png; name="a.png"\nContent-Disposition: inline'


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("multipart/mixed", [(PLAIN, "Ett."), (PICTURE, "x"), (PLAIN, "Två."), (HTML, "<p>Tre.")]),
        ("multipart/mixed", [(HTML, "<p>Ett."), (PICTURE, "x"), (HTML, "<p>Två."), ("", "Tre.")]),
        ("multipart/related", [(HTML, "<p>Ett.<p>Två."), (PICTURE, "x"), (PLAIN, "Tre.")]),
        ("multipart/signed", [(PLAIN, "Ett. Två."), (PLAIN, "Tre."),
                              ("Content-Type: application/pgp-signature", "x")]),
        ("multipart/mixed", [(PLAIN, "Ett."),
                             (f"{PLAIN}\nContent-Disposition: attachment; filename=två.txt",
                              "Två."), (PLAIN, "Tre.")]),
        ("multipart/okänd", [(PLAIN, "Ett."), (PLAIN, "Två."), (PLAIN, "Tre.")]),
    ],
)  # fmt: skip
def test_every_part_that_is_text_is_read_in_order(kind, written):
    text, notes = text_of(parts(kind, *written))
    places = [text.index(word) for word in ("Ett.", "Två.", "Tre.")]
    assert places == sorted(places)
    assert notes == ()


def test_of_parts_that_say_the_same_the_richest_with_text_is_read():
    def alternatives(*written):
        return text_of(parts("multipart/alternative", *written))[0].removeprefix("Vägen\n\n")

    both = alternatives((PLAIN, "Ren text."), (HTML, "<p>Formad <b>text</b>."))
    assert both.endswith("Formad text.")
    assert "Ren text." not in both
    assert alternatives((PLAIN, "Ren text."), (HTML, "<p> </p>")).endswith("Ren text.")


@pytest.mark.parametrize("disposition", ["inline", 'attachment; filename="VB.eml"'])
def test_a_forwarded_letter_is_read_with_who_wrote_it(disposition):
    inner = letter("Besiktningen", "Gungan ska bytas.")
    inner.replace_header("From", "Rolf Kvist <rolf@example.org>")
    innermost = letter("Frågan", "Är gungan hel?")
    inner.add_attachment(innermost)
    outer = letter("VB: Besiktningen", "Se nedan.")
    outer.add_attachment(inner, disposition=disposition.split(";")[0])
    text, notes = text_of(outer)
    for said in ("Se nedan.", "Från: Rolf Kvist; Till: Nils Ström", "Gungan ska bytas.",
                 "Ämne: Frågan", "Är gungan hel?"):  # fmt: skip
        assert said in text
    assert notes == ()


def test_letters_in_letters_without_end_are_named():
    content = b"Subject: A\n\nInnerst."
    for _ in range(60):
        content = b"Subject: A\nContent-Type: message/rfc822\n\n" + content
    text, notes = text_of(content)
    assert "Innerst" not in text
    assert notes == ("its parts are nested too deep; what is within is not read",)


def test_who_wrote_to_whom_with_copy_to_whom_stands_by_name_with_the_addresses_apart():
    message = letter()
    message["Cc"] = "Eva Ek <eva@example.org>, registrator@example.org"
    text, _ = text_of(message)
    assert (
        "Från: Åsa Öberg; Till: Nils Ström; Kopia: Eva Ek, registrator@example.org; Ämne: Vägen"
        in text
    )
    assert (
        "E-post (från): Åsa Öberg <asa@example.org>; E-post (till): Nils Ström <nils@example.org>; "
        "E-post (kopia): Eva Ek <eva@example.org>" in text
    )


def test_of_very_many_people_the_number_is_said():
    message = letter()
    message["Cc"] = ", ".join(f"Nr {n} <a{n}@example.org>" for n in range(130))
    assert "Nr 99 och 30 till" in text_of(message)[0]


def event(*lines, method="REQUEST"):
    written = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT",
                           "UID:1", *lines, "END:VEVENT", "END:VCALENDAR", ""])  # fmt: skip
    return parts("multipart/alternative", (PLAIN, "Välkommen!"),
                 ("Content-Type: text/calendar; charset=utf-8", written))  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["DTSTART;TZID=Europe/Stockholm:20260420T130000",
          "DTEND;TZID=Europe/Stockholm:20260420T150000"], "20 april 2026 klockan 13.00–15.00"),
        (["DTSTART:20260420T110000Z", "DURATION:PT1H30M"],
         "20 april 2026 klockan 11.00–12.30 UTC"),
        (["DTSTART:20260420T130000"], "20 april 2026 klockan 13.00"),
        (["DTSTART;VALUE=DATE:20260420", "DTEND;VALUE=DATE:20260421"], "20 april 2026"),
        (["DTSTART;VALUE=DATE:20260420", "DTEND;VALUE=DATE:20260423"],
         "20 april 2026–22 april 2026"),
        (["DTSTART:20260420T130000", "RRULE:FREQ=WEEKLY;UNTIL=20260601"],
         "20 april 2026 klockan 13.00, varje vecka till 1 juni 2026"),
        (["DTSTART:20260420T220000", "DTEND:20260421T010000"],
         "20 april 2026 klockan 22.00–21 april 2026 klockan 01.00"),
    ],
)  # fmt: skip
def test_an_invitation_says_what_when_where_and_who(lines, said):
    text, notes = text_of(
        event("SUMMARY:Beredningsmöte", "LOCATION:Rum Eken\\, stads\r\n huset", *lines,
              "ORGANIZER;CN=Åsa Öberg:mailto:asa@example.org",
              "ATTENDEE:mailto:bo@example.org", "DESCRIPTION:Ta med\\nunderlaget.")
    )  # fmt: skip
    assert (
        f"Möte: Beredningsmöte; När: {said}; Var: Rum Eken, stadshuset; Kallat av: Åsa Öberg; "
        "Deltagare: bo@example.org" in text
    )
    assert "Ta med\nunderlaget." in text
    assert "Välkommen!" in text
    assert notes == ()


def test_a_cancelled_invitation_says_so():
    for cancelled in (event("SUMMARY:Möte", method="CANCEL"),
                      event("SUMMARY:Möte", "STATUS:CANCELLED")):  # fmt: skip
        assert "Inställt möte: Möte" in text_of(cancelled)[0]


def test_an_invitation_that_is_none_is_named():
    broken = parts("multipart/mixed", (PLAIN, "Hej"), ("Content-Type: text/calendar", "BEGIN:X"))
    text, [note] = text_of(broken)
    assert "Hej" in text
    assert "invitation" in note


def test_every_attachment_that_is_not_read_is_named():
    message = letter()
    message.add_attachment(PNG, maintype="image", subtype="png", filename="karta.png")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf",
                           disposition="inline")  # fmt: skip
    message.add_attachment(b"a;b", maintype="text", subtype="csv", filename="b.csv")
    _, notes = text_of(message)
    assert notes == ("attachments are not read (karta.png, a.pdf, b.csv); save them beside it",)


def test_a_picture_in_the_text_is_no_attachment():
    message = letter(text=None)
    message.set_content("<p>Hej<img src='cid:a'>", subtype="html")
    message.add_related(PNG, maintype="image", subtype="png", cid="<a>")
    assert text_of(message)[1] == ()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "mac_roman"])
def test_letters_whose_encoding_nothing_says_are_read_by_their_bytes(encoding):
    written = "From: Åke Öst <a@b.se>\nTo: c@d.se\nSubject: Sophämtning på Ö\n\nSopor hämtas här.\n"
    text, _ = text_of(written.encode(encoding))
    assert text.startswith("Sophämtning på Ö\n\nFrån: Åke Öst; Till: c@d.se")
    assert text.endswith("Sopor hämtas här.")


def test_who_got_a_hidden_copy_is_told_in_the_writers_own_letter():
    message = letter()
    message["Cc"] = message["Bcc"] = "Eva Al <eva@example.org>"
    text, _ = text_of(message)
    assert "Kopia, Hemlig kopia: Eva Al" in text
