"""Move runs, experiments and webhooks to apps of their own, and give model versions a table.

The tables stay where they are. What changes in the database: a table of model versions, filled
from the runs; foreign keys to a version that pointed to its run; the labels of content types.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APP_OF = {
    "training": ("modelrun", "stagerun", "stageshard", "runtrial", "runevent", "retrainschedule"),
    "experiments": ("impressionlist", "reaction", "dailylisttotal", "dailypositiontotal"),
    "webhooks": ("webhook", "webhookdelivery"),
}

# Every run with a model is a version, and so is every run that a row names as one.
FILL = """
INSERT INTO recommendations_modelversion
    (id, artifact, artifact_hash, metrics, embedding_model_id, ratings_read_at, created_at)
SELECT id, artifact, artifact_hash, coalesce(metrics -> 'served', '{}'), embedding_model_id,
    ratings_read_at, coalesce(finished_at, created_at)
FROM recommendations_modelrun
WHERE artifact <> '' OR id IN (
    SELECT run_id FROM recommendations_activation
    UNION SELECT version_a_id FROM recommendations_trafficsplit
    UNION SELECT version_b_id FROM recommendations_trafficsplit
    UNION SELECT winner_id FROM recommendations_trafficsplit
    UNION SELECT run_id FROM recommendations_impressionlist
    UNION SELECT run_id FROM recommendations_dailylisttotal
    UNION SELECT run_id FROM recommendations_dailypositiontotal
);
SET CONSTRAINTS ALL IMMEDIATE;
"""

# Django's names of foreign keys hold a hash, so they are looked up.
POINT_AT_VERSIONS = """
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT conrelid::regclass AS tab, conname, attname
        FROM pg_constraint
        JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND confrelid = 'recommendations_modelrun'::regclass
        AND conrelid IN (
            'recommendations_activation'::regclass,
            'recommendations_trafficsplit'::regclass,
            'recommendations_impressionlist'::regclass,
            'recommendations_dailylisttotal'::regclass,
            'recommendations_dailypositiontotal'::regclass
        )
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.tab, found.conname);
        EXECUTE format(
            'ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%I)'
            ' REFERENCES recommendations_modelversion (id) DEFERRABLE INITIALLY DEFERRED',
            found.tab, replace(found.tab::text || '_' || found.attname || '_version', 'run_id_', ''),
            found.attname
        );
    END LOOP;
END $$;
ALTER TABLE recommendations_activation RENAME COLUMN run_id TO version_id;
ALTER TABLE recommendations_impressionlist RENAME COLUMN run_id TO version_id;
ALTER TABLE recommendations_dailylisttotal RENAME COLUMN run_id TO version_id;
ALTER TABLE recommendations_dailypositiontotal RENAME COLUMN run_id TO version_id;
ALTER TABLE recommendations_modelrun ADD COLUMN version_id bigint NULL UNIQUE
    REFERENCES recommendations_modelversion (id) DEFERRABLE INITIALLY DEFERRED;
UPDATE recommendations_modelrun SET version_id = id WHERE artifact <> '';
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE recommendations_modelrun DROP COLUMN artifact, DROP COLUMN artifact_hash;
"""


def move_content_types(apps, schema_editor):
    """Keep permissions and the admin's log: both point to content types."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(schema_editor.connection.alias)
    for label, names in APP_OF.items():
        types.filter(app_label="recommendations", model__in=names).update(app_label=label)


class Migration(migrations.Migration):

    dependencies = [
        ("recommendations", "0005_online"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelVersion",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("artifact", models.CharField(blank=True, help_text="The model's folder in the storage.", max_length=200, verbose_name="artifact")),
                ("artifact_hash", models.CharField(blank=True, help_text="SHA-256 of the model's tensors.", max_length=64)),
                ("metrics", models.JSONField(blank=True, default=dict, help_text="Of the model, by the full ranking.", verbose_name="metrics")),
                ("ratings_read_at", models.DateTimeField(blank=True, help_text="The model knows no later rating.", null=True, verbose_name="ratings read")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("embedding_model", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="versions", to="recommendations.embeddingmodel")),
            ],
            options={"ordering": ["-id"]},
        ),
        # The new table's own foreign key is made at the end of its migration unless forced here.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(FILL),
                migrations.RunSQL(POINT_AT_VERSIONS),
            ],
            state_operations=[
                migrations.RemoveField("activation", "run"),
                migrations.AddField("activation", "version", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="activations", to="recommendations.modelversion"), preserve_default=False),
                migrations.AlterField("trafficsplit", "version_a", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="recommendations.modelversion", verbose_name="version A")),
                migrations.AlterField("trafficsplit", "version_b", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="recommendations.modelversion", verbose_name="version B")),
                migrations.AlterField("trafficsplit", "winner", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="recommendations.modelversion")),
                migrations.DeleteModel("Reaction"),
                migrations.DeleteModel("ImpressionList"),
                migrations.DeleteModel("DailyListTotal"),
                migrations.DeleteModel("DailyPositionTotal"),
                migrations.DeleteModel("WebhookDelivery"),
                migrations.DeleteModel("Webhook"),
                migrations.DeleteModel("StageShard"),
                migrations.DeleteModel("StageRun"),
                migrations.DeleteModel("RunTrial"),
                migrations.DeleteModel("RunEvent"),
                migrations.DeleteModel("RetrainSchedule"),
                migrations.DeleteModel("ModelRun"),
            ],
        ),
        migrations.RunPython(move_content_types, migrations.RunPython.noop),
    ]
