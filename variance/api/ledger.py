"""The ledger, unpaid work, and statements."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Endpoint, ListEndpoint, access
from eligibility.queries.identities import identity_of
from variance.api.shown import EntryShown, LineShown, MemberRows, StatementShown, UnpaidShown
from variance.filters import LedgerFilters, LineFilters, StatementFilters, UnpaidFilters
from variance.queries import pages


class Ledger(MemberRows):
    """Every amount that closed months have posted, never edited."""

    action = "cycle.view"
    answers = EntryShown
    filters = LedgerFilters
    what = _("Ledger")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return pages.ledger().visible_to(request.user)


class OneEntry(Endpoint):
    """One posted difference, with the clause that priced it."""

    action = "cycle.view"
    answers = EntryShown

    def get(self, request: Request, pk: int) -> Response:
        entry = self.visible(request, pages.ledger().visible_to(request.user), pk=pk)
        identities = identity_of(request.user, {entry.member_id} - {None})
        told = [member for member, shown in identities.items() if shown.identified]
        if told:
            access(request).note(verb="view", what=str(_("Ledger entry %s")) % entry.entry_no, members=told)
        return self.answered(request, entry, identities=identities)


class AllUnpaid(MemberRows):
    """Every record, or part of one, that the latest closed month to judge it did not pay."""

    action = "cycle.view"
    answers = UnpaidShown
    filters = UnpaidFilters
    what = _("Unpaid work")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return pages.latest_unpaid().visible_to(request.user)


class Statements(ListEndpoint):
    """One for every closed month, numbered for each contract."""

    action = "cycle.view"
    answers = StatementShown
    filters = StatementFilters
    what = _("Statements")

    def rows(self, request: Request, **kwargs: Any) -> Any:
        return pages.statements().visible_to(request.user)


class OneStatement(Endpoint):
    """One statement; what it says never changes."""

    action = "cycle.view"
    answers = StatementShown

    def get(self, request: Request, pk: int) -> Response:
        statement = self.visible(request, pages.statements().visible_to(request.user), pk=pk)
        return self.answered(request, statement)


class StatementLines(ListEndpoint):
    """The lines as issued, with the number of ledger entries behind each."""

    action = "cycle.view"
    answers = LineShown
    filters = LineFilters
    what = _("Statement")

    def rows(self, request: Request, pk: int, **kwargs: Any) -> Any:
        return pages.statement_lines(self.visible(request, pages.statements().visible_to(request.user), pk=pk))
