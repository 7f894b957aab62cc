# The second wall: see docs/adr/0007.

from django.conf import settings
from django.db import migrations

from blended_pilot.kernel.row_security import GuardTables, RowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0005_tell_people_by_mail'),
        ('contracts', '0007_plan_history_of_updates_anew'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        GuardTables(
            [
                ('attachment', RowSecurity(name='attachment_seen_with_its_version', within='version')),
                ('contract', RowSecurity(action='contract.view', commissioner='id', name='contract_seen_by_its_parties', provider='id')),
                ('contractversion', RowSecurity(action='contract.view', commissioner='contract', name='version_seen_by_both_sides', provider='contract')),
                ('escalation', RowSecurity(action='escalation.view', commissioner='contract', name='escalation_seen_by_both_sides', provider='contract')),
                ('feedreject', RowSecurity(name='feed_reject_seen_with_its_run', within='run')),
                ('feedrun', RowSecurity(action='feed.view', commissioner='contract', name='feed_run_seen_by_sides', provider='contract')),
                ('historicalcontract', RowSecurity(action='contract.view', commissioner='id', name='contract_seen_by_its_parties_past', provider='id')),
                ('historicalcontractversion', RowSecurity(action='contract.view', commissioner='contract', name='version_seen_by_both_sides_past', provider='contract')),
                ('historicalescalation', RowSecurity(action='escalation.view', commissioner='contract', name='escalation_seen_by_both_sides_past', provider='contract')),
                ('historicalplanline', RowSecurity(action='contract.view', commissioner='contract', name='plan_seen_by_both_sides_past', provider='contract')),
                ('planline', RowSecurity(action='contract.view', commissioner='contract', name='plan_seen_by_both_sides', provider='contract')),
                ('signature', RowSecurity(name='signature_seen_with_its_version', within='version')),
                ('staffingalignment', RowSecurity(name='alignment_seen_with_its_version', within='version')),
            ]
        ),
    ]
