"""The rows of the interface for programs and its tokens, asked with tokens: see `routes.py` for what a row says.

`of_body` is the subject of an address whose body, not its path, names the contract.
"""

from tests.access.rows import SIGNED_IN, Row, form, page, write

_CONTRACT = "contract.view"
_CYCLE = "cycle.view"
_MEMBER = "member.view"

API_ROWS: list[Row] = [
    *form("accounts:tokens", SIGNED_IN),
    *write("accounts:revoke_token", SIGNED_IN, "token", at="nobody"),  # somebody else's; one's own is a person's test
    *page("accounts_api:me", SIGNED_IN),
    *page("accounts_api:schema", SIGNED_IN),
    *page("accounts_api:docs", SIGNED_IN),
    *page("jobs_api:jobs", "job.view"),
    *page("jobs_api:job", "job.view", "job", "job.view", at="side"),
    *page("contracts_api:contracts", _CONTRACT),
    *write("contracts_api:contracts", "contract.load", body="api_document"),
    *page("contracts_api:contract", _CONTRACT, "contract", _CONTRACT),
    *page("contracts_api:versions", _CONTRACT, "contract", _CONTRACT),
    *page("contracts_api:version", _CONTRACT, "version", _CONTRACT),
    *page("contracts_api:document", _CONTRACT, "version", _CONTRACT),
    *write("contracts_api:sign", "contract.sign", "draft", _CONTRACT, "contract.sign", body="api_sign"),
    *write("contracts_api:align", "contract.align", "draft", _CONTRACT, "contract.align"),
    *write("contracts_api:withdraw", "contract.load", "draft", _CONTRACT, "contract.load", body="reason"),
    *page("contracts_api:feeds", "feed.view"),
    *write("contracts_api:feeds", "feed.upload", "of_body", _CONTRACT, "feed.upload", body="api_feed"),
    *page("contracts_api:feed", "feed.view", "feed_run", "feed.view"),
    *page("contracts_api:rejects", "feed.view", "feed_run", "feed.view"),
    *write("contracts_api:apply", "feed.upload", "feed_run", "feed.view", "feed.upload"),
    *write("contracts_api:discard", "feed.upload", "feed_run", "feed.view", "feed.upload"),
    *page("eligibility_api:members", _MEMBER),
    *page("eligibility_api:member", _MEMBER, "member", _MEMBER),
    *page("eligibility_api:assignments", "team.view", "member", "team.view"),
    *page("baseline_api:records", "activity.view"),
    *page("baseline_api:record", "activity.view", "activity", "activity.view"),
    *page("variance_api:cycles", _CYCLE),
    *write("variance_api:cycles", "cycle.run", "of_body", _CYCLE, "cycle.run", body="api_open"),
    *page("variance_api:cycle", _CYCLE, "cycle", _CYCLE),
    *write("variance_api:calculate", "cycle.run", "cycle", _CYCLE, "cycle.run"),
    *write("variance_api:submit", "cycle.prepare", "cycle", _CYCLE, "cycle.prepare", at="provider"),
    *write("variance_api:approve", "cycle.approve", "cycle_in_review", _CYCLE, "cycle.approve", at="commissioner"),
    *write("variance_api:close", "cycle.run", "cycle", _CYCLE, "cycle.run"),
    *write("variance_api:send_back", "cycle.prepare", "cycle", _CYCLE, "cycle.prepare", body="reason"),
    *page("variance_api:lines", _CYCLE, "cycle", _CYCLE),
    *page("variance_api:rows", _CYCLE, "closed", _CYCLE),
    *page("variance_api:gates", _CYCLE, "cycle", _CYCLE),
    *page("variance_api:cycle_unpaid", _CYCLE, "cycle", _CYCLE),
    *page("variance_api:exceptions", _CYCLE, "cycle", _CYCLE),
    *page("variance_api:ledger", _CYCLE),
    *page("variance_api:entry", _CYCLE, "entry", _CYCLE),
    *page("variance_api:unpaid", _CYCLE),
    *page("variance_api:statements", _CYCLE),
    *page("variance_api:statement", _CYCLE, "statement", _CYCLE),
    *page("variance_api:statement_lines", _CYCLE, "statement", _CYCLE),
    *page(
        "authorizations_api:standing",
        "standing.view",
        "contract",
        "contract.view",
        "standing.view",
        query="first_day=2026-01-01&last_day=2026-12-31",
    ),
    *page("authorizations_api:second_looks", "second_look.view"),
    *page("authorizations_api:second_look", "second_look.view", "second_look", "second_look.view"),
    *write(
        "authorizations_api:second_look",
        "second_look.give",
        "second_look",
        "second_look.view",
        "second_look.give",
        body="second_look",
    ),
]
