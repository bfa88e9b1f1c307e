"""Whether a text speaks to a language model and tells it what to answer.

That is no content: a document of it may be quoted to the letter and still says nothing of what was
asked. This is the second guard; the first is that documents are shown to a model as data.
"""

import re

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
        rf"\b{_ANSWER}\b\s+(?:användaren|alltid|endast|bara|nu|i stället|istället|med orden|"
        r"only|always|the user|that|instead|with)\b",
        r"<\|?(?:im_start|im_end|system|assistant|user|start_header_id|eot_id|endoftext|begin_of_text)",
        r"\[/?INST\]|<</?SYS>>|###\s*(?:instruction|system|response|assistant)",
        r"^\s*(?:system|assistant|assistent|developer)\s*:",
        r"\b(?:du är nu|you are now|låtsas att du|pretend (?:to be|you))\b",
        r"\"verdict\"\s*:|\"parts\"\s*:|\"quotes\"\s*:",
    ]),
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip


def gives_orders(text: str) -> bool:
    """Whether a text speaks to a model and tells it what to do."""
    return _ORDERS.search(text) is not None
