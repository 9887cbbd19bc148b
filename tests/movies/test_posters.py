"""Drawn posters: the same for the same film, well-formed, legible, and a series of many."""

import doctest
import re
import xml.etree.ElementTree as ET
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movies.posters import HEIGHT, WIDTH, colour, draw_poster, motifs_for
from movies.posters import poster as drawing
from movies.posters.colour import MINIMUM_CONTRAST, contrast
from movies.posters.compositions import figures, landscapes, patterns, shapes, things
from movies.posters.compositions.shapes import Dice
from movies.posters.lettering import CAP_HEIGHT, face, fit
from movies.posters.moods import MOODS, faces_of, mood_of, motifs_of
from movies.posters.palettes import PALETTES
from movies.posters.rows import ROW, PosterRow, read_shown
from movies.templatetags import marquee

SVG = "{http://www.w3.org/2000/svg}"
COMPOSITIONS = list(
    dict.fromkeys((one, mood.palettes) for mood in MOODS.values() for one in mood.compositions)
)
TITLES = [
    "Alien",
    "M",
    "Amélie (Fabuleux destin d'Amélie Poulain, Le)",
    "Star Wars: Episode V - The Empire Strikes Back",
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb",
    "Supercalifragilisticexpialidocious",
    "¡Three Amigos!",
    'Tom & Jerry <in> "Mörder" \u2019n\u2019 Şans',
    "Everything You Always Wanted to Know About Sex * But Were Afraid to Ask",
    "Fullmetal Alchemist the Movie: Conqueror of Shamballa (Gekijô-ban hagane no renkinjutsushi)",
    "(500) Days of Summer",
    ": Prologue, Which Nobody Can Deny",
]


def poster(title="Alien", year=1979, genres=("Horror", "Sci-Fi"), **more):
    return draw_poster(title=title, year=year, genres=genres, **more)


def test_the_same_film_gives_the_same_poster():
    assert poster() == poster()


def test_another_seed_gives_another_poster_of_the_same_film():
    assert len({poster(seed=seed) for seed in range(12)}) > 8


