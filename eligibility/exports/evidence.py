"""A file of proof on its way out: always a download of unknown type, so that no browser opens what was brought."""

from django.http import FileResponse

from eligibility.models import Evidence


def download(found: Evidence) -> FileResponse:
    """The caller has asked `visible_to` and notes it in the access log."""
    return FileResponse(
        found.stored.open("rb"),
        as_attachment=True,
        filename=found.file_name,
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"},
    )
