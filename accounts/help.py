"""In-app help: one topic in plain words for each kind of page; a page finds its topic by its URL name."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Topic:
    """`pages` are URL names ("accounts:people") or whole namespaces ("variance:*"); the text is `help/<slug>.html`."""

    slug: str
    title: Any
    pages: tuple[str, ...] = ()
    order: int = 50


_topics: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    """Called in AppConfig.ready of the stage whose pages it explains."""
    _topics[topic.slug] = topic


def topics() -> list[Topic]:
    return sorted(_topics.values(), key=lambda topic: (topic.order, topic.slug))


def topic(slug: str) -> Topic | None:
    return _topics.get(slug)


def topic_of(view_name: str) -> Topic | None:
    """The topic that names the page itself, else the one that names its namespace."""
    namespace = view_name.rpartition(":")[0]
    for wanted in (view_name, f"{namespace}:*"):
        for candidate in topics():
            if wanted in candidate.pages:
                return candidate
    return None
