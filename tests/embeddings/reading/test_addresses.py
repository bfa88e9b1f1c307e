import pytest

from embeddings.reading.addresses import web_address


@pytest.mark.parametrize(
    "said",
    [
        "https://example.org",
        "http://example.org:8080/a?b=c#d",
        "https://åsby.se/möte",
        "https://[2001:db8::1]/a",
        "https://example.org/[utkast]",
    ],
)
def test_address_that_leads_somewhere_is_kept_as_it_is(said):
    assert web_address(said) == said


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "https://[x]",
        "https://[kommunens adress]/sotning",
        "https://[ekvik.se](https://ekvik.se)/beslut/12",
        "https://",
        "https:///bara/en/sökväg",
        "http://example.org:port/",
        "http://example.org:99999/",
        "javascript:alert(1)",
        "ftp://example.org",
        "/nyheter/1",
        "www.example.org",
        "https://example.org/ett två",
        'https://example.org/"><b>',
        "https://example.org/\x1b[2J",
        "https://example.org/\n",
    ],
)
def test_what_is_no_address_is_none(said):
    assert web_address(said) is None
