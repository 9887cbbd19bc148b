"""Films by what words mean: a real MiniLM among real vectors, and a T5 that only a worker runs."""

from pathlib import Path

import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet

from ml.serving.text_encoder import TextEncoder, bundled_minilm
from ml.training.embeddings import find_text_model
from movies.models import Movie
from movies.selectors.movies import movies_all
from recommendations.models import EmbeddingModel, MovieEmbedding
from recommendations.selectors import search
from recommendations.selectors.search import search_by_meaning
from recommendations.serving import query_embedding
from recommendations.serving.query_embedding import query_vector
from recommendations.training.models import ModelRun
from recommendations.training.worker.queries import query_embed
from tests import cast
from tests.recommendations.selectors.test_similar import embed

pytestmark = pytest.mark.django_db

PLOTS = {
    "Moon": ("A lonely astronaut and a robot at a base in space", 2009, "Sci-Fi"),
    "WALL-E": ("A robot left alone on Earth falls in love", 2008, "Animation"),
    "Heat": ("A detective hunts a crew of bank robbers", 1995, "Crime"),
    "Notting Hill": ("A bookseller in London falls for a film star", 1999, "Comedy"),
}


@pytest.fixture
def films(tmp_path: Path, fresh_valkey: None) -> dict[str, Movie]:
    """Four films, embedded by MiniLM."""
    folder = bundled_minilm()
    assert folder is not None
    encoder = TextEncoder(folder)
    found = {
        title: cast.movie(title, year, genre, description=plot)
        for title, (plot, year, genre) in PLOTS.items()
    }
    vectors = {film.pk: encoder.encode(film.description) for film in found.values()}
    embed(ModelRun.objects.create(), tmp_path, vectors, name="minilm")
    return found


def test_films_are_found_by_what_words_mean(films: dict[str, Movie]):
    found = search_by_meaning("a lonely robot in space", 2).movies
    assert [film.title for film in found] == ["Moon", "WALL-E"]
    assert search_by_meaning("cops and criminals", 1).movies == (films["Heat"],)


def test_a_genre_and_years_narrow_it(films: dict[str, Movie]):
    crime = cast.genre("Crime")
    assert search_by_meaning("police and robbers", genre=crime).movies == (films["Heat"],)
    assert search_by_meaning("a robot", genre=crime).movies == ()
    nineties = search_by_meaning("a romance in London", years=(1990, 1999)).movies
    assert nineties == (films["Notting Hill"],)
    assert search_by_meaning("a robot", years=(2009, 2009)).movies == (films["Moon"],)


def place_near(film: Movie, query: str, cosine: float) -> None:
    """Give a film a vector of this cosine to the query's."""
    vector = query_vector(query, EmbeddingModel.objects.get(name="minilm"))
    other = np.zeros_like(vector)
    other[np.argmin(np.abs(vector))] = 1
    other -= (other @ vector) * vector
    other /= np.linalg.norm(other)
    mixed = cosine * vector + np.sqrt(1 - cosine**2) * other
    MovieEmbedding.objects.filter(movie=film).update(vector=mixed.tolist())


@pytest.mark.parametrize("query", ["qwxz vkjh zzpt", "zxcv bnm lkj", "jfkdls ajfkd lsajf", "hhhh"])
def test_random_letters_mean_nothing(films: dict[str, Movie], query: str):
    place_near(films["Moon"], query, 0.37)
    assert search_by_meaning(query).movies == ()


def test_a_phrase_of_known_words_finds_a_film_that_is_not_very_near(films: dict[str, Movie]):
    phrase = "ship sinks after hitting an iceberg"
    place_near(films["Moon"], phrase, 0.27)
    assert search_by_meaning(phrase).movies == (films["Moon"],)


@pytest.mark.parametrize("query", ["七人の侍", "Крёстный отец", "der pate", "die verurteilten"])
def test_other_languages_mean_nothing_to_a_model_of_english(films: dict[str, Movie], query: str):
    place_near(films["Moon"], query, 0.38)
    assert search_by_meaning(query).movies == ()


def test_of_films_that_are_about_as_near_the_well_known_come_first(films: dict[str, Movie]):
    query = "horror in space with a monster"
    place_near(films["Heat"], query, 0.62)
    place_near(films["WALL-E"], query, 0.5)
    place_near(films["Moon"], query, 0.6)
    Movie.objects.filter(title__in=["Moon", "WALL-E"]).update(n_ratings=100)
    found = [film.title for film in search_by_meaning(query).movies]
    assert found == ["Moon", "Heat", "WALL-E"]


@pytest.mark.parametrize("query", ["", "  ", "ro", "r "])
def test_words_that_are_only_begun_mean_nothing_yet(films: dict[str, Movie], query: str):
    found = search_by_meaning(query)
    assert (found.movies, found.reason) == ((), "")


def test_without_embeddings_the_visitor_is_told(fresh_valkey: None):
    found = search_by_meaning("a lonely robot")
    assert found.movies == ()
    assert "only titles were searched" in found.reason


