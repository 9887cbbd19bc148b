"""The whole path with nothing faked: rows, stages, a text model, pgvector, storage, serving."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection

from movies.models import Movie
from recommendations.models import (
    Activation,
    GenreAffinity,
    GenreEmbedding,
    GenreSimilarity,
    MovieEmbedding,
    UserEmbedding,
)
from recommendations.selectors.recommendations import for_ratings
from recommendations.selectors.similar import current_embedding_model, similar_movies
from recommendations.serving import registry as serving
from recommendations.training.models import ModelRun
from recommendations.training.services.activation import run_activate
from recommendations.training.services.runs import run_start
from recommendations.training.worker import heartbeat, products
from recommendations.training.worker.runner import Outcome, run_advance
from tests.recommendations.toy import ToyWorld, toy_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SMALL = {"epochs": 3, "dimension": 8, "linear_rank": 8, "factors": 4, "batch_size": 8, "threads": 1}


@pytest.fixture(scope="module")
def tiny_t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a T5 of a few thousand weights, in the form of LaMini, with its own length."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    folder = tmp_path_factory.mktemp("tiny-t5")
    words = ["<pad>", "</s>", "<unk>", "Comedy", "Horror", "Drama", *map(str, range(40))]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    config = T5Config(
        vocab_size=len(words),
        d_model=16,
        d_kv=4,
        d_ff=32,
        num_layers=1,
        num_heads=2,
        pad_token_id=0,
        eos_token_id=1,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def finished(parameters: dict[str, str]) -> ModelRun:
    run = run_start(parameters=SMALL | parameters, started_by=None, wakes_worker=False)
    while run_advance(run.pk) is Outcome.MORE:
        pass
    run.refresh_from_db()
    logs = "\n".join(run.stages.values_list("log", flat=True))
    assert run.status == ModelRun.Status.SUCCEEDED, f"{run.error}\n{logs}"
    return run


def assert_everything_is_stored(run: ModelRun, world: ToyWorld, n_dimensions: int) -> None:
    model = run.embedding_model
    assert model
    assert model.n_dimensions == n_dimensions
    for table, n_rows in ((MovieEmbedding, 40), (UserEmbedding, 30), (GenreEmbedding, 3)):
        assert table.objects.filter(embedding_model=model).count() == n_rows
    assert GenreSimilarity.objects.filter(embedding_model=model).count() == 9
    affinities = GenreAffinity.objects.filter(embedding_model=model)
    assert affinities.count() == 90
    loved = affinities.get(user=world.users[1], genre__name="Comedy")
    assert loved.interacted
    assert loved.label == (loved.similarity > loved.median) - (loved.similarity < loved.median)
    assert (run.n_users, run.n_movies, run.n_ratings) == (30, 40, 420)
    assert run.metrics["served"]["ndcg@10"] > 0
    assert {"popularity", "itemknn", "ease", "ials"} <= run.metrics.keys()
    assert len(run.data_hash) == len(run.code_version) == len(run.artifact_hash) == 64


@pytest.mark.timeout(600)
def test_a_model_is_trained_stored_served_and_exchanged_for_one_of_another_text_model(
    tiny_t5: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(heartbeat, "TICK_SECONDS", 0.1)
    world = toy_world()

    first = finished({"embeddings": str(tiny_t5)})
    assert_everything_is_stored(first, world, n_dimensions=16)
    if not Activation.objects.exists():  # by its numbers, on a world as small as this
        run_activate(run=first, activated_by=None)
    serving.forget_active_model()

    liked = world.films["Comedy"][:3]
    found = for_ratings({movie.pk: 10 for movie in liked})
    assert (found.model_version, found.is_personal, len(found.items)) == (first.pk, True, 10)
    assert not {item.movie for item in found.items} & set(liked)
    comedies = [item for item in found.items if item.movie.title.startswith("Comedy")]
    assert len(comedies) >= 8
    best = next(item for item in found.items if item.reasons)
    assert {reason.movie for reason in best.reasons} <= set(liked)
    reason, contribution = best.reasons[0].movie, best.reasons[0].contribution
    without = for_ratings({movie.pk: 10 for movie in liked if movie != reason}, 40)
    score = next(item.score for item in without.items if item.movie == best.movie)
    assert contribution == pytest.approx(best.score - score, abs=1e-4)

    again = finished({"embeddings": str(tiny_t5)})
    assert again.artifact_hash == first.artifact_hash, "same data, same seed, same bytes"

    other = finished({"embeddings": "minilm"})
    assert_everything_is_stored(other, world, n_dimensions=384)
    run_activate(run=other, activated_by=None)
    serving.forget_active_model()
    assert current_embedding_model() == other.embedding_model != first.embedding_model
    assert index_exists(first)
    assert index_exists(other)
    nearest = [entry.movie for entry in similar_movies(world.films["Horror"][1], 5)]
    assert len(nearest) == 5
    assert all(isinstance(movie, Movie) for movie in nearest)


@pytest.mark.timeout(600)
def test_two_processes_of_a_worker_train_as_well_as_one(
    tiny_t5: Path, celery_worker_factory: Callable[..., Any]
):
    toy_world()
    alone = finished({"embeddings": str(tiny_t5)})
    together = run_start(
        parameters=alone.parameters, started_by=None, first_stage="train", base_run=alone
    )
    seen: set[str] = set()
    with celery_worker_factory(env={"MARQUEE_TRAIN_PROCESSES": "2"}) as worker:
        while not together.is_over:
            seen.update(launched_by(worker.pid))
            time.sleep(0.1)
            together.refresh_from_db()
    logs = "\n".join(together.stages.values_list("log", flat=True))
    assert together.status == ModelRun.Status.SUCCEEDED, f"{together.error}\n{logs}"
    assert seen == {"train", "finetune", "evaluate"}
    assert any("loss" in values for _done, values, _text in together.stages.get(name="train").curve)
    one, two = (run.stages.get(name="train").summary["losses"] for run in (alone, together))
    assert one.keys() == two.keys()
    for name, losses in one.items():
        assert two[name] == pytest.approx(losses, rel=1e-3)
    assert together.metrics["popularity"] == pytest.approx(alone.metrics["popularity"])
    ours, theirs = (run.metrics["served"]["ndcg@10"] for run in (together, alone))
    assert ours == pytest.approx(theirs, abs=0.03)


def launched_by(worker: int) -> Iterator[str]:
    """Return the stages that a worker's children are doing under torchrun at the moment."""
    with suppress(psutil.Error):
        for child in psutil.Process(worker).children(recursive=True):
            command = child.cmdline()
            if "torch.distributed.run" in command:
                yield command[command.index("stage") + 1]


def index_exists(run: ModelRun) -> bool:
    assert run.embedding_model
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_indexes WHERE indexname = %s",
            [products.index_name(run.embedding_model)],
        )
        return cursor.fetchone() is not None
