"""Which members a list of money rows identifies to its reader: what the access log has to hold."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from eligibility.queries.identities import identity_of


def members_identified(reader: Any) -> Callable[[Sequence[Any]], Iterable[int]]:
    def ids(records: Sequence[Any]) -> Iterable[int]:
        members = {record.member_id for record in records} - {None}
        return [member for member, shown in identity_of(reader, members).items() if shown.identified]

    return ids
