"""What an import does to the lists, and how imports of the same films are taken back."""

import io
import itertools
import zipfile
from typing import Any

import pytest
from django.test import Client

from accounts.bundles import bundle
from accounts.models import User
from movies.models import ListEntry, ListKind, Movie, PersonalImport, PersonalImportRow, Rating
from movies.selectors.personal_imports import preview_of
from movies.services import personal_imports
from movies.services.bulk_ratings import ratings_set
from movies.services.lists import list_add, list_remove
from movies.services.personal_imports import import_answer, import_undo
from movies.services.ratings import rating_clear, rating_set
from tests import cast
from tests.movies.bringing import bring, done, plain, ratings, state_of
from tests.movies.importers.personal import exports

Outcome = PersonalImportRow.Outcome
ALIEN = "2021-01-01,Alien,1979,https://b"
PAPRIKA = "2021-01-02,Paprika,2006,https://c"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_imports, "_send", lambda _pk: None)
    exports.catalogue()


@pytest.fixture
def ada() -> User:
    return cast.member("ada")


def film(title: str) -> Movie:
    return Movie.objects.get(title=title)


def listed(user: User) -> dict[str, str]:
    return dict(ListEntry.objects.filter(user=user).values_list("movie__title", "kind"))


class TestLists:
    @pytest.mark.parametrize("kind", [ListKind.WATCH_LATER, ListKind.NOT_INTERESTED])
    def test_a_film_that_was_seen_leaves_its_list_and_comes_back(self, ada: User, kind: ListKind):
        list_add(user=ada, movie=film("Alien"), kind=kind)
        before = state_of(ada)
        job = done(bring(ada, plain(ALIEN), "watched.csv"))
        assert listed(ada) == {"Alien": "seen"}
        assert job.counts["seen_added"] == 1
        undone = import_undo(job=job)
        assert (undone["marks_removed"], undone["marks_restored"]) == (1, 1)
        assert state_of(ada) == before

    @pytest.mark.parametrize("kind", list(ListKind))
    def test_a_film_that_was_rated_leaves_its_list_and_comes_back(self, ada: User, kind: ListKind):
        list_add(user=ada, movie=film("Alien"), kind=kind)
        before = state_of(ada)
        job = done(bring(ada, ratings(f"{ALIEN},4")))
        assert listed(ada) == {}
        assert Rating.objects.get(user=ada).half_stars == 8
        import_undo(job=job)
        assert state_of(ada) == before

    def test_how_many_leave_watch_later_is_told_before_and_after(self, ada: User):
        for title in ("Alien", "Paprika", "WALL·E"):
            list_add(user=ada, movie=film(title), kind=ListKind.WATCH_LATER)
        rating_set(user=ada, movie=film("Amélie"), half_stars=8)
        job = bring(ada, ratings(f"{ALIEN},4", f"{PAPRIKA},3", "2021-01-01,Amélie,2001,u,4"))
        assert preview_of(job).n_leaving == 2
        assert done(job).counts["left_watch_later"] == 2
        assert listed(ada) == {"WALL·E": "watch_later"}

    def test_the_watchlist_of_a_file_leaves_own_lists_and_ratings_alone(self, ada: User):
        list_add(user=ada, movie=film("Alien"), kind=ListKind.SEEN)
        rating_set(user=ada, movie=film("Paprika"), half_stars=8)
        before = state_of(ada)
        job = done(bring(ada, plain(ALIEN, PAPRIKA), "watchlist.csv"))
        assert job.counts["watch_later_kept"] == 2
        assert state_of(ada) == before

    def test_a_film_listed_again_after_the_import_stays_when_the_file_comes_again(self, ada: User):
        watched = plain(ALIEN)
        done(bring(ada, watched, "watched.csv"))
        list_add(user=ada, movie=film("Alien"), kind=ListKind.WATCH_LATER)
        done(bring(ada, watched, "watched.csv"))
        assert listed(ada) == {"Alien": "watch_later"}

    def test_what_was_done_to_the_film_since_stays(self, ada: User):
        for title in ("Alien", "Paprika"):
            list_add(user=ada, movie=film(title), kind=ListKind.WATCH_LATER)
        job = done(bring(ada, plain(ALIEN, PAPRIKA), "watched.csv"))
        rating_set(user=ada, movie=film("Alien"), half_stars=10)
        list_add(user=ada, movie=film("Paprika"), kind=ListKind.NOT_INTERESTED)
        after = state_of(ada)
        import_undo(job=job)
        assert state_of(ada) == after

    def test_a_rating_replaced_and_listed_since_is_restored_and_stays_listed(self, ada: User):
        rating_set(user=ada, movie=film("Alien"), half_stars=2)
        job = done(bring(ada, ratings(f"{ALIEN},4")), conflicts="theirs")
        list_add(user=ada, movie=film("Alien"), kind=ListKind.WATCH_LATER)
        import_undo(job=job)
        assert Rating.objects.get(user=ada).half_stars == 2
        assert listed(ada) == {"Alien": "watch_later"}


