"""Documents that were agreed beside a version: which there are, bringing one, and taking one away to read."""

from typing import Any

from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoints import Body, ListEndpoint, access, written_once
from contracts.api.contracts import OfVersion
from contracts.models import Attachment
from contracts.operations import attachments

CREATED = 201


class AttachmentShown(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text=_("Bytes"))
    uploaded_at = serializers.DateTimeField()


class AttachBody(Body):
    file = serializers.FileField()


class Attachments(ListEndpoint, OfVersion):
    """Documents kept with one version. The version's text names them; what it does not name is not taken."""

    action = "contract.view"
    writes = "contract.load"
    answers = AttachmentShown
    takes = AttachBody
    gives = AttachmentShown
    created = CREATED
    parser_classes = (MultiPartParser,)
    what = _("Documents of a contract")

    def rows(self, request: Request, code: str, number: int, **kwargs: Any) -> Any:
        return self.version(request, code, number).attachments.order_by("file_name")

    @written_once
    def post(self, request: Request, code: str, number: int) -> Response:
        """Bring one document as multipart/form-data. The same content again changes nothing."""
        version = self.allowed(request, code, number)
        file = self.body(request)["file"]
        if file.size > attachments.LARGEST_BYTES:
            sentence = _("The file is larger than %(size)s MB.") % {"size": attachments.LARGEST_BYTES // 1_000_000}
            raise serializers.ValidationError({"file": [sentence]})
        [kept] = attachments.attach(
            version_id=version.pk,
            files=[attachments.File(file.name or "", file.read())],
            actor=request.user,
            now=timezone.now(),
        )
        return self.given(request, kept)


class AttachmentContent(OfVersion):
    """The document itself, always as a download of unknown type."""

    download = "application/octet-stream"

    def get(self, request: Request, code: str, number: int, pk: int) -> FileResponse:
        rows = Attachment.objects.visible_to(request.user).select_related("version__contract")
        found = self.visible(request, rows, pk=pk, version__contract__code=code, version__number=number)
        access(request).note(verb="export", what=f"{code} {found.version}, {found.file_name}")
        return FileResponse(
            found.stored.open("rb"),
            as_attachment=True,
            filename=found.file_name,
            content_type=self.download,
            headers={"X-Content-Type-Options": "nosniff"},
        )
