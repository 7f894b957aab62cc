"""Files that are too large are not taken in: their bytes are counted as they come, and let go.

The first of the upload handlers. A view that says `limit_uploads(bytes)` (an endpoint: `upload_limit`) gets no file
beyond it; what was left out stands in `request.files_too_large` by field, for the sentence that says so.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., Any])


def limit_uploads(most_bytes: int) -> Callable[[View], View]:
    """Each file that is sent to the view has at most so many bytes. Put it above every other decorator."""

    def limited(view: View) -> View:
        view.upload_limit = most_bytes  # type: ignore[attr-defined]
        return view

    return limited


def files_too_large(request: HttpRequest) -> dict[str, str]:
    """(field, file name) of the files that were left out of this request. Read the form first: it is what reads."""
    return getattr(request, "files_too_large", {})


class LimitedUploads(FileUploadHandler):
    """Counts; keeps nothing itself."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self._asked: Any = self.request
        match = getattr(self._asked, "resolver_match", None)
        self._most = getattr(match.func, "upload_limit", None) if match else None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._read = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._read += len(raw_data)
        if self._most is not None and self._read > self._most:
            left_out = {**files_too_large(self._asked), str(self.field_name): str(self.file_name)}
            self._asked.files_too_large = left_out
            raise SkipFile  # the rest of this file is read over, the other fields of the form still come
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
