"""All text for those who ask, in the terminal and in Telegram: Swedish, and English around the
answer to an English question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from retrieval.types import Intent, Language

_MONTHS: Final = (
    *("januari", "februari", "mars", "april", "maj", "juni", "juli"),
    *("augusti", "september", "oktober", "november", "december"),
)
_ENGLISH_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts in and around answers, in one language."""

    yes: str
    no: str
    tentative: str
    unsure: str
    unsure_which: str
    nowhere: str
    unsaid: str
    which_meaning: str
    worded: str
    one_missing: str
    more_missing: str
    alternative: str
    nearest: str
    characters: str
    example: str
    any_example: str
    which_document: str
    more_documents: str
    selected: str
    unselected: str
    newest_first: str
    oldest_first: str
    oldest_dated_first: str
    dated_first: str
    no_dates: str
    told: Mapping[Intent, str]
    months: Sequence[str]
    sources: str
    source: str
    on_page: str
    in_row: str
    both: str
    show: str
    more: str
    back: str
    next: str
    previous: str
    hits: str
    no_hits: str
    page_of: str
    thanks_up: str
    thanks_down: str
    noted: str
    forgotten: str
    source_gone: str
    index_changed: str
    stale_button: str
    here: str
    sent: str
    empty: str
    too_long: str
    too_heavy: str
    wait: str
    press_slower: str
    incident: str

    def day(self, day: date) -> str:
        """A date in prose."""
        return f"{day.day} {self.months[day.month - 1]} {day.year}"


SWEDISH: Final = Wording(
    yes="Ja.",
    no="Nej.",
    tentative="Troligen, men kontrollera i källan:",
    unsure="Jag är inte säker, men här står det närmaste.",
    unsure_which="Jag är inte säker på vilket dokument du menar. De här ligger närmast:",
    nowhere="Jag hittar inget ställe i dokumenten som handlar om det.",
    unsaid="Jag hittar inte svaret på det i dokumenten.",
    which_meaning="Vad menar du?",
    worded="Formulerat av en språkmodell ur citaten.",
    one_missing="Dokumenten nämner inte {missing}.",
    more_missing="Dokumenten nämner varken {missing}.",
    alternative="eller",
    nearest="Närmast kommer det här:",
    characters="tecken",
    example="Vad handlar ”{title}” om?",
    any_example="Vad handlar dokumenten om?",
    which_document="Vilket dokument menar du? Nämn det i frågan, till exempel: {example}",
    more_documents="… och {count} till",
    selected="{count} dokument passar in, av titel, filnamn och datum att döma{order}:",
    unselected="Av titlar och filnamn framgår inte vilka dokument som är {missing}. Här är "
    "alla {count}{order}:",
    newest_first=", de nyaste först",
    oldest_first=", de äldsta först",
    oldest_dated_first=", de äldsta först och de utan datum sist",
    dated_first=", de nyaste först och de utan datum sist",
    no_dates="Det framgår inte när dokumenten är publicerade. Så här heter de:",
    told={
        Intent.GREETING: "Hej! Fråga mig om det som står i dokumenten, till exempel: {example}",
        Intent.THANKS: "Varsågod!",
        Intent.GOODBYE: "Hej då!",
        Intent.WHO: "Jag heter Källbot. Fråga mig om det som står i dokumenten, så svarar jag "
        "med orden som står där. Till exempel: {example}",
        Intent.HELP: "Skriv en fråga om det som står i dokumenten, så visar jag svaret och var "
        "det står. Till exempel: {example}",
        Intent.MACHINE: "Jag är ett datorprogram och ingen människa. Det jag svarar är hämtat "
        "ordagrant ur dokumenten.",
        Intent.PRAISE: "Tack, vad roligt att höra!",
        Intent.ABUSE: "Tråkigt att det inte blev bra. Fråga gärna igen med andra ord.",
        Intent.ACKNOWLEDGEMENT: "Okej! Skriv när du vill fråga något mer.",
        Intent.UNCLEAR: "Skriv gärna en hel fråga om det som står i dokumenten, till exempel: "
        "{example}",
        Intent.DOCUMENTS_ABOUT: "Så här heter dokumenten{order}:",
        Intent.DOCUMENTS_LIST: "Det här är dokumenten{order}:",
        Intent.DOCUMENTS_NEW: "Det här är nyast:",
        Intent.DOCUMENTS_OLD: "Det här är dokumenten{order}:",
        Intent.DOCUMENTS_COUNT: "Jag svarar ur {count} dokument.",
        Intent.TOPIC: "Det står något om det här:",
        Intent.SUMMARY: "I korthet, med dokumentets egna ord (inledningen och den mest typiska "
        "meningen, eller rubrikerna):",
    },
    months=_MONTHS,
    sources="Källor",
    source="Källa",
    on_page="s.",
    in_row="rad",
    both="och",
    show="Visa i källan",
    more="Fler träffar",
    back="◀ Svaret",
    next="Fler ▶",
    previous="◀ Förra",
    hits="Träffar {first}–{last}",
    no_hits="Det finns inga fler träffar.",
    page_of="Sida {page} av {pages}",
    thanks_up="Tack! Kul att svaret hjälpte.",
    thanks_down="Tack! Frågan läggs till dem vi övar på.",
    noted="Det är redan noterat.",
    forgotten="Frågan är glömd, så den knappen fungerar inte längre. Ställ frågan igen.",
    source_gone="Källan har ändrats eller tagits bort sedan svaret skrevs.",
    index_changed="Dokumenten har uppdaterats sedan svaret skrevs. Ställ frågan igen.",
    stale_button="Den knappen fungerar inte längre.",
    here="Här står det.",
    sent="Källan visas här nedanför.",
    empty="Skriv en fråga, till exempel: {example}",
    too_long="Frågan är för lång: {length} tecken. Högst {limit} går att läsa, så korta den.",
    too_heavy="Det här blir för mycket att gå igenom, så det får vara obesvarat. Fråga gärna om "
    "något mer avgränsat.",
    wait="Nu går det lite för fort. Fråga igen om {seconds} sekunder; det du skickar innan dess "
    "besvaras inte.",
    press_slower="Lite för fort. Tryck igen om en stund.",
    incident="Något gick fel hos mig, och frågan blev inte besvarad. Försök igen, och om det "
    "upprepas: berätta för den som sköter boten att det gäller händelse {number}.",
)