class TestBundle:
    def brought(self, bundled: bytes, user: User) -> PersonalImport:
        return done(bring(user, bundled, "bundle.zip"))

    @pytest.fixture
    def bundled(self, ada: User) -> bytes:
        """Return the bundle of a member with two rated films, one of them to be seen again."""
        for title in ("Alien", "Paprika"):
            rating_set(user=ada, movie=film(title), half_stars=9)
        list_add(user=ada, movie=film("Alien"), kind=ListKind.WATCH_LATER)
        list_add(user=ada, movie=film("WALL·E"), kind=ListKind.SEEN)
        return b"".join(bundle(ada))

    def test_a_rated_film_is_on_its_list_on_the_other_instance_as_well(
        self, ada: User, bundled: bytes
    ):
        bob = cast.member("bob")
        for _time in range(2):
            job = self.brought(bundled, bob)
            assert listed(bob) == listed(ada) == {"Alien": "watch_later", "WALL·E": "seen"}
            assert dict(
                Rating.objects.filter(user=bob).values_list("movie__title", "half_stars")
            ) == {
                "Alien": 9,
                "Paprika": 9,
            }
        assert (job.counts["rating_same"], job.counts["watch_later_same"]) == (2, 1)
        assert not job.rows.filter(outcome=Outcome.REPEATED).exists()

    @pytest.mark.parametrize("form", ["zip", "json", "ndjson", "csv"])
    def test_every_form_of_the_export_is_taken_back_as_it_was(
        self, ada: User, bundled: bytes, client: Client, form: str
    ):
        client.force_login(ada)
        archive = zipfile.ZipFile(io.BytesIO(bundled))
        file = {
            "zip": lambda: bundled,
            "json": lambda: client.get("/api/v1/export/").content,
            "ndjson": lambda: b"".join(client.get("/api/v1/export/ndjson/")),
            "csv": lambda: archive.read("ratings.csv"),
        }[form]()
        bob = cast.member("bob")
        job = bring(bob, file, f"export.{form}")
        if job.status == PersonalImport.Status.ASKING:
            import_answer(job=job, answers=job.questions)
            job.refresh_from_db()
        done(job)
        assert state_of(bob)[0] == state_of(ada)[0]
        if form != "csv":
            assert listed(bob) == listed(ada)

    def test_an_export_by_lines_that_breaks_off_is_refused(self, ada: User, client: Client):
        client.force_login(ada)
        rating_set(user=ada, movie=film("Alien"), half_stars=9)
        file = b"".join(client.get("/api/v1/export/ndjson/"))
        assert bring(ada, file[:-9], "export.ndjson").status == PersonalImport.Status.FAILED

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_undone_in_any_order_it_leaves_what_was_there(
        self, bundled: bytes, order: tuple[int, ...]
    ):
        bob = cast.member("bob")
        list_add(user=bob, movie=film("Alien"), kind=ListKind.WATCH_LATER)
        before = state_of(bob)
        jobs = [
            self.brought(bundled, bob),
            done(bring(bob, ratings(f"{ALIEN},4")), conflicts="theirs"),
            self.brought(bundled, bob),
        ]
        for number in order:
            jobs[number].refresh_from_db()
            import_undo(job=jobs[number])
        assert state_of(bob) == before


