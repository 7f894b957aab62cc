"""Errors reported to a Sentry, for whoever wants that. They leave the installation, so no person's data goes along."""

from typing import Any

import sentry_sdk

OFF = {"mode": "off"}


def report_errors(dsn: str, **options: Any) -> None:
    """From here on unhandled errors go to `dsn`: where in the code and which kind of error, not whose data."""
    sentry_sdk.init(
        dsn=dsn,
        data_collection={
            "user_info": False,
            "cookies": OFF,
            "http_headers": {"request": OFF},
            "http_bodies": [],
            "url_query_params": OFF,
            "database_query_data": False,
            "queues": False,
            "stack_frame_variables": False,
        },
        max_breadcrumbs=0,  # what was logged or asked of the database before the error
        before_send=_without_the_message,
        **options,
    )


def _without_the_message(event: Any, _hint: Any) -> Any:
    """An error's message often quotes the value that it is about, and an address names whose page it was."""
    for error in event.get("exception", {}).get("values", []):
        error["value"] = ""
    event.pop("request", None)
    event.pop("logentry", None)
    event.pop("extra", None)
    return event
