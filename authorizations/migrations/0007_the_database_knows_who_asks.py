# The second wall: see docs/adr/0007.

from django.conf import settings
from django.db import migrations

from blended_pilot.kernel.row_security import GuardTables, RowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0005_tell_people_by_mail'),
        ('authorizations', '0006_assessments_are_superseded'),
        ('contracts', '0007_plan_history_of_updates_anew'),
        ('eligibility', '0006_referrals_determinations_departures_merges'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        GuardTables(
            [
                ('assessment', RowSecurity(action='assessment.view', commissioner='contract', name='assessment_seen_by_sides', provider='organisation')),
                ('assessmentevidence', RowSecurity(name='assessment_evidence_seen_with_it', within='assessment')),
                ('conflictdeclared', RowSecurity(name='conflict_seen_with_its_request', within='request')),
                ('decision', RowSecurity(action='register.view', commissioner='contract', name='decision_seen_by_sides', provider='organisation')),
                ('episode', RowSecurity(action='episode.view', commissioner='contract', name='episode_seen_by_sides', provider='organisation')),
                ('historicalassessment', RowSecurity(action='assessment.view', commissioner='contract', name='assessment_seen_by_sides_past', provider='organisation')),
                ('historicalepisode', RowSecurity(action='episode.view', commissioner='contract', name='episode_seen_by_sides_past', provider='organisation')),
                ('historicalmissedescalation', RowSecurity(action='escalation.missed', commissioner='contract', name='missed_escalation_seen_by_sides_past', provider='organisation')),
                ('historicalquestion', RowSecurity(name='question_seen_with_its_request_past', within='about')),
                ('historicalrequest', RowSecurity(action='request.view', commissioner='contract', commissioner_if='{table}.received_at IS NOT NULL', name='request_seen_by_sides_past', provider='organisation')),
                ('historicalsecondlook', RowSecurity(action='second_look.view', commissioner='contract', name='second_look_seen_by_sides_past', provider='organisation')),
                ('missedescalation', RowSecurity(action='escalation.missed', commissioner='contract', name='missed_escalation_seen_by_sides', provider='organisation')),
                ('question', RowSecurity(name='question_seen_with_its_request', within='about')),
                ('request', RowSecurity(action='request.view', commissioner='contract', commissioner_if='{table}.received_at IS NOT NULL', name='request_seen_by_sides', provider='organisation')),
                ('requestevidence', RowSecurity(name='request_evidence_seen_with_its_request', within='request')),
                ('seal', RowSecurity(action='register.view', commissioner='contract', name='seal_seen_by_sides', provider='organisation')),
                ('secondlook', RowSecurity(action='second_look.view', commissioner='contract', name='second_look_seen_by_sides', provider='organisation')),
                ('secondlookround', RowSecurity(action='second_look.view', commissioner='contract', name='second_look_round_seen_by_sides', provider='organisation')),
            ]
        ),
    ]