ENGLISH: Final = Wording(
    yes="Yes.",
    no="No.",
    tentative="Probably, but check the source:",
    unsure="I am not sure, but this is the nearest.",
    unsure_which="I am not sure which document you mean. These are the nearest:",
    nowhere="I find no place in the documents that is about that.",
    unsaid="I do not find the answer to that in the documents.",
    which_meaning="Which do you mean?",
    worded="Worded by a language model out of the quotes.",
    one_missing="The documents do not mention {missing}.",
    more_missing="The documents mention neither {missing}.",
    alternative="nor",
    nearest="The nearest is this:",
    characters="characters",
    example="What is ”{title}” about?",
    any_example="What are the documents about?",
    which_document="Which document do you mean? Name it in your question, as in: {example}",
    more_documents="… and {count} more",
    selected="{count} of the documents fit by title, file name and date{order}:",
    unselected="By title and file name, none of the documents are {missing}. These are all "
    "{count}{order}:",
    newest_first=", the newest first",
    oldest_first=", the oldest first",
    oldest_dated_first=", the oldest first and those without a date last",
    dated_first=", the newest first and those without a date last",
    no_dates="When the documents were published is not known. These are their titles:",
    told={
        Intent.GREETING: "Hello! Ask me about what the documents say, for example: {example}",
        Intent.THANKS: "You are welcome!",
        Intent.GOODBYE: "Goodbye!",
        Intent.WHO: "My name is Källbot. Ask me about what the documents say, and I answer in "
        "their own words. For example: {example}",
        Intent.HELP: "Write a question about what the documents say, and I show the answer and "
        "where it says so. For example: {example}",
        Intent.MACHINE: "I am a computer program and no human. What I answer is taken word for "
        "word from the documents.",
        Intent.PRAISE: "Thank you, good to hear!",
        Intent.ABUSE: "Sorry that it did not help. Please ask again in other words.",
        Intent.ACKNOWLEDGEMENT: "Okay! Write whenever you want to ask something more.",
        Intent.UNCLEAR: "Please write a whole question about what the documents say, for "
        "example: {example}",
        Intent.DOCUMENTS_ABOUT: "These are the titles of the documents{order}:",
        Intent.DOCUMENTS_LIST: "These are the documents{order}:",
        Intent.DOCUMENTS_NEW: "These are the newest:",
        Intent.DOCUMENTS_OLD: "These are the documents{order}:",
        Intent.DOCUMENTS_COUNT: "I answer from {count} documents.",
        Intent.TOPIC: "There is something about it here:",
        Intent.SUMMARY: "In short, in its own words (how it begins and its most typical sentence, "
        "or its headings):",
    },
    months=_ENGLISH_MONTHS,
    sources="Sources",
    source="Source",
    on_page="p.",
    in_row="row",
    both="and",
    show="Show in source",
    more="More hits",
    back="◀ The answer",
    next="More ▶",
    previous="◀ Previous",
    hits="Hits {first}–{last}",
    no_hits="There are no more hits.",
    page_of="Page {page} of {pages}",
    thanks_up="Thank you! Glad that it helped.",
    thanks_down="Thank you! We will practise on this question.",
    noted="That is noted already.",
    forgotten="The question has been forgotten, so this button is dead. Please ask again.",
    source_gone="The source has been changed or removed since this was answered.",
    index_changed="The documents have been updated since this was answered. Please ask again.",
    stale_button="This button no longer works.",
    here="It says so here.",
    sent="The source is shown below.",
    empty="Write a question, for example: {example}",
    too_long="The question is too long: {length} characters. At most {limit} can be read.",
    too_heavy="This is too much to go through, so it is left unanswered. Please ask about "
    "something narrower.",
    wait="That is a little too fast. Ask again in {seconds} seconds; what you send before that "
    "is not answered.",
    press_slower="A little too fast. Press again in a moment.",
    incident="Something went wrong here, and the question was not answered. Please try again, "
    "and if it happens again, tell whoever runs the bot that it is incident {number}.",
)


