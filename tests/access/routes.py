"""The table of every route and method: the action that its door declares, and what it does to which record.

A new route fails `test_matrix.py` until it has its line here. To add one: a `Row` for each method that the route is
meant for (`GET` shows, `POST` writes; what has no row of its own must change nothing). `subject` names an entry of
`Place.arguments` in `world.py`, which gives the address its parts; `see` is the action by which the record is
visible at all (otherwise 404), `needs` the action that the record demands beyond that (otherwise 403), and `at` who
counts: the sides of its contract, the organisation that the record belongs to, or nobody. `body` is a key of
`bodies.py`; `query` follows the address.
"""

from tests.access.rows import PUBLIC, SIGNED_IN, Row, form, page, write

_PEOPLE = "people.view"
_MANAGE = "people.manage"
_MEMBER = "member.view"
_CONTRACT = "contract.view"
_CYCLE = "cycle.view"
_TEAM = "team.view"

ROWS: list[Row] = [
    # accounts
    *page("accounts:home", SIGNED_IN),
    *page("accounts:search", SIGNED_IN),
    *page("accounts:help", SIGNED_IN),
    *page("accounts:topic", SIGNED_IN, "topic"),
    *page("accounts:notices", SIGNED_IN),
    *write("accounts:read_all", SIGNED_IN),
    *write("accounts:notice", SIGNED_IN, "notice", at="own"),
    *form("accounts:profile", SIGNED_IN, body="profile"),
    *page("accounts:second_factor", SIGNED_IN),
    *page("accounts:go_on", SIGNED_IN),
    *page("accounts:people", _PEOPLE),
    *form("accounts:add_person", _MANAGE, body="add_person"),
    *page("accounts:person", _PEOPLE, "person", _PEOPLE, at="side"),
    *form("accounts:give_role", _MANAGE, "person", _PEOPLE, at="side", body="role"),
    *form("accounts:deactivate", _MANAGE, "person", _PEOPLE, _MANAGE, at="side", body="reason"),
    *form("accounts:reset_second_factor", _MANAGE, "person", _PEOPLE, _MANAGE, at="side", body="reason"),
    *form("accounts:reactivate", _MANAGE, "leaver", _PEOPLE, _MANAGE, at="side", body="reason"),
    *form("accounts:end_role", _MANAGE, "membership", _PEOPLE, _MANAGE, at="side", body="last_day"),
    *form("accounts:name_deputy", SIGNED_IN, "membership", _PEOPLE, _MANAGE, at="side", body="deputy"),
    *form("accounts:end_deputy", SIGNED_IN, "deputy", _PEOPLE, _MANAGE, at="side", body="reason"),
    *page("accounts:access", "access.view"),
    *page("accounts:offline", PUBLIC),
    # jobs and health
    *page("jobs:jobs", "job.view"),
    *page("jobs:job", "job.view", "job", "job.view", at="side"),
    *page("health:live", PUBLIC),
    *page("health:ready", PUBLIC),
    # contracts
    *page("contracts:contracts", _CONTRACT),
    *form("contracts:load", "contract.load", body="document"),
    *page("contracts:schema", _CONTRACT),
    *page("contracts:attachment", _CONTRACT, "attachment", _CONTRACT),
    *page("contracts:contract", _CONTRACT, "contract", _CONTRACT),
    *page("contracts:choose_comparison", _CONTRACT, "contract", _CONTRACT, query="older=1&newer=2"),
    *page("contracts:compare", _CONTRACT, "compare", _CONTRACT),
    *page("contracts:version", _CONTRACT, "version", _CONTRACT),
    *page("contracts:download", _CONTRACT, "download", _CONTRACT),
    *form("contracts:attach", "contract.load", "draft", _CONTRACT, "contract.load", body="file"),
    *form("contracts:align", "contract.align", "draft", _CONTRACT, "contract.align", body="confirm"),
    *form("contracts:sign", "contract.sign", "draft", _CONTRACT, "contract.sign", body="sign"),
    *form("contracts:withdraw", "contract.load", "draft", _CONTRACT, "contract.load", body="reason"),
    *page("contracts:feeds", "feed.view"),
    *form("contracts:send_feed", "feed.upload", body="feed"),
    *page("contracts:feed_run", "feed.view", "feed_run", "feed.view"),
    *write("contracts:apply_feed", "feed.upload", "feed_run", "feed.view", "feed.upload"),
    *write("contracts:discard_feed", "feed.upload", "feed_run", "feed.view", "feed.upload"),
    *page("contracts:rejected_rows", "feed.view", "rejected", "feed.view", "member.identity"),
    *page("contracts:escalations", "escalation.view"),
    *page("contracts:escalation", "escalation.view", "escalation", "escalation.view"),
    *write(
        "contracts:escalation",
        "escalation.view",
        "escalation",
        "escalation.view",
        "escalation.decide",
        body="decision",
    ),
    *write("contracts:take_on", "escalation.decide", "escalation", "escalation.view", "escalation.decide"),
    # members and those who look after them
    *page("eligibility:members", _MEMBER),
    *page("eligibility:caseload", "member.identity"),
    *form("eligibility:hand_over", "member.assign", body="hand_over"),
    *page("eligibility:member", _MEMBER, "member", _MEMBER),
    *write("eligibility:reveal", "member.reveal", "member", _MEMBER, "member.reveal", body="reason"),
    *page("eligibility:history", _MEMBER, "member", _MEMBER),
    *page("eligibility:access", "access.view", "member", _MEMBER),
    *form("eligibility:assign", "member.assign", "member", _MEMBER, "member.assign", at="provider", body="assign"),
    *form("eligibility:cover", "member.assign", "member", _MEMBER, "member.assign", at="provider", body="cover"),
    *form("eligibility:add_coverage", "coverage.correct", "add_coverage", _MEMBER, "coverage.correct", body="add"),
    *form("eligibility:correct_dates", "coverage.correct", "span", _MEMBER, "coverage.correct", body="dates"),
    *form("eligibility:change_group", "coverage.correct", "span", _MEMBER, "coverage.correct", body="group"),
    *form("eligibility:void_coverage", "coverage.correct", "span", _MEMBER, "coverage.correct", body="reason"),
    *form(
        "eligibility:end_assignment", "member.assign", "assignment", _TEAM, "member.assign", at="provider", body="end"
    ),
    *form(
        "eligibility:withdraw_assignment",
        "member.assign",
        "assignment",
        _TEAM,
        "member.assign",
        at="provider",
        body="back",
    ),
    *page("eligibility:evidence", "evidence.view", "evidence", "evidence.view"),
    *page("eligibility:teams", _TEAM),
    *form("eligibility:add_team", "team.manage", body="add_team"),
    *page("eligibility:team", _TEAM, "team", _TEAM),
    *form("eligibility:rename_team", "team.manage", "team", _TEAM, "team.manage", at="provider", body="name"),
    *page("eligibility:practitioners", _TEAM),
    *form("eligibility:add_practitioner", "team.manage", body="add_practitioner"),
    *page("eligibility:practitioner", _TEAM, "practitioner", _TEAM),
    *form(
        "eligibility:describe_practitioner",
        "team.manage",
        "practitioner",
        _TEAM,
        "team.manage",
        at="provider",
        body="name",
    ),
    # delivered work
    *page("baseline:activities", "activity.view"),
    *page("baseline:of_member", "activity.view", "member", _MEMBER),
    *page("baseline:activity", "activity.view", "activity", "activity.view"),
    # money
    *page("variance:cycles", _CYCLE),
    *write("variance:open", "cycle.run", "contract", _CYCLE, "cycle.run"),
    *page("variance:cycle", _CYCLE, "cycle", _CYCLE),
    *write("variance:calculate", "cycle.run", "cycle", _CYCLE, "cycle.run"),
    *write("variance:submit", "cycle.prepare", "cycle", _CYCLE, "cycle.prepare", at="provider"),
    *write("variance:approve", "cycle.approve", "cycle_in_review", _CYCLE, "cycle.approve", at="commissioner"),
    *write("variance:close", "cycle.run", "cycle", _CYCLE, "cycle.run"),
    *form("variance:send_back", "cycle.prepare", "cycle", _CYCLE, "cycle.prepare", body="reason"),
    *page("variance:lines", _CYCLE, "cycle", _CYCLE),
    *page("variance:rows", _CYCLE, "closed", _CYCLE),
    *page("variance:cycle_unpaid", _CYCLE, "cycle", _CYCLE),
    *page("variance:exceptions", _CYCLE, "cycle", _CYCLE),
    *page("variance:ledger", _CYCLE),
    *page("variance:unpaid", _CYCLE),
    *page("variance:entry", _CYCLE, "entry", _CYCLE),
    *page("variance:member_panel", _CYCLE, "member", _MEMBER),
    *page("variance:activity_panel", _CYCLE, "activity", "activity.view"),
    *page("variance:statements", _CYCLE),
    *page("variance:statement", _CYCLE, "statement", _CYCLE),
    *page("variance:statement_file", _CYCLE, "statement_file", _CYCLE, "ledger.export"),
]

# What a package brings: about the person who asks, with no id of ours in the address. Listed, so that one more shows.
PACKAGE_ROUTES = frozenset(
    {
        "^api/",  # what is no address of the interface: 404 as it words it
        "sign-in/email/",
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_reauthenticate",
        "account_email",
        "account_email_verification_sent",
        "account_change_password",
        "account_set_password",
        "account_reset_password",
        "account_confirm_login_code",
        "account_confirm_email",
        "account_reset_password_from_key_done",
        "account_reset_password_from_key",
        "account_reset_password_done",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        "mfa_login_webauthn",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_signup",
        "socialaccount_connections",
        "sign-in/social/login/cancelled/",
        "sign-in/social/login/error/",
        "sign-in/social/signup/",
        "sign-in/social/connections/",
        "openid_connect_login",
        "openid_connect_callback",
    }
)