def test_the_vectors_of_a_runs_items_are_no_texts(films: dict[str, Movie]):
    EmbeddingModel.objects.create(name="run-1", n_dimensions=8, kind=EmbeddingModel.Kind.ITEMS)
    assert search_by_meaning("cops and criminals", 1).movies == (films["Heat"],)


def test_a_search_costs_four_queries(
    films: dict[str, Movie], django_assert_num_queries, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("recommendations.serving.registry.RECHECK_SECONDS", 3600)
    search_by_meaning("a robot")  # asks for the active model as well
    with django_assert_num_queries(7):  # and a savepoint, its release and a setting
        found = search_by_meaning("a lonely robot in space").movies
        assert [list(film.genres.all()) for film in found]


def test_films_meant_are_found_by_the_index(
    films: dict[str, Movie], django_assert_num_queries, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("recommendations.serving.registry.RECHECK_SECONDS", 3600)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    with django_assert_num_queries(8) as queries:
        search_by_meaning("a lonely robot in space")
    statement = next(q["sql"] for q in queries if "ORDER BY vector" in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement)
        assert "Index Scan using" in "\n".join(row[0] for row in cursor.fetchall())


class TestOnTheBrowsePage:
    def test_films_by_meaning_do_not_follow_a_title_with_all_the_words(self, client, films):
        films["Moon"].title = "A Robot in Space"
        films["Moon"].save()
        page = client.get("/movies/", {"q": "a robot in space"}).content.decode()
        assert f'data-movie-id="{films["Moon"].pk}"' in page
        assert "Films like" not in page
        page = client.get("/movies/", {"q": "a machine left alone on a planet"}).content.decode()
        _, by_meaning = page.split('id="meant-title"')
        assert f'data-movie-id="{films["WALL-E"].pk}"' in by_meaning

    def test_a_word_of_a_title_is_not_searched_by_meaning(self, client, films):
        page = client.get("/movies/", {"q": "heat"}).content.decode()
        assert f'data-movie-id="{films["Heat"].pk}"' in page
        assert "Films like" not in page

    def test_filters_hold_for_both(self, client, films):
        page = client.get("/movies/", {"q": "robot in space", "decade": "2000"}).content.decode()
        assert [title for title in PLOTS if f">{title}</span>" in page] == ["Moon", "WALL-E"]

    def test_without_embeddings_titles_are_searched_and_the_page_says_so(
        self, client, fresh_valkey
    ):
        response = client.get("/movies/", {"q": "a robot in space"})
        assert response.context["films"] == []
        assert "only titles were searched" in response.content.decode()


class TestAModelThatOnlyWorkersRun:
    @pytest.fixture
    def t5(self, tmp_path: Path, settings, fresh_valkey: None) -> EmbeddingModel:
        """Return a tiny T5, as LaMini is a large one."""
        folder = tiny_t5(tmp_path / "tiny-t5")
        settings.EMBEDDINGS = str(folder)
        query_embedding._encoder.cache_clear()
        return EmbeddingModel.objects.create(name=folder.name, n_dimensions=16)

    def test_the_page_says_that_it_is_being_worked_out(self, t5, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(query_embedding, "WAIT_SECONDS", 0.1)
        found = search_by_meaning("a boy")
        assert found.movies == ()
        assert "Search again in a moment" in found.reason

    def test_a_worker_answers_the_page_that_waits(self, t5: EmbeddingModel, settings, monkeypatch):
        def worker(app: object, name: str, args: tuple[str, int], **options: object) -> None:
            query_embed(*args)

        monkeypatch.setattr("celery.app.base.Celery.send_task", worker)
        vector = query_vector("A  boy ", t5)
        expected = find_text_model(settings.EMBEDDINGS).encoder.encode("A boy")
        assert vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)
        monkeypatch.undo()
        assert (query_vector("A boy", t5) == vector).all()  # kept: nobody is asked again

    def test_after_a_wait_in_vain_nobody_waits_for_a_while(self, t5, monkeypatch):
        monkeypatch.setattr(query_embedding, "WAIT_SECONDS", 0.1)
        search_by_meaning("a boy")
        monkeypatch.setattr("time.sleep", lambda _: pytest.fail("It waits."))
        assert search_by_meaning("a girl").reason
        cache.clear()


def tiny_t5(folder: Path) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    words = ["<pad>", "</s>", "<unk>", "A", "boy", "finds"]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    config = T5Config(vocab_size=len(words), d_model=16, d_kv=4, d_ff=32, num_layers=1, num_heads=2)
    T5EncoderModel(config).save_pretrained(folder)
    return folder


def test_a_film_that_is_deleted_during_the_search_is_left_out(
    films: dict[str, Movie], monkeypatch: pytest.MonkeyPatch
):
    def delete_first() -> QuerySet[Movie]:
        Movie.objects.filter(pk=films["Moon"].pk).delete()
        return movies_all()

    monkeypatch.setattr(search, "movies_all", delete_first)
    found = search_by_meaning("a lonely robot in space", 2).movies
    assert found == (films["WALL-E"],)