def wording_in(language: str) -> Wording:
    """The texts in a language; Swedish unless it is English."""
    return ENGLISH if language == Language.ENGLISH else SWEDISH


# The terminal

SEARCHING = "Letar i dokumenten …"
MODEL_WRITES = "Språkmodellen läser och skriver …"
OPENED = "Öppnar {place}"
REPL_GREETING = (
    "Källbot svarar på frågor om {documents} dokument och visar var svaret står. "
    "Skriv en fråga, till exempel: {example} Eller /hjälp."
)
REPL_HELP = """\
Skriv en fråga på vanlig svenska, till exempel: {example}
Följdfrågor går bra: ”Och när var det?”

  /källa N   visa citat N i sitt dokument (från det senaste svaret)
  /öppna N   öppna källa N på det ställe som citeras, om datorn kan
  /fler      visa mer av en lång lista, eller fler träffar
  /sök ORD   visa de närmaste styckena
  /ny        börja en ny konversation
  /hjälp     visa den här hjälpen
  /sluta     avsluta (eller Ctrl-D)"""
REPL_BROKEN_OFF = "Avbrutet. Det som är sagt hittills finns kvar, /sluta avslutar."
REPL_PROMPT = "Fråga: "
REPL_NEW = "Ny konversation."
REPL_NO_SOURCE = "Det finns ingen källa {number} till det senaste svaret."
REPL_WHICH_SOURCE = "Vilken källa? Skriv till exempel /källa 1."
REPL_MORE = "/fler visar fler."
REPL_NO_MORE = "Det finns inget mer att visa."
SHELL_MORE = "kallbot documents visar alla."
REPL_WHAT_SEARCH = "Vad ska jag söka efter? Skriv till exempel /sök trygghet."
REPL_UNKNOWN = "{command} är inget kommando. /hjälp visar dem som finns."
REPL_EMPTY = "Skriv en fråga, eller /hjälp."
REPL_TOO_LONG = "Frågan är för lång: högst {limit} tecken, den här har {count}."
REPL_NO_HITS = "Inget stycke hittades."

# Telegram

THUMB_UP: Final = "👍"
THUMB_DOWN: Final = "👎"

