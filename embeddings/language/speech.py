"""Verbs of saying, in the present and the past."""

import re

_VERBS = (
    "säger sa sade menar menade berättar berättade förklarar förklarade skriver skrev påpekar "
    "påpekade konstaterar konstaterade kommenterar kommenterade tillägger tillade tycker tyckte "
    "anser ansåg understryker underströk framhåller framhöll betonar betonade lyfter lyfte talar "
    "talade belyser belyste svarar svarade hävdar hävdade uppger uppgav poängterar poängterade"
).split()

SPEECH_VERB = re.compile(rf"\b(?:{'|'.join(_VERBS)})\b", re.IGNORECASE)
