"""Templates: every sentence can be translated, and nothing needs a hole in the content security policy."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from tests.architecture.source import named, templates

WORD = re.compile(r"[A-Za-z]{2,}")
SAID_TO_PEOPLE = {"aria-label", "alt", "title", "placeholder", "aria-description"}
NOT_SENTENCES = {"script", "style", "code"}
PROPER_NAMES = {"Blended Pilot", "CSV", "XLSX", "PDF", "JSON", "YAML", "SHA-256"}


def without_tags(source: str) -> str:
    """The template's own text: what Django would put in is left out, what is marked for translation too."""
    for paired in ("comment", "blocktranslate", "blocktrans", "verbatim"):
        source = re.sub(rf"{{%\s*{paired}\b.*?{{%\s*end{paired}\s*%}}", "", source, flags=re.DOTALL)
    return re.sub(r"{#.*?#}|{{.*?}}|{%.*?%}", "", source, flags=re.DOTALL)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sentences: list[str] = []
        self.holes: list[str] = []
        self.saved: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in NOT_SENTENCES:
            self._inside.append(tag)
        self.sentences += [str(given[name]) for name in SAID_TO_PEOPLE & given.keys()]
        self.holes += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "a" and "download" in given:
            self.saved.append(str(given.get("href")))
        if tag == "style" or (tag == "script" and "src" not in given):
            self.holes.append(f"inline {tag}")

    def handle_endtag(self, tag: str) -> None:
        if tag in NOT_SENTENCES and self._inside:
            self._inside.pop()

    def handle_data(self, text: str) -> None:
        if not self._inside:
            self.sentences.append(text)


def read(source: str) -> Reader:
    reader = Reader()
    reader.feed(without_tags(source))
    reader.close()
    return reader


def untranslated(source: str) -> Iterator[str]:
    for sentence in read(source).sentences:
        text = " ".join(sentence.split())
        if WORD.search(text) and text not in PROPER_NAMES:
            yield text


@pytest.mark.parametrize(
    "planted",
    [
        "<p>Nothing is waiting.</p>",
        '{% translate "Yes" %}, and no',
        '<input placeholder="Your name">',
        '<nav aria-label="Main">',
        "{% if a %}Late{% endif %}",
    ],
)
def test_a_sentence_that_cannot_be_translated_is_found(planted):
    assert list(untranslated(planted))


@pytest.mark.parametrize(
    "fine",
    [
        '<p>{% translate "Nothing is waiting." %}</p>',
        "{% blocktranslate %}Due {{ day }}{% endblocktranslate %}",
        "<td>{{ amount }} – {{ other }}</td>",
        "<code>member_ref</code>",
        "{% comment %}For whoever edits this.{% endcomment %}",
    ],
)
def test_what_needs_no_translation_is_not_found(fine):
    assert list(untranslated(fine)) == []


@pytest.mark.parametrize("planted", ['<p style="color:red">', '<a onclick="go()">', "<script>go()</script>", "<style>"])
def test_a_hole_in_the_policy_is_found(planted):
    assert read(planted).holes


def test_every_sentence_of_every_template_can_be_translated():
    found = {named(path): sentences for path in templates() if (sentences := list(untranslated(path.read_text())))}
    assert found == {}


def test_no_template_needs_a_hole_in_the_policy():
    found = {named(path): holes for path in templates() if (holes := read(path.read_text()).holes)}
    assert found == {}


def test_no_link_saves_whatever_comes_as_a_file():
    """An answer that is a file says so itself; with `download` a refusal or a request to confirm is saved unseen."""
    assert read('<a class="btn" href="{% address export=kind %}" download>CSV</a>').saved == [""]
    assert {named(path) for path in templates() if read(path.read_text()).saved} == set()
