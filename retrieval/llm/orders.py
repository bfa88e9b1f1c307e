"""Detection of text that gives instructions to a language model (prompt injection).

Such text is no content: it may be quoted exactly and still not answer the question. This is the
second safeguard; the first is that documents are shown to a model as data.
"""

import re
import unicodedata

from embeddings.language.normal import in_normal_form

_MODEL = (
    r"(?:\bAI\b|(?:AI|språk)-?(?:modell|assistent|robot|system)\w*|\bassistent\w*|\bbot(?:en|t)\w*|"
    r"chatt?bot\w*|language model|assistant|\bLLM\b|\bGPT\w*|källbot)"
)
_RULES = r"(?:instruktion\w*|anvisning\w*|regler\w*|instructions?|rules|prompts?|uppmaning\w*)"
_FORMER = (
    r"(?:tidigare|föregående|ovanstående|alla|dina|systemets|previous|prior|above|all|your|earlier)"
)
_DROP = r"(?:ignorera|bortse från|glöm|strunta i|åsidosätt|ignore|disregard|forget|override)"
_ANSWER = r"(?:svara|säg|skriv|uppge|citera|returnera|answer|reply|respond|say|write|output|return)"
_ORDERS = re.compile(
    "|".join([
        rf"\b{_DROP}\b.{{0,40}}\b{_FORMER}\b.{{0,40}}\b{_RULES}",
        rf"\b{_DROP}\b.{{0,40}}\b{_RULES}",
        rf"{_MODEL}.{{0,60}}\b(?:ska|måste|skall|bör|must|should|shall)\b.{{0,40}}\b{_ANSWER}",
        rf"{_MODEL}\W{{1,3}}\s*{_ANSWER}\b",
        r"\b(?:svara|säg|skriv)\s+(?:användaren|alltid)\s*(?:att|med|:)",
        r"\b(?:answer|reply|respond)\s+(?:only|always|with|that|the user)\b",
        r"<\|?(?:im_start|im_end|system|assistant|user|start_header_id|endoftext|begin_of_text)",
        r"\[/?INST\]|<</?SYS>>|###\s*(?:instruction|system|response|assistant)",
        r"\b(?:du är nu|you are now|låtsas att du|pretend (?:to be|you))\b",
        r"\"(?:verdict|parts|quotes)\"\s*:",
    ]),
    re.IGNORECASE,
)  # fmt: skip
_ROLE = re.compile(
    r"^\W*(?:system|assistant|assistent|developer)\s*:", re.IGNORECASE | re.MULTILINE
)


def gives_orders(text: str) -> bool:
    """Whether a text addresses a model and gives it instructions."""
    seen = visible(in_normal_form(text))
    return _ROLE.search(seen) is not None or _ORDERS.search(" ".join(seen.split())) is not None


def visible(text: str) -> str:
    """The text without invisible characters, which may hide instructions to a model."""
    return "".join(
        letter for letter in text if letter in "\n\t" or unicodedata.category(letter)[0] != "C"
    )
