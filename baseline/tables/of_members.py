"""Lists whose rows are about members."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from eligibility.queries.identities import Shown, identity
from eligibility.tables import drawn_records, member_link


class OfMembersTable(tables.Table):
    """Rows with a `member`, each shown as the reader may see them: read once for a page or a chunk of an export."""

    member = tables.Column(verbose_name=_("Member"), orderable=False)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        self._user = user
        super().__init__(*args, **options)

    @cached_property
    def shown(self) -> dict[int, Shown]:
        return identity(self._user, [record.member for record in drawn_records(self) if record.member_id])

    def export_row(self, record: Any, names: Sequence[str]) -> list[Any]:
        return [getattr(self, f"value_{name}")(record) for name in names]

    def render_member(self, record: Any) -> SafeString:
        return member_link(self.shown[record.member_id])

    def value_member(self, record: Any) -> str:
        return self.shown[record.member_id].code
