"""A deleted account is in no file and in no table."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from safetensors.numpy import load, save

from accounts.models import User
from accounts.services import account_delete, token_create
from movies.models import ListKind, Movie, PersonalImport, Rating
from movies.services.lists import list_add
from movies.services.personal_imports import import_accept, import_apply, import_bring
from recommendations.experiments.models import ImpressionList
from recommendations.models import EmbeddingModel, GenreAffinity, ModelVersion, UserEmbedding
from recommendations.training import jobs, tasks
from recommendations.training.models import ModelRun
from recommendations.webhooks.models import Webhook
from tests import cast
from tests.movies.importers.personal import exports

GONE_ID = 987_654_321
"""No other column of any table holds this number."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone(client: Client) -> User:
    """Return a member with something in every place that keeps something about members."""
    exports.catalogue()
    user = cast.member("gone", pk=GONE_ID, first_name="Ada")
    client.force_login(user)
    token_create(user=user, name="my program", scopes=["read"])
    csv = exports.RATINGS + "2021-03-04,Alien,1979,https://boxd.it/a1,4.5\n"
    csv += "2021-03-05,Not Here Yet,1931,https://boxd.it/a2,2\n"
    job = import_bring(user=user, file=ContentFile(csv.encode()), name="ratings.csv")
    import_accept(job=job, send=False)
    import_apply(job, lambda *_step: None)
    list_add(user=user, movie=Movie.objects.get(title="Paprika"), kind=ListKind.SEEN)
    model = EmbeddingModel.objects.create(name="tiny", n_dimensions=2)
    UserEmbedding.objects.create(embedding_model=model, user=user, vector=[0.25, 0.5])
    GenreAffinity.objects.create(
        embedding_model=model,
        user=user,
        genre=cast.genre("Crime"),
        similarity=0.5,
        median=0.25,
        label=1,
        interacted=True,
    )
    Webhook.objects.create(
        owner=user, url="https://films.example/hook", events=["import.finished"], is_active=False
    )
    admin_log = {"action_flag": CHANGE, "content_type": ContentType.objects.get_for_model(User)}
    LogEntry.objects.create(user=cast.member("boss"), object_id=str(user.pk), **admin_log)
    version = ModelVersion.objects.create(id=41)
    ImpressionList.objects.create(
        user=user,
        version=version,
        surface="for-you",
        movie_ids=[7],
        shown_at="2026-01-01T00:00:00Z",
    )
    return user


@pytest.fixture
def workspace(settings: Any, tmp_path: Path, gone: User) -> Path:
    """Files of a finished run about the member and two others."""
    settings.WORKSPACE_DIR, settings.MEDIA_ROOT = tmp_path / "runs", tmp_path / "media"
    others = [cast.rater(1).pk, cast.rater(2).pk]
    run = ModelRun.objects.create(status=ModelRun.Status.SUCCEEDED)
    ModelVersion.objects.create(id=42, artifact="models/1")
    folder = settings.WORKSPACE_DIR / str(run.pk)
    (folder / "embed").mkdir(parents=True)
    users = np.array([others[0], GONE_ID, GONE_ID, others[1]])
    table = pa.table({"userid": users, "movieid": np.arange(4), "half_stars": [1, 2, 3, 4]})
    for name in ("ratings.parquet", "interactions.parquet", "embed/user_embeddings.parquet"):
        pq.write_table(table, folder / name)
    pq.write_table(pa.table({"movieid": np.arange(4)}), folder / "movies.parquet")
    per_user = save({"user_ids": np.unique(users), "served/ndcg@10": np.arange(3, dtype="f4")})
    (folder / "per_user.safetensors").write_bytes(per_user)
    default_storage.save("models/1/per_user.safetensors", ContentFile(per_user))
    return folder


