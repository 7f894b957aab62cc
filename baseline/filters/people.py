"""What one's own caseload can be narrowed by."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from eligibility.models import Assignment


class PeopleFilter(django_filters.FilterSet):
    """Names may be searched: whoever looks after a member sees them."""

    q = django_filters.CharFilter(label=_("Name or reference"), method="search")

    class Meta:
        model = Assignment
        fields: list[str] = []

    def search(self, rows: QuerySet[Assignment], name: str, value: str) -> QuerySet[Assignment]:
        for word in value.split():
            found = Q(pk__in=[])
            for field in ("given_name", "family_name", "reference"):
                found |= Q(**{f"member__{field}__icontains": word})
            rows = rows.filter(found)
        return rows