START: Final = (
    "<b>Hej! Jag är Källbot.</b>\n\n"
    "Fråga mig något, så letar jag i dokumenten och svarar med orden som står där, och med källan "
    "så att du kan kontrollera. Är jag inte säker säger jag det, och visar vad som är närmast.\n\n"
    "Prova till exempel: <i>{example}</i>\n\n"
    "/kallor visar vilka dokument jag svarar ur, /hjalp allt jag kan."
)
HELP: Final = (
    "<b>Så här gör du</b>\n\n"
    "Skriv din fråga som du skulle ställa den till en människa: <i>{example}</i> En följdfråga kan "
    "vara kort: <i>Och när var det?</i> Ändrar du frågan så ändrar jag svaret. Svarar du på "
    "ett av mina svar gäller frågan det svaret.\n\n"
    "<b>Visa i källan</b> visar stycket som svaret står i. <b>Fler träffar</b> visar vad mer som "
    "liknar. Med 👍 och 👎 hjälper du till att göra mig bättre.\n\n"
    "/kallor – dokumenten jag svarar ur\n"
    "/sok <i>ord</i> – sök stycken i dokumenten\n"
    "/ny – börja om, utan det vi har talat om\n"
    "/om – version, modell och integritet\n"
    "/glom – radera allt som är sparat om dig\n\n"
    "<b>I en grupp</b> svarar jag på /fraga, när någon nämner mig och på svar till mig. "
    "I andra chattar: skriv mitt användarnamn och din fråga.\n\n"
    "<i>Questions in English are answered from the Swedish sources.</i>"
)
ADMIN_HELP: Final = (
    "\n\n<b>För dig som sköter boten</b>\n"
    "/status – hur det står till\n"
    "/uppdatera – läs om dokumenten\n"
    "/tabort – ta bort ett dokument\n"
    "Skicka en textfil till mig för att lägga till den."
)
COMMANDS: Final = (
    ("hjalp", "Så här gör du", "How it works"),
    ("kallor", "Dokumenten jag svarar ur", "The documents I answer from"),
    ("sok", "Sök stycken i dokumenten", "Search the documents"),
    ("fraga", "Ställ en fråga (i grupper)", "Ask a question (in groups)"),
    ("ny", "Börja om, utan det vi har talat om", "Start over"),
    ("om", "Version, modell och integritet", "Version, model and privacy"),
    ("glom", "Radera allt som är sparat om dig", "Delete what is stored about you"),
)
NEW: Final = "Då börjar vi om. Jag tänker inte längre på det du frågade tidigare."
FORGOTTEN: Final = (
    "Nu är allt som var sparat om dig raderat: dina frågor, svaren på dem och dina omdömen. "
    "Knapparna under äldre svar fungerar inte längre."
)
ONLY_TEXT: Final = (
    "Jag läser bara text. Skriv din fråga, så letar jag efter svaret i dokumenten. /hjalp"
)
NOT_HEARD: Final = (
    "Jag hör inte, jag läser bara text. Skriv det du vill veta, så letar jag efter svaret i "
    "dokumenten. /hjalp"
)
UNKNOWN_COMMAND: Final = "Det kommandot känner jag inte. /hjalp visar vad jag kan."
ADMINS_ONLY: Final = "Det kommandot är för den som sköter boten."
NO_ACCESS: Final = (
    "Den här boten är inte öppen för alla. Skicka ditt id till den som sköter den: {user}"
)
NO_ACCESS_GROUP: Final = (
    "Den här boten är inte öppen för alla. Skicka till den som sköter den: ditt id {user} eller "
    "chattens id {chat}"
)
NO_ACCESS_CHAT: Final = (
    "Den här boten är inte öppen för alla. Skicka chattens id till den som sköter den: {chat}"
)
NO_ACCESS_SHORT: Final = "Ingen åtkomst. Ditt id: {user}"
ASK_IN_GROUP: Final = "Skriv frågan efter kommandot: /fraga {example}"
SEARCH_USAGE: Final = "Skriv vad du söker efter kommandot, till exempel: /sok årsredovisning"
SEARCH_NOTHING: Final = "Inget i dokumenten liknar det."
SOURCES_TITLE: Final = "Dokumenten, {count} st, de nyaste först"
INLINE_HIT: Final = "Träff: {title}"
INLINE_PLACE: Final = "Kanske här: {title}"