def tables_with(value: int) -> list[str]:
    """Columns of any table in which the number is, as a number or within a text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT 1 FROM {name} AS t WHERE t::text LIKE %s LIMIT 1", [f"%{value}%"]
            )
            if cursor.fetchone():
                found.append(table)
    return found


def files_with(folder: Path) -> list[str]:
    """Files that hold the number: as text, as the bytes of an integer, or in a column."""
    found = []
    for path in filter(Path.is_file, folder.rglob("*")):
        content = path.read_bytes()
        column = pq.read_table(path).to_pydict() if path.suffix == ".parquet" else {}
        needles = (str(GONE_ID).encode(), GONE_ID.to_bytes(8, "little"))
        if any(needle in content for needle in needles) or GONE_ID in column.get("userid", ()):
            found.append(path.name)
    return found


def test_the_deleted_id_is_in_no_file_and_no_table(
    gone: User,
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
):
    assert len(files_with(tmp_path)) == 5
    assert len(tables_with(GONE_ID)) == 10
    assert Session.objects.get().get_decoded()["_auth_user_id"] == str(GONE_ID)
    monkeypatch.setattr(jobs, "erase_departed", tasks.erase_departed)
    with django_capture_on_commit_callbacks(execute=True):
        account_delete(user=gone, password=cast.PASSWORD)
    assert files_with(tmp_path) == []
    assert tables_with(GONE_ID) == []
    assert not Session.objects.exists()
    kept = pq.read_table(workspace / "ratings.parquet")
    assert kept.column("half_stars").to_pylist() == [1, 4], "everybody else stays"
    with default_storage.open("models/1/per_user.safetensors") as file:
        assert load(file.read())["served/ndcg@10"].tolist() == [0, 1]


def test_a_run_at_work_is_left_until_it_is_over(gone: User, workspace: Path):
    run = ModelRun.objects.get(pk=int(workspace.name))
    ModelRun.objects.filter(pk=run.pk).update(status=ModelRun.Status.RUNNING)
    gone.delete()
    tasks.erase_departed()
    assert "ratings.parquet" in files_with(workspace)
    ModelRun.objects.filter(pk=run.pk).update(status=ModelRun.Status.FAILED)
    tasks.erase_departed()
    assert files_with(workspace) == []


def test_files_of_people_who_are_there_are_not_touched(gone: User, workspace: Path):
    before = {path: path.stat().st_mtime_ns for path in workspace.rglob("*")}
    tasks.erase_departed()
    assert {path: path.stat().st_mtime_ns for path in workspace.rglob("*")} == before


def test_the_bundle_has_every_section_and_another_account_imports_it(gone: User, client: Client):
    content = client.get("/accounts/export/").getvalue()
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    document = json.loads(archive.read("export.json"))
    for section in ("ratings", "lists", "api_tokens", "imports", "import_rows", "vectors"):
        assert document[section], section
        assert f"{section}.csv" in archive.namelist()
    assert document["profile"]["first_name"] == "Ada"
    assert document["profile"]["is_staff"] is False
    assert document["genre_affinities"]
    assert document["impressions"]
    assert document["vectors"][0]["vector"] == [0.25, 0.5]
    bob = cast.member("bob")
    job = import_bring(user=bob, file=ContentFile(content), name="marquee-gone.zip")
    assert (job.status, job.source) == (PersonalImport.Status.READY, "marquee")
    import_accept(job=job, send=False)
    import_apply(job, lambda *_step: None)
    mine = Rating.objects.filter(user=gone).values_list("movie", "half_stars", "rated_at")
    theirs = Rating.objects.filter(user=bob).values_list("movie", "half_stars", "rated_at")
    assert list(theirs) == list(mine)
    assert bob.list_entries.get().kind == ListKind.SEEN
    waiting = job.rows.get(title="Not Here Yet")
    assert (waiting.outcome, waiting.half_stars, waiting.year) == ("waiting", 4, 1931)
    assert waiting.happened_at == datetime(2021, 3, 5, tzinfo=UTC)
