"""What is said on the page that comes next: kept on the server, and logged where it names a member."""

from collections.abc import Iterable, Iterator

from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.session import SessionStorage
from django.utils.translation import gettext as _

TAG = "member-"


def naming(members: Iterable[int]) -> str:
    """`extra_tags` for a message whose sentence tells these members' identity."""
    return " ".join(f"{TAG}{pk}" for pk in members)


class Messages(SessionStorage):
    """In the session, because a cookie would carry names to the browser; whatever page shows one, the log knows."""

    def __iter__(self) -> Iterator[Message]:
        for message in super().__iter__():
            tags = (message.extra_tags or "").split()
            if members := [int(tag.removeprefix(TAG)) for tag in tags if tag.startswith(TAG)]:
                self.request.access.note(verb="view", what=_("Message about what was done"), members=members)
            yield message