ABOUT: Final = (
    "<b>Källbot {version}</b>\n\n"
    "Svarar med exakta citat ur {documents} dokument ({passages} stycken), lästa {date}.\n"
    "Språkmodell: {model}\n\n"
    "<b>Integritet</b>\n"
    "{sent} Frågorna sparas i högst {history}, för följdfrågornas skull. {feedback} /glom raderar "
    "allt som är sparat om dig."
)
ABOUT_LOCAL: Final = "Allt behandlas på den dator där boten körs och lämnas inte vidare."
ABOUT_SENT: Final = (
    "Frågan, de senaste frågorna före den och de stycken som kan besvara den skickas till en "
    "språkmodell på {host}, som läser dem och formulerar svaret. Annat lämnas inte vidare."
)
ABOUT_FEEDBACK: Final = (
    "Trycker du på 👍 eller 👎 sparas frågan och svaret så att boten kan bli bättre."
)
ABOUT_NO_FEEDBACK: Final = "Omdömen sparas inte."
STATUS: Final = (
    "<b>Läget</b>\n\n"
    "Uppe sedan {started}\n"
    "Frågor: {questions}, varav osäkra: {found}, om sådant som inget dokument nämner: {nothing}\n"
    "Fel: {errors}\n"
    "Väntar på svar: {waiting}\n"
    "Omdömen: {up} 👍, {down} 👎\n"
    "Index {index}, {documents} dokument, {passages} stycken, {date}\n"
    "Minne: {memory} MB"
)

INDEXING: Final = "Jag läser in dokumenten, {percent} % klart. Svaret kommer när det är gjort."
INDEXING_PRESS: Final = "Jag läser in dokumenten, {percent} % klart. Försök igen om en stund."
INDEXED: Final = "Dokumenten är inlästa."
UPDATE_STARTED: Final = "Läser dokumenten …"
UPDATE_STEPS: Final = {
    "read": "Läser dokumenten: {done} av {total}",
    "embed": "Räknar på stycken: {done} av {total}",
    "write": "Skriver indexet …",
}
UPDATE_DONE: Final = (
    "Klart på {seconds} s: {documents} dokument, {passages} stycken. "
    "Nya: {added}, ändrade: {changed}, borttagna: {removed}."
)
UPDATE_UNCHANGED: Final = "Inget har ändrats: {documents} dokument, {passages} stycken."
UPDATE_SKIPPED: Final = "Gick inte att läsa:"
UPDATE_NOTES: Final = "Lästes bara delvis:"
AND_MORE: Final = "och {count} till"
UPDATE_BUSY: Final = "En annan process läser redan om dokumenten. Försök igen om en stund."
UPDATE_FAILED: Final = (
    "Det gick inte att uppdatera. Boten svarar ur det gamla indexet, och i loggen står varför."
)
NO_FOLDER: Final = (
    "Boten svarar ur dokumenten som Källbot har med sig, och de ändras inte. Sätt "
    "KALLBOT_DOCUMENTS till en egen mapp för att lägga till eller ta bort dokument."
)
UPLOAD_TOO_BIG: Final = "Filen är på {size:.1f} MB. Högst 20 MB går att ta emot, så dela upp den."
UPLOAD_NOT_TEXT: Final = (
    "Det är {kind}, och den sortens fil kan jag inte läsa. Skicka dokumentet som text, PDF, Word, "
    "Excel, PowerPoint, OpenDocument, EPUB, RTF, HTML, e-post, CSV eller JSONL."
)
UPLOAD_EMPTY: Final = "Filen är tom."
UPLOAD_KNOWN: Final = "Precis det dokumentet finns redan: {name}"
UPLOAD_UNREADABLE: Final = "Filen går inte att läsa{reason}."
UPLOAD_NOT_FETCHED: Final = "Filen gick inte att hämta från Telegram. Skicka den igen."
UPLOAD_OFFER: Final = "Lägga till <b>{title}</b> ({size}) bland dokumenten? Det sparas som {name}."
UPLOAD_YES: Final = "Ja, lägg till"
UPLOAD_NO: Final = "Nej"
UPLOAD_DROPPED: Final = "Då låter jag bli."
UPLOAD_GONE: Final = "Filen finns inte kvar hos mig. Skicka den igen."
UPLOAD_STORED: Final = "Sparat som {name}. "
FOLDER_FAILED: Final = "Det gick inte att skriva i dokumentmappen: {reason}"
FILE_KINDS: Final = (
    (b"PK\x03\x04", "ett arkiv eller Office-dokument"),
    (b"\xd0\xcf\x11\xe0", "ett äldre Office-dokument"),
    (b"\x89PNG", "en bild"),
    (b"\xff\xd8\xff", "en bild"),
    (b"GIF8", "en bild"),
    (b"\x7fELF", "ett program"),
    (b"MZ", "ett program"),
    (b"\x1f\x8b", "ett arkiv"),
)
REMOVE_WHICH: Final = "Vilket dokument ska tas bort?"
REMOVE_SURE: Final = "Ta bort <b>{title}</b> ({name})? Filen flyttas till {folder}."
REMOVE_YES: Final = "Ja, ta bort"
REMOVE_NO: Final = "Nej, behåll"
REMOVE_KEPT: Final = "Då får det vara kvar."
REMOVE_UNKNOWN: Final = "Det dokumentet finns inte: {name}"
REMOVED: Final = "Borttaget: {name}. "

