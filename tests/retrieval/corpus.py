"""A small municipality's papers: minutes, a press release with its article, news, a decision."""

MINUTES = """\
---
title: Protokoll från kulturnämnden i Ljusforsa
published: 2021-03-18
publisher: Ljusforsa kommun
url: https://ljusforsa.example/kultur/protokoll
---
# Protokoll från kulturnämnden

Kulturnämnden sammanträdde den 16 mars i Åsby bibliotek och gick igenom ansökningarna om \
föreningsbidrag. Sammanlagt 37 föreningar hade sökt pengar för det kommande året.

## Närvarande ledamöter

- Märta Åkerblom, ordförande
- Örjan Sjöqvist, vice ordförande
- Ebba Lindgren-Ek, sekreterare
- Yusuf Demirci

## Simhallen

Nämnden beslutade att rusta upp simhallen för 14,5 miljoner kronor. Simhallen stängs under \
sommaren eftersom reningsverket måste bytas ut. Kommundirektör Rut Hallengren fick i uppdrag att \
ta fram en tidsplan.
"""

RELEASE = """\
Pressmeddelande från Länsstyrelsen i Gävleborgs län

Landshövdingen samlar myndigheter till övning om översvämning

Publicerad

Den 9 september håller landshövding Ingegerd Wallströmer en övning om översvämning i Åsby \
tillsammans med fem myndigheter.

– Vattnet väntar inte på att vi ska bli klara. Därför övar vi på riktigt, med båtar och \
sandsäckar, säger Ingegerd Wallströmer.

Vid frågor kontakta kommunikatör Håkan Ängström: 0270-55 12 34, hakan.angstrom@lst.example

Medverkande myndigheter

• Trafikverket
• Kustbevakningen
• Livsmedelsverket
• SMHI
• Försvarsmakten

Övningen är öppen för press mellan klockan tio och tolv.

Presskontakt

Siv Blåberg
Pressansvarig hos länsstyrelsen
Telefon 026-17 90 00
"""

NOTICE = "Mellan den 2 maj 2011 och den 30 juni 2016 var hon generalsekreterare."

ARTICLE = f"""\
Landshövdingar på denna sida som har bytt län

{NOTICE}

Landshövdingar på denna sida som har bytt län

{NOTICE}

Artikel från Länsstyrelsen i Gävleborgs län

Båtar och sandsäckar när myndigheterna övade

Publicerad

Landshövding Ingegerd Wallströmer samlade myndigheterna för att öva på att hantera höga flöden i \
älven.

Kustbevakningens stationschef Tora Björkhem påpekade att radion tystnade i dalgången. Hon ville \
därför se en gemensam radiokanal redan före vintern.

Medverkande myndigheter

• Trafikverket, Sven-Åke Öhrn, regionchef, Lo Ekmark, utredare

• Kustbevakningen, Tora Björkhem, stationschef

• Livsmedelsverket, PerNilsgård, avdelningschef

• SMHI, Ellen Sjöö, generaldirektör, anna Dahlberg, hydrolog

• Försvarsmakten, Kjell Ruda, överste

Landshövdingar på denna sida som har bytt län

{NOTICE}
"""

NEWS = """\
Publicerad 4 november 2022
Nyhet

Rådhustorget blir gågata

Kommunstyrelsen har beslutat att Rådhustorget ska bli gågata från den 1 juni 2023. Bilarna får \
i stället köra längs Ågatan.

– Torget ska bli en plats för människor och inte för avgaser, säger Göran Tallkvist, \
kommunalråd i Ljusforsa.

Handlarna har fått tycka till. Av de 48 butikerna sa 31 ja till förslaget.

Det är ännu inte klart vilka uteserveringar som får plats på torget.
"""

DECISION = """\
# Beslut om elsparkcyklar

Trafiknämnden i Ljusforsa beslutade den 22 augusti 2019 att elsparkcyklar inte får parkeras på \
trottoarer. Beslutet gäller i tre år.

## Skäl för beslutet

Synskadades riksförbund har pekat på att fordonen utgör ett hinder för personer med nedsatt syn. \
Polismyndigheten tillstyrkte förslaget.

## Avgifter

Företag som hyr ut elsparkcyklar betalar 1 400 kronor per fordon och år.
"""

DOCUMENTS = {
    "artikel.txt": ARTICLE,
    "beslut/elsparkcyklar.md": DECISION,
    "nyhet.txt": NEWS,
    "pressmeddelande.txt": RELEASE,
    "protokoll.md": MINUTES,
}