def test_two_hundred_films_have_two_hundred_drawings():
    drawings = {
        re.sub(r"<title>.*?</title>", "", poster(f"Part {number}", 1920 + number // 2, [genre]))
        for number, genre in enumerate(list(MOODS) * 12)
    }
    assert len(drawings) == len(MOODS) * 12


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("year", [None, 1925, 1955, 1968, 1975, 1984, 1999, 2012])
def test_a_poster_is_a_small_well_formed_picture_named_after_its_film(title, year):
    text = poster(title, year)
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("height")) == (str(WIDTH), str(HEIGHT))
    assert root.findtext(f"{SVG}title") == (f"{title} ({year})" if year else title)
    assert len(text.encode()) < (6_000 if len(title) < 30 else 8_500)


@given(st.text(max_size=80), st.integers(1880, 2100) | st.none(), st.sampled_from(list(MOODS)))
def test_any_title_can_be_drawn(title, year, genre):
    legal = "".join(c for c in title if c.isprintable())
    ET.fromstring(poster(legal, year, [genre]))


def test_nothing_in_a_poster_needs_a_script_a_style_sheet_or_another_file():
    for title in TITLES:
        text = poster(title)
        assert not re.search(
            r"<script|<style|style=|on\w+=|https?:(?!//www\.w3\.org/2000/svg)", text
        )
        assert set(re.findall(r'href="(.)', text)) <= {"#"}


def test_a_script_without_letters_of_ours_is_set_in_the_systems():
    words = ET.fromstring(poster("Броненосец Потёмкин", 1925)).iter(f"{SVG}text")
    assert [word.text for word in words] == ["Броненосец Потёмкин", "1925"]


@pytest.mark.parametrize(("composition", "mood"), COMPOSITIONS)
@pytest.mark.parametrize("seed", range(5))
def test_a_title_reads_on_its_ground_in_every_palette(composition, mood, seed):
    for palette in PALETTES[mood]:
        zone = composition(Dice(seed), palette).zone
        assert contrast(zone.ink, zone.ground) >= MINIMUM_CONTRAST
        assert zone.x >= 0
        assert zone.y >= 0
        assert zone.x + zone.width <= WIDTH
        assert zone.y + zone.height <= HEIGHT


@pytest.mark.parametrize("title", [title for title in TITLES if "<" not in title])
@pytest.mark.parametrize("name", sorted({name for mood in MOODS.values() for name in mood.faces}))
@pytest.mark.parametrize("style", ["even", "justified"])
def test_a_title_never_leaves_its_box_and_loses_no_word(title, name, style):
    typeface = face(name)
    text = title.upper() if typeface.is_uppercase else title
    lines = fit(text, typeface, width=340, height=140, largest=80, style=style)
    assert " ".join(line.text for line in lines) == text
    assert max(line.width for line in lines) <= 340.5
    heights = [line.cap_height for line in lines]
    assert heights[0] + sum(h * typeface.pitch for h in heights[1:]) <= 140.5


def test_letters_stand_where_their_advances_and_kerning_put_them():
    typeface = face("didone")
    kern = typeface.kerning["AV"]
    assert kern < 0
    assert typeface.positions("AV")[1] == typeface.advances["A"] + typeface.tracking + kern
    assert typeface.width("") == 0
    assert CAP_HEIGHT == 200


@pytest.mark.parametrize("title", [*TITLES, "Groundhog Day", "Reservoir Dogs", "Up"])
@pytest.mark.parametrize("genres", [("Horror",), ("Comedy", "Drama"), ()])
def test_the_motif_is_known_without_drawing(title, genres):
    modules = (figures, landscapes, patterns, things)
    name = motifs_for(title, 1990, genres)[0]
    compose = next(getattr(one, name) for one in modules if hasattr(one, name))
    dice = Dice(crc32(f"{title}|1990".encode()))
    palette = dice.pick(PALETTES[mood_of(genres).palettes])
    dice.pick(range(2))  # the choice of the motif
    assert compose(dice, palette).art in poster(title, 1990, genres)


@pytest.mark.parametrize("title", [*TITLES, "Groundhog Day", "Up"])
@pytest.mark.parametrize("genres", [("Western",), ("Documentary",), ("Horror", "War"), ()])
def test_every_film_can_have_more_motifs_than_neighbours_on_both_sides(title, genres):
    names = motifs_for(title, 1990, genres)
    assert len(set(names)) == len(names) >= 2 * ROW + 3
    drawings = {poster(title, 1990, genres, variant=number) for number in range(len(names))}
    assert len(drawings) == len(names)
    assert poster(title, 1990, genres, variant=len(names)) == poster(title, 1990, genres)


def test_a_poster_has_the_first_of_its_motifs_that_no_neighbour_has():
    row = PosterRow(before=["sea", "door"])
    assert row.place(["sea", "hat", "tree"]) == 1
    assert row.place(["hat", "door", "tree", "star"], besides=["tree"]) == 3
    row = PosterRow(before=["sea"])
    for _picture in range(ROW - 1):
        row.place_picture()
    assert row.place(["sea", "hat"]) == 0


def test_a_poster_keeps_the_motif_that_it_has_on_the_page_unless_a_neighbour_has_it():
    assert PosterRow().place(["sea", "hat", "tree"], shown="tree") == 2
    assert PosterRow(before=["tree"]).place(["sea", "hat", "tree"], shown="tree") == 0
    assert PosterRow().place(["sea", "hat"], besides=["sea"]) == 1


def test_what_a_request_says_of_motifs_is_read_and_nonsense_ignored():
    assert read_shown("12-sea,x-door,7,,44-hat-tree,9-") == {12: "sea", 9: ""}


def test_the_words_that_tell_films_of_a_series_apart_are_the_larger_ones():
    for title, series in (
        ("Star Wars: Episode V - The Empire Strikes Back", "STAR WARS: EPISODE V"),
        ("Mission: Impossible - Ghost Protocol", "MISSION: IMPOSSIBLE"),
        ("Harry Potter and the Goblet of Fire", "HARRY POTTER AND THE"),
        ("The Lord of the Rings: The Two Towers", "THE LORD OF THE RINGS"),
    ):
        head, tail = drawing.split_title(title)
        assert head.upper() == series
        assert drawing.is_series(head, tail)


@pytest.mark.parametrize(
    ("title", "motif"),
    [("Groundhog Day", "clock"), ("Reservoir Dogs", "paw"), ("Up", "balloon"), ("Jaws", None)],
)
def test_words_of_the_title_choose_the_motif(title, motif):
    assert [one.__name__ for one in motifs_of(title)] == ([motif] if motif else [])


def test_the_most_telling_genre_decides_the_mood():
    assert mood_of(["Drama", "Western"]) is MOODS["Western"]
    assert mood_of(["Comedy", "Drama", "Romance"]) is MOODS["Romance"]
    assert mood_of([]) is MOODS["Drama"]


def test_a_decade_narrows_the_faces_of_a_mood():
    assert set(faces_of(MOODS["Romance"], 1930)) == {"deco", "didone"}
    assert faces_of(MOODS["Western"], 2014) == ("slab",)


@pytest.mark.parametrize("module", [colour, shapes, drawing, marquee])
def test_the_examples_in_the_docstrings_hold(module):
    results = doctest.testmod(module)
    assert results.attempted
    assert not results.failed