TOKEN_MISSING: Final = (
    "no bot token: get one from @BotFather and write TELEGRAM_BOT_TOKEN=<token> in the environment"  # noqa: S105 - a message
)
TOKEN_REFUSED: Final = (
    "Telegram does not accept the bot token: copy it again from @BotFather into TELEGRAM_BOT_TOKEN"  # noqa: S105
)
NO_ACCESS_SETTING: Final = (
    "nothing says who may ask the bot: write KALLBOT_ACCESS=open to let everybody, or "
    "KALLBOT_ACCESS=allowlist and KALLBOT_ALLOWED=<ids of users and chats, with commas between>"
)
CONFLICT: Final = (
    "another instance is running with the same bot token (409 Conflict): stop it, or give this "
    "one a token of its own"
)
STATE_FAILED: Final = (
    "cannot keep anything in {folder} ({reason}): make the folder writable, or name another in "
    "KALLBOT_STATE"
)
NO_POSTGRES: Final = (
    "KALLBOT_POSTGRES_URI needs the driver of PostgreSQL: install it with "
    "`pip install 'kallbot[postgres]'`"
)
WEBHOOK_PORT: Final = "cannot listen on {address}:{port} ({reason}): choose another port"


_PROBLEMS: Final = (
    ("encrypted", "den är låst med lösenord"),
    ("is read up to", "den är skadad, och bara början är läst"),
    ("damaged", "den är skadad"),
    ("takes too long", "det tar för lång tid"),
    ("reader crash", "den är skadad"),
    ("a scan", "den är inskannad och har ingen text"),
    ("scanned", "inskannade sidor har ingen text"),
    ("no text", "den har ingen text"),
    ("is empty", "den är tom"),
    ("more than", "den är för stor"),
    ("over the", "den är för stor"),
    ("format is not", "det slaget läses inte"),
    ("not a text file", "det är ingen text"),
    ("encoding", "teckenkodningen är okänd"),
    ("matter", "metadata är felskrivna"),
    ("metadata", "metadata är felskrivna"),
    ("cannot be read", "den går inte att öppna"),
    ("nothing in it", "inget i den går att läsa"),
    ("more memory", "den är för stor"),
    ("cannot read it", "den går inte att läsa"),
    ("antiword", "den är i ett äldre format och behöver sparas om"),
    ("no e-mail", "det är inget e-brev"),
    ("no web page", "det är ingen webbsida"),
    ("a device", "det är ingen fil"),
    ("links to a folder", "länken leder till en mapp som redan är läst"),
    ("not UTF-8", "filnamnet har tecken som inte går att läsa"),
    ("another document", "ett annat dokument har samma namn"),
    ("be followed", "det som står i den går inte att följa"),
)


def problem(message: str) -> str:
    """The Swedish text for a known problem with a document; "" if it is unknown."""
    return next((swedish for english, swedish in _PROBLEMS if english in message), "")


def problem_line(message: str) -> str:
    """A message from the index, which begins with the name of a file, in Swedish."""
    name, _, reason = message.partition(": ")
    said = problem(reason)
    return f"{name}: {said}" if said else name


def duration(minutes: int) -> str:
    """A duration in Swedish words."""
    if minutes % 60 or not minutes:
        return f"{minutes} minuter"
    return "1 timme" if minutes == 60 else f"{minutes // 60} timmar"


def size(count: int) -> str:
    """A size in bytes, formatted in Swedish."""
    if count < 1000:
        return f"{count} byte"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB".replace(".", ",")
