"""A file of proof on its way out: always a download of unknown type, so that no browser opens what was brought."""

from django.http import FileResponse
from django.utils.translation import gettext_lazy

from eligibility.models import Evidence
from eligibility.rules.evidence import DOCX, JPEG, PDF, PNG

KINDS = {
    PDF: gettext_lazy("PDF"),
    PNG: gettext_lazy("picture (PNG)"),
    JPEG: gettext_lazy("picture (JPEG)"),
    DOCX: gettext_lazy("Word document"),
}
DRAWN = {PDF, PNG, JPEG}  # what pages show as a picture


def download(found: Evidence) -> FileResponse:
    """The caller has asked `visible_to` and notes it in the access log."""
    return FileResponse(
        found.stored.open("rb"),
        as_attachment=True,
        filename=found.file_name,
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"},
    )