class TestSeveralImports:
    BOTH = ("ratings.csv", ratings(f"{ALIEN},4", f"{PAPRIKA},3"))

    def bring_twice(self, ada: User, content: str, name: str) -> list[PersonalImport]:
        return [done(bring(ada, content, name)) for _time in range(2)]

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (ratings(f"{ALIEN},4", f"{PAPRIKA},3"), "ratings.csv"),
            (plain(ALIEN, PAPRIKA), "watched.csv"),
            (plain(ALIEN), "watchlist.csv"),
        ],
        ids=["ratings", "watched", "watchlist"],
    )
    @pytest.mark.parametrize("first", [0, 1], ids=["the first", "the second"])
    def test_undoing_one_of_two_imports_of_a_file_changes_nothing(
        self, ada: User, content: str, name: str, first: int
    ):
        list_add(user=ada, movie=film("Paprika"), kind=ListKind.WATCH_LATER)
        before = state_of(ada)
        jobs = self.bring_twice(ada, content, name)
        after = state_of(ada)
        assert after != before
        import_undo(job=jobs[first])
        assert state_of(ada) == after
        import_undo(job=jobs[1 - first])
        assert state_of(ada) == before

    def test_a_rating_without_a_date_is_dated_by_the_import_that_is_left(self, ada: User):
        jobs = self.bring_twice(ada, ratings(",Alien,1979,u,4"), "ratings.csv")
        assert Rating.objects.get(user=ada).rated_at == jobs[0].finished_at
        assert import_undo(job=jobs[0])["shared"] == 1
        assert Rating.objects.get(user=ada).rated_at == jobs[1].finished_at
        import_undo(job=jobs[1])
        assert not Rating.objects.exists()

    def test_what_the_member_rated_alike_is_no_imports(self, ada: User):
        """An import that found a rating of the member's own takes over nothing later."""
        rating_set(user=ada, movie=film("Alien"), half_stars=8)
        done(bring(ada, ratings(f"{ALIEN},4")))
        rating_set(user=ada, movie=film("Alien"), half_stars=3)
        before = state_of(ada)
        job = done(bring(ada, ratings(f"{ALIEN},4")), conflicts="theirs")
        import_undo(job=job)
        assert state_of(ada) == before

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    @pytest.mark.parametrize("touched", [False, True])
    def test_imports_are_undone_in_any_order(self, ada: User, order: Any, touched: bool):
        list_add(user=ada, movie=film("Alien"), kind=ListKind.WATCH_LATER)
        rating_set(user=ada, movie=film("Amélie"), half_stars=2)
        before = state_of(ada)
        amelie = "2021-01-03,Amélie,2001,u"
        jobs = [
            done(bring(ada, plain(ALIEN), "watched.csv")),
            done(bring(ada, ratings(f"{ALIEN},4", f"{amelie},5")), conflicts="theirs"),
            done(bring(ada, ratings(f"{ALIEN},5", f"{amelie},5")), conflicts="theirs"),
        ]
        if touched:
            rating_clear(user=ada, movie=film("Alien"))
            rating_set(user=ada, movie=film("Amélie"), half_stars=7)
            before = state_of(ada)
        for position in order:
            import_undo(job=jobs[position])
        assert state_of(ada) == before


FOUR_2020 = ratings("2020-01-01,Alien,1979,https://b,4")
TWO_2021 = ratings("2021-01-01,Alien,1979,https://b,2")
STARS = {"four": (8, 2020), "two": (4, 2021)}


