# The second wall: see docs/adr/0007.

from django.conf import settings
from django.db import migrations

from blended_pilot.kernel.row_security import GuardTables, RowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0005_tell_people_by_mail'),
        ('baseline', '0008_the_database_knows_who_asks'),
        ('contracts', '0008_the_database_knows_who_asks'),
        ('eligibility', '0007_the_database_knows_who_asks'),
        ('variance', '0006_findings_follow_their_cycle'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        GuardTables(
            [
                ('activityoutcome', RowSecurity(action='cycle.view', commissioner='contract', name='outcome_seen_by_both_sides', provider='contract')),
                ('cycle', RowSecurity(action='cycle.view', commissioner='contract', name='cycle_seen_by_both_sides', provider='contract')),
                ('cycleexception', RowSecurity(name='cycle_exception_seen_with_its_cycle', within='cycle')),
                ('gateresult', RowSecurity(name='gate_result_seen_with_its_cycle', within='cycle')),
                ('historicalcycle', RowSecurity(action='cycle.view', commissioner='contract', name='cycle_seen_by_both_sides_past', provider='contract')),
                ('ledgerentry', RowSecurity(action='cycle.view', commissioner='contract', name='ledger_seen_by_both_sides', provider='contract')),
                ('previewline', RowSecurity(name='preview_line_seen_with_its_cycle', within='cycle')),
                ('previewoutcome', RowSecurity(name='preview_outcome_seen_with_its_cycle', within='cycle')),
                ('statement', RowSecurity(action='cycle.view', commissioner='contract', name='statement_seen_by_both_sides', provider='contract')),
                ('statementline', RowSecurity(name='statement_line_seen_with_it', within='statement')),
            ]
        ),
    ]
