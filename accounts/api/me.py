"""Who am I, and what may I do."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Endpoint
from accounts.doors import SIGNED_IN
from accounts.models import Membership, Role
from accounts.permissions import POLICY, may
from accounts.queries.people import in_force


class RoleHeld(serializers.Serializer):
    organisation = serializers.CharField(source="organisation.code")
    organisation_name = serializers.CharField(source="organisation.name")
    role = serializers.ChoiceField(choices=Role.choices)
    starts_on = serializers.DateField()
    ends_before = serializers.DateField(allow_null=True)


class Person(serializers.Serializer):
    email = serializers.EmailField()
    name = serializers.CharField()
    roles = RoleHeld(many=True)
    actions = serializers.ListField(child=serializers.CharField())
    token_scope = serializers.CharField(allow_null=True)
    token_expires_at = serializers.DateTimeField(allow_null=True)
    token_last_used_at = serializers.DateTimeField(allow_null=True)


class Me(Endpoint):
    """The person who asks: roles in force, the actions that they give somewhere, and the token in use."""

    action = SIGNED_IN
    answers = Person

    def get(self, request: Request) -> Response:
        user, token = request.user, request.auth
        held = Membership.objects.filter(in_force(timezone.now().date()), user=user)
        person: dict[str, Any] = {
            "email": user.email,
            "name": user.name,
            "roles": held.select_related("organisation").order_by("organisation__code", "role"),
            "actions": sorted(name for name in POLICY if may(user, name)),
            "token_scope": getattr(token, "scope", None),
            "token_expires_at": getattr(token, "expires_at", None),
            "token_last_used_at": getattr(token, "last_used_at", None),
        }
        return self.answered(request, person)


class Nothing(Endpoint):
    """Every other address below the interface: 404 as JSON."""

    action = SIGNED_IN
    schema = None

    def check_parameters(self, request: Request) -> None:
        raise Http404

    def get(self, request: Request, **kwargs: Any) -> Response:
        raise Http404

    def post(self, request: Request, **kwargs: Any) -> Response:
        raise Http404
