import pytest
from hypothesis import given
from hypothesis import strategies as st

from movies.titles import fold, match_key, parse_title


@pytest.mark.parametrize(
    ("raw", "text", "year", "others"),
    [
        ("Matrix, The (1999)", "The Matrix", 1999, ()),
        ("Avventura, L' (Adventure, The) (1960)", "L'Avventura", 1960, ("The Adventure",)),
        (
            "Léon: The Professional (a.k.a. The Professional) (Léon) (1994)",
            "Léon: The Professional",
            1994,
            ("The Professional", "Léon"),
        ),
        ("Corrina, Corrina (1994)", "Corrina, Corrina", 1994, ()),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009, ()),
        ("Babies (Bébé(s)) (2010)", "Babies", 2010, ("Bébé(s)",)),
        (
            "Birdman: Or (The Unexpected Virtue of Ignorance) (2014)",
            "Birdman: Or (The Unexpected Virtue of Ignorance)",
            2014,
            (),
        ),
        ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975, ()),
        ("Big Bang Theory, The (2007-)", "The Big Bang Theory", 2007, ()),
        ("Hyena Road", "Hyena Road", None, ()),
        ("  1984   (1984) ", "1984", 1984, ()),
        ("(1995)", "(1995)", None, ()),
        ("", "", None, ()),
    ],
)
def test_a_title_is_taken_apart(raw, text, year, others):
    title = parse_title(raw)
    assert (title.text, title.year, title.others) == (text, year, others)


@given(st.text())
def test_no_title_is_unreadable(raw):
    title = parse_title(raw)
    assert bool(title.text) == bool(raw.strip())


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Matrix", "matrix"),
        ("Amélie", "AMELIE"),
        ("Schindler's List", "Schindlers List"),
        ("Schindler’s List", "Schindler's List"),  # noqa: RUF001
        ("Schindler´s List", "Schindler's List"),  # noqa: RUF001
        ("Fast & Furious", "Fast and Furious"),
        ("Død snø", "Dod sno"),
        ("WALL·E", "Wall E"),
        ("The The", "the"),
    ],
)
def test_spellings_of_one_title_have_one_key(one, other):
    assert match_key(one) == match_key(other)


def test_different_films_have_different_keys():
    assert match_key("Alien") != match_key("Aliens")
    assert match_key("The") == "the"
