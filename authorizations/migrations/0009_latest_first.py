from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authorizations", "0008_requests_go_with_their_member")]

    operations = [
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["-decided_at", "-id"], name="decision_latest"),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["-created_at", "-id"], name="request_latest"),
        ),
    ]
