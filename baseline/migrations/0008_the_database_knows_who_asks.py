# The second wall: see docs/adr/0007.

from django.conf import settings
from django.db import migrations

from blended_pilot.kernel.row_security import GuardTables, RowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0005_tell_people_by_mail'),
        ('baseline', '0007_follow_up_is_written_with_a_hyphen'),
        ('contracts', '0007_plan_history_of_updates_anew'),
        ('eligibility', '0006_referrals_determinations_departures_merges'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        GuardTables(
            [
                ('activity', RowSecurity(action='activity.view', commissioner='contract', name='activity_seen_by_both_sides', provider='contract')),
                ('boundaryreading', RowSecurity(action='included.oversee', commissioner='organisation', name='reading_seen_by_its_person_and_overseers', own='user', provider='organisation')),
                ('caseloadreview', RowSecurity(action='caseload.view', commissioner='contract', name='review_seen_by_both_sides', provider='contract')),
                ('event', RowSecurity(action='event.view', commissioner='contract', name='event_seen_by_both_sides', provider='contract')),
                ('followup', RowSecurity(action='follow_up.view', commissioner='contract', name='follow_up_seen_by_both_sides', provider='contract')),
                ('historicalactivity', RowSecurity(action='activity.view', commissioner='contract', name='activity_seen_by_both_sides_past', provider='contract')),
                ('historicalcaseloadreview', RowSecurity(action='caseload.view', commissioner='contract', name='review_seen_by_both_sides_past', provider='contract')),
                ('historicalevent', RowSecurity(action='event.view', commissioner='contract', name='event_seen_by_both_sides_past', provider='contract')),
                ('historicalfollowup', RowSecurity(action='follow_up.view', commissioner='contract', name='follow_up_seen_by_both_sides_past', provider='contract')),
                ('historicalreviewaction', RowSecurity(action='caseload.view', commissioner_if="(review_id IN (SELECT id FROM baseline_caseloadreview\n    WHERE contract_id = ANY ((SELECT row_security_contracts('caseload.view', 1))::bigint[]))\n    OR owner_id = ANY ((SELECT row_security_organisations('person', 0))::bigint[])\n    AND organisation_id = ANY ((SELECT row_security_organisations('action.view', 0))::bigint[]))", name='action_seen_with_its_review_or_as_own_past', provider='organisation')),
                ('historicalverificationbatch', RowSecurity(action='activity.verification', name='batch_seen_by_verifiers_past', provider='organisation')),
                ('reviewaction', RowSecurity(action='caseload.view', commissioner_if="(review_id IN (SELECT id FROM baseline_caseloadreview\n    WHERE contract_id = ANY ((SELECT row_security_contracts('caseload.view', 1))::bigint[]))\n    OR owner_id = ANY ((SELECT row_security_organisations('person', 0))::bigint[])\n    AND organisation_id = ANY ((SELECT row_security_organisations('action.view', 0))::bigint[]))", name='action_seen_with_its_review_or_as_own', provider='organisation')),
                ('reviewnote', RowSecurity(action='caseload.view', commissioner_if="review_id IN (SELECT id FROM baseline_caseloadreview\n    WHERE contract_id = ANY ((SELECT row_security_contracts('caseload.view', 1))::bigint[]))", name='note_seen_with_its_review', provider='organisation')),
                ('reviewsignature', RowSecurity(action='caseload.view', commissioner_if="review_id IN (SELECT id FROM baseline_caseloadreview\n    WHERE contract_id = ANY ((SELECT row_security_contracts('caseload.view', 1))::bigint[]))", name='review_signature_seen_with_it', provider='organisation')),
                ('verificationbatch', RowSecurity(action='activity.verification', name='batch_seen_by_verifiers', provider='organisation')),
                ('verificationitem', RowSecurity(action='activity.verification', name='batch_item_seen_by_verifiers', provider='organisation')),
            ]
        ),
    ]
