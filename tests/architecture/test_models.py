"""Every table says how it keeps its past, and the database keeps what the models promise."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from blended_pilot.kernel.audit import append_only_models, audited_models, history_gaps, history_models
from blended_pilot.kernel.constraints import CompositeForeignKey
from blended_pilot.kernel.triggers import Guard
from tests.architecture.source import APPS

# Neither audited nor append-only, and why that is right.
KEPT_WITHOUT_HISTORY = {
    "accounts.Notice": "a message in an inbox; what it tells of has its own history",
    "accounts.KeptReply": "the answer to a repeated request; what the request did has its own history",
    "contracts.Attachment": "stands once it is signed, by trigger; before that it is a draft",
    "contracts.FeedReject": "a row that was not applied, kept as it came and replaced with its run's check",
    "contracts.FeedRun": "its counts and states are written by one job and shown with their times",
    "jobs.Job": "the record of a run; attempts and progress change by the second and decide nothing",
}

BY_CALCULATION = "worked out anew by each calculation; the cycle's digest fixes what was reviewed"
KEPT_WITHOUT_HISTORY |= {
    f"variance.{name}": BY_CALCULATION for name in ("PreviewLine", "PreviewOutcome", "CycleException", "GateResult")
}

KEPT_WITHOUT_HISTORY["variance.MonthCount"] = "counted anew whenever its records change; it decides nothing"

# Rows that point at an organisation's data without the organisation in the key, and why they cannot go astray.
WITH_THE_ROW = "the statement that writes the row takes both from the same run"
OF_ONE_CONTRACT = "the statement that calculates takes every row of one contract"
WRITTEN_WITH_THEIR_ORGANISATION = {
    "baseline.Activity.feed_run": WITH_THE_ROW,
    "baseline.Event.feed_run": WITH_THE_ROW,
    "eligibility.CoverageSpan.feed_run": WITH_THE_ROW,
    "eligibility.LevelSpan.feed_run": WITH_THE_ROW,
    "eligibility.Referral.feed_run": WITH_THE_ROW,
    **{
        f"variance.{name}.{field}": OF_ONE_CONTRACT
        for name in ("CycleException", "PreviewLine", "PreviewOutcome")
        for field in ("activity", "member")
    },
}

ours = [model for model in apps.get_models() if model._meta.app_label in (*APPS, "jobs")]


def test_every_model_is_audited_append_only_or_listed_with_a_reason():
    kept = {*audited_models(), *append_only_models()}
    assert {model._meta.label for model in ours if model not in kept} == set(KEPT_WITHOUT_HISTORY)


def test_every_audited_model_has_its_triggers_and_every_history_only_grows():
    names = {"history_insert", "history_update", "history_delete", "refuse_truncate"}
    for model in audited_models():
        assert {trigger.name for trigger in model._meta.triggers} >= names, model
    assert set(history_models()) <= set(append_only_models())


def test_no_trigger_can_be_put_aside_by_a_setting():
    loose = [
        f"{model._meta.label}: {trigger.name}"
        for model in ours
        for trigger in getattr(model._meta, "triggers", [])
        if not isinstance(trigger, Guard)
    ]
    assert loose == []


@pytest.mark.django_db
def test_the_triggers_of_the_models_are_those_of_the_database():
    declared = {
        trigger.get_pgid(model) for model in apps.get_models() for trigger in getattr(model._meta, "triggers", [])
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'pgtrigger%'")
        installed = dict(cursor.fetchall())

    assert set(installed) == declared
    assert set(installed.values()) == {"O"}, "a trigger is disabled"


def test_audited_models_protect_what_they_point_at_and_have_no_many_to_many():
    """A cascade would delete without an operation; a many-to-many table would change without history."""
    for model in (*audited_models(), *append_only_models()):
        if model in history_models():
            continue
        assert model._meta.many_to_many == (), model
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                assert field.remote_field.on_delete is models.PROTECT, f"{model._meta.label}.{field.name}"


def test_a_row_cannot_point_into_another_organisations_data():
    """What belongs to an organisation points at what belongs to one by (organisation, id)."""
    open_doors = []
    for model in ours:
        names = {field.name for field in model._meta.concrete_fields}
        if model in history_models() or "organisation" not in names:
            continue
        guarded = {
            name
            for constraint in model._meta.constraints
            if isinstance(constraint, CompositeForeignKey)
            for name in constraint.fields
        }
        for field in model._meta.concrete_fields:
            target = field.related_model
            owned = target is not None and "organisation" in {f.name for f in target._meta.concrete_fields}
            if owned and field.name not in guarded:
                open_doors.append(f"{model._meta.label}.{field.name}")
    assert set(open_doors) == set(WRITTEN_WITH_THEIR_ORGANISATION)


def test_migrations_are_one_line_with_names_that_say_what_they_do():
    loader = MigrationLoader(None)
    for app in (*APPS, "jobs"):
        mine = sorted(name for label, name in loader.disk_migrations if label == app)
        assert len(loader.graph.leaf_nodes(app)) <= 1, app
        assert [name for name in mine if "auto" in name or name.endswith("_and_more")] == [], app


@pytest.mark.django_db
def test_an_empty_database_has_no_gaps():
    assert [model for model in audited_models() if history_gaps(model)] == []