class TestReplay:
    """Undoing leaves what the imports that are still done would have left by themselves."""

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    @pytest.mark.parametrize("has_own", [False, True])
    def test_a_file_imported_again_is_undone_in_any_order(
        self, ada: User, order: tuple[int, ...], has_own: bool
    ):
        if has_own:
            rating_set(user=ada, movie=film("Alien"), half_stars=3)
        list_add(user=ada, movie=film("Alien"), kind=ListKind.WATCH_LATER)
        before = state_of(ada)
        contents = (FOUR_2020, TWO_2021, FOUR_2020)
        jobs = [done(bring(ada, content), conflicts="theirs") for content in contents]
        remaining = [STARS["four"], STARS["two"], STARS["four"]]
        left = {0, 1, 2}
        for position in order:
            import_undo(job=jobs[position])
            left.remove(position)
            if left:
                rating = Rating.objects.get(user=ada)
                assert (rating.half_stars, rating.rated_at.year) == remaining[max(left)]
                assert listed(ada) == {}
        assert state_of(ada) == before

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    @pytest.mark.parametrize("after", range(1, 4))
    def test_a_change_of_ones_own_stays_and_counts_for_the_imports_after_it(
        self, ada: User, order: tuple[int, ...], after: int
    ):
        contents = (FOUR_2020, TWO_2021, FOUR_2020)
        jobs = [done(bring(ada, content), conflicts="theirs") for content in contents[:after]]
        rating_set(user=ada, movie=film("Alien"), half_stars=9)
        own = state_of(ada)
        jobs += [done(bring(ada, content), conflicts="theirs") for content in contents[after:]]
        for position in order:
            import_undo(job=jobs[position])
        assert state_of(ada) == own

    @pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
    def test_a_rating_that_gave_way_to_an_import_is_written_when_that_one_is_undone(
        self, ada: User, order: tuple[int, ...]
    ):
        before = state_of(ada)
        jobs = [done(bring(ada, content), conflicts="mine") for content in (FOUR_2020, TWO_2021)]
        assert Rating.objects.get(user=ada).half_stars == 8
        import_undo(job=jobs[order[0]])
        assert Rating.objects.get(user=ada).half_stars == (4 if order[0] == 0 else 8)
        import_undo(job=jobs[order[1]])
        assert state_of(ada) == before

    def test_a_rating_that_would_have_been_the_same_is_no_imports(self, ada: User):
        rating_set(user=ada, movie=film("Alien"), half_stars=4)
        own = state_of(ada)
        jobs = [done(bring(ada, one), conflicts="theirs") for one in (FOUR_2020, TWO_2021)]
        import_undo(job=jobs[0])
        assert state_of(ada) == own
        import_undo(job=jobs[1])
        assert state_of(ada) == own


class TestOwnWord:
    """What a member says themself after an import stays when it is undone, changed or not."""

    def test_a_rating_repeated_with_its_date_or_without_stays(self, ada: User):
        job = done(bring(ada, FOUR_2020))
        imported = Rating.objects.get(user=ada)
        rating_set(user=ada, movie=film("Alien"), half_stars=8)
        own = state_of(ada)
        assert Rating.objects.get(user=ada).rated_at == imported.rated_at
        import_undo(job=job)
        assert state_of(ada) == own
        again = done(bring(ada, FOUR_2020), conflicts="theirs")
        rating_set(
            user=ada, movie=film("Alien"), half_stars=8, rated_at=Rating.objects.get().rated_at
        )
        import_undo(job=again)
        assert state_of(ada) == own

    def test_a_rating_repeated_among_many_stays(self, ada: User):
        job = done(bring(ada, FOUR_2020))
        own = state_of(ada)
        ratings_set(user=ada, half_stars_of={film("Alien").pk: 8, film("Paprika").pk: 2})
        import_undo(job=job)
        assert state_of(ada)[0][0] == own[0][0]

    @pytest.mark.parametrize("is_bulk", [False, True])
    def test_a_film_that_is_put_on_its_list_again_stays_there(
        self, ada: User, client: Client, is_bulk: bool
    ):
        client.force_login(ada)
        job = done(bring(ada, plain(ALIEN), "watchlist.csv"))
        own = state_of(ada)
        assert own[1]
        address, body = "/api/v1/lists/watch_later", {"add": [film("Alien").pk], "remove": []}
        if is_bulk:
            answer = client.post(f"{address}/bulk/", body, content_type="application/json")
        else:
            answer = client.put(f"{address}/{film('Alien').pk}/")
        assert answer.status_code == 200
        import_undo(job=job)
        assert state_of(ada) == own

    def test_a_rating_repeated_between_two_imports_stays_when_both_are_undone(self, ada: User):
        rated = done(bring(ada, FOUR_2020))
        rating_set(user=ada, movie=film("Alien"), half_stars=8)
        own = state_of(ada)
        seen = done(bring(ada, plain(ALIEN), "watched.csv"))
        import_undo(job=rated)
        assert state_of(ada) == own
        import_undo(job=seen)
        assert state_of(ada) == own

    def test_a_list_that_was_taken_back_leaves_the_rating_to_the_import(self, ada: User):
        job = done(bring(ada, FOUR_2020))
        list_add(user=ada, movie=film("Alien"), kind=ListKind.WATCH_LATER)
        list_remove(user=ada, movie=film("Alien"), kind=ListKind.WATCH_LATER)
        import_undo(job=job)
        assert state_of(ada) == ([], [])

    def test_what_another_member_says_keeps_nothing(self, ada: User):
        job = done(bring(ada, FOUR_2020))
        rating_set(user=cast.member("bo"), movie=film("Alien"), half_stars=8)
        import_undo(job=job)
        assert state_of(ada) == ([], [])
