import django.db.models.deletion
import pgvector.django
import pgvector.django.vector
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('movies', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgvector.django.VectorExtension(),
        migrations.CreateModel(
            name='EmbeddingModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=300, verbose_name='name')),
                ('n_dimensions', models.PositiveIntegerField(verbose_name='number of dimensions')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'n_dimensions'), name='recommendations_embeddingmodel_once')],
            },
        ),
        migrations.CreateModel(
            name='ModelRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10, verbose_name='status')),
                ('parameters', models.JSONField(default=dict, help_text="The pipeline's configuration, seed included.", verbose_name='parameters')),
                ('data_hash', models.CharField(blank=True, max_length=64, verbose_name='data hash')),
                ('code_version', models.CharField(blank=True, max_length=64, verbose_name='code version')),
                ('n_users', models.PositiveIntegerField(blank=True, null=True, verbose_name='number of users')),
                ('n_movies', models.PositiveIntegerField(blank=True, null=True, verbose_name='number of films')),
                ('n_ratings', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='number of ratings')),
                ('metrics', models.JSONField(blank=True, default=dict, verbose_name='metrics')),
                ('artifact', models.CharField(blank=True, help_text="The model's folder in the storage.", max_length=200, verbose_name='artifact')),
                ('artifact_hash', models.CharField(blank=True, help_text="SHA-256 of the model's tensors.", max_length=64)),
                ('note', models.TextField(blank=True, help_text='Why the run waits, or why it was not activated.', verbose_name='note')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('cancel_requested', models.BooleanField(default=False)),
                ('lease_holder', models.CharField(blank=True, help_text='The worker that holds the run.', max_length=100)),
                ('lease_expires_at', models.DateTimeField(blank=True, help_text='A worker renews it while it works; past it, another may take over.', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('embedding_model', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='recommendations.embeddingmodel')),
                ('started_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Activation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('activated_at', models.DateTimeField(auto_now_add=True, verbose_name='activated')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                ('activated_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='activations', to='recommendations.modelrun')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='MovieEmbedding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vector', pgvector.django.vector.VectorField()),
                ('content_hash', models.BinaryField(help_text='Of the vector: an unchanged one is not written again.', max_length=16)),
                ('embedding_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recommendations.embeddingmodel')),
                ('movie', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='embeddings', to='movies.movie')),
            ],
        ),
        migrations.CreateModel(
            name='RunEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('started', 'Started'), ('cancelled', 'Cancelled'), ('retried', 'Retried'), ('resumed', 'Taken over from a worker that died'), ('activated', 'Activated'), ('rolled_back', 'Rolled back')], max_length=15, verbose_name='event')),
                ('message', models.CharField(blank=True, max_length=300, verbose_name='message')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='recommendations.modelrun')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='StageRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20, verbose_name='stage')),
                ('position', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10, verbose_name='status')),
                ('n_done', models.PositiveBigIntegerField(default=0)),
                ('n_total', models.PositiveBigIntegerField(default=0)),
                ('unit', models.CharField(blank=True, max_length=30)),
                ('message', models.CharField(blank=True, max_length=200, verbose_name='message')),
                ('curve', models.JSONField(blank=True, default=list, help_text='Values over time, such as the loss: [[done, {name: value}]].')),
                ('summary', models.JSONField(blank=True, default=dict, verbose_name='summary')),
                ('log', models.TextField(blank=True, verbose_name='log')),
                ('n_attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('updated_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='recommendations.modelrun')),
            ],
            options={
                'ordering': ['run', 'position'],
            },
        ),
        migrations.CreateModel(
            name='UserEmbedding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vector', pgvector.django.vector.VectorField()),
                ('content_hash', models.BinaryField(help_text='Of the vector: an unchanged one is not written again.', max_length=16)),
                ('embedding_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recommendations.embeddingmodel')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='embeddings', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='GenreAffinity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('similarity', models.FloatField()),
                ('median', models.FloatField()),
                ('label', models.SmallIntegerField()),
                ('interacted', models.BooleanField()),
                ('embedding_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recommendations.embeddingmodel')),
                ('genre', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='movies.genre')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='genre_affinities', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'genre affinities',
                'constraints': [models.UniqueConstraint(fields=('embedding_model', 'user', 'genre'), name='recommendations_genreaffinity_once'), models.CheckConstraint(condition=models.Q(('label__in', [-1, 0, 1])), name='recommendations_genreaffinity_label')],
            },
        ),
        migrations.CreateModel(
            name='GenreEmbedding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vector', pgvector.django.vector.VectorField()),
                ('content_hash', models.BinaryField(help_text='Of the vector: an unchanged one is not written again.', max_length=16)),
                ('embedding_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recommendations.embeddingmodel')),
                ('genre', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='embeddings', to='movies.genre')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('embedding_model', 'genre'), name='recommendations_genreembedding_once')],
            },
        ),
        migrations.CreateModel(
            name='GenreSimilarity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('similarity', models.FloatField()),
                ('embedding_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recommendations.embeddingmodel')),
                ('genre', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='movies.genre')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='movies.genre')),
            ],
            options={
                'verbose_name_plural': 'genre similarities',
                'constraints': [models.UniqueConstraint(fields=('embedding_model', 'genre', 'other'), name='recommendations_genresimilarity_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='modelrun',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'running')), fields=('status',), name='recommendations_modelrun_one_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='activation',
            index=models.Index(condition=models.Q(('withdrawn_at', None)), fields=['-id'], name='recommendations_active'),
        ),
        migrations.AddConstraint(
            model_name='movieembedding',
            constraint=models.UniqueConstraint(fields=('embedding_model', 'movie'), name='recommendations_movieembedding_once'),
        ),
        migrations.AddConstraint(
            model_name='stagerun',
            constraint=models.UniqueConstraint(fields=('run', 'name'), name='recommendations_stagerun_once'),
        ),
        migrations.AddConstraint(
            model_name='userembedding',
            constraint=models.UniqueConstraint(fields=('embedding_model', 'user'), name='recommendations_userembedding_once'),
        ),
    ]
