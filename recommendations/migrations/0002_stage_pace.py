from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recommendations', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='stagerun',
            name='counting_since',
            field=models.DateTimeField(blank=True, help_text='A stage may count several things, one after another.', null=True),
        ),
        migrations.AddField(
            model_name='stagerun',
            name='n_counted_before',
            field=models.PositiveBigIntegerField(default=0, help_text='What was done already when the count began, as by a cache.'),
        ),
    ]
