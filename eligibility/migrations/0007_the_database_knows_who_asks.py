# The second wall: see docs/adr/0007.

from django.conf import settings
from django.db import migrations

from blended_pilot.kernel.row_security import GuardTables, RowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0005_tell_people_by_mail'),
        ('contracts', '0008_the_database_knows_who_asks'),
        ('eligibility', '0006_referrals_determinations_departures_merges'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        GuardTables(
            [
                ('answer', RowSecurity(name='answer_seen_with_its_determination', within='determination')),
                ('answerevidence', RowSecurity(name='answer_evidence_seen_with_it', within='determination')),
                ('assignment', RowSecurity(action='team.view', commissioner='staff', name='assignment_seen_as_staff', provider='organisation')),
                ('coveragespan', RowSecurity(action='member.view', commissioner='contract', name='coverage_seen_by_both_sides', provider='contract')),
                ('departure', RowSecurity(action='determination.view', name='departure_seen_at_its_provider', provider='organisation')),
                ('determination', RowSecurity(action='determination.view', commissioner='contract', name='determination_seen_by_sides', provider='contract')),
                ('evidence', RowSecurity(action='evidence.view', commissioner='contract', name='evidence_seen_by_sides', provider='contract')),
                ('historicalanswer', RowSecurity(name='answer_seen_with_its_determination_past', within='determination')),
                ('historicalanswerevidence', RowSecurity(name='answer_evidence_seen_with_it_past', within='determination')),
                ('historicalassignment', RowSecurity(action='team.view', commissioner='staff', name='assignment_seen_as_staff_past', provider='organisation')),
                ('historicalcoveragespan', RowSecurity(action='member.view', commissioner='contract', name='coverage_seen_by_both_sides_past', provider='contract')),
                ('historicaldeparture', RowSecurity(action='determination.view', name='departure_seen_at_its_provider_past', provider='organisation')),
                ('historicaldetermination', RowSecurity(action='determination.view', commissioner='contract', name='determination_seen_by_sides_past', provider='contract')),
                ('historicallevelspan', RowSecurity(action='member.view', commissioner='contract', name='level_seen_by_both_sides_past', provider='contract')),
                ('historicalmember', RowSecurity(action='member.view', commissioner_if="EXISTS (SELECT FROM eligibility_historicalcoveragespan was WHERE was.member_id = {table}.id\n    AND was.contract_id = ANY ((SELECT row_security_contracts('member.view', 1))::bigint[]))", name='member_seen_where_ever_covered_past', provider='organisation')),
                ('historicalmembermerge', RowSecurity(action='determination.view', name='merge_seen_at_its_provider_past', provider='organisation')),
                ('historicalpractitioner', RowSecurity(action='team.view', commissioner='staff', name='practitioner_seen_as_staff_past', provider='organisation')),
                ('historicalreferral', RowSecurity(action='referral.view', commissioner='contract', name='referral_seen_by_sides_past', provider='contract')),
                ('historicalteam', RowSecurity(action='team.view', commissioner='staff', name='team_seen_as_staff_past', provider='organisation')),
                ('levelspan', RowSecurity(action='member.view', commissioner='contract', name='level_seen_by_both_sides', provider='contract')),
                ('member', RowSecurity(action='member.view', commissioner_if="EXISTS (SELECT FROM eligibility_historicalcoveragespan was WHERE was.member_id = {table}.id\n    AND was.contract_id = ANY ((SELECT row_security_contracts('member.view', 1))::bigint[]))", name='member_seen_where_ever_covered', provider='organisation')),
                ('membermerge', RowSecurity(action='determination.view', name='merge_seen_at_its_provider', provider='organisation')),
                ('practitioner', RowSecurity(action='team.view', commissioner='staff', name='practitioner_seen_as_staff', provider='organisation')),
                ('referral', RowSecurity(action='referral.view', commissioner='contract', name='referral_seen_by_sides', provider='contract')),
                ('team', RowSecurity(action='team.view', commissioner='staff', name='team_seen_as_staff', provider='organisation')),
            ]
        ),
    ]
