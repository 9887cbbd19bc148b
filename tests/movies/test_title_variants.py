"""Titles in another form: which fit a film, and which are those of another film."""

import pytest

from movies.title_variants import VariantIndex, variants_of
from movies.titles import parse_title

PAIRS = """
Star Wars (1977) | Star Wars: Episode IV - A New Hope (1977)
Star Wars IV: A New Hope (1977) | Star Wars: Episode IV - A New Hope (1977)
Star Wars: A New Hope (1977) | Star Wars: Episode IV - A New Hope (1977)
The Empire Strikes Back (1980) | Star Wars: Episode V - The Empire Strikes Back (1980)
Star Wars V (1980) | Star Wars: Episode V - The Empire Strikes Back (1980)
Return of the Jedi (1983) | Star Wars: Episode VI - Return of the Jedi (1983)
Star Wars: The Force Awakens (2015) | Star Wars: Episode VII - The Force Awakens (2015)
Star Wars: Episode I - The Phantom Menace (1999) | The Phantom Menace (1999)
Rocky 2 (1979) | Rocky II (1979)
Rocky III (1982) | Rocky 3 (1982)
Rocky 5 (1990) | Rocky V (1990)
X2 (2003) | X2: X-Men United (2003)
Birdman (2014) | Birdman: Or (The Unexpected Virtue of Ignorance) (2014)
Birdman or (The Unexpected Virtue of Ignorance) (2014) | Birdman (2014)
Romeo + Juliet (1996) | William Shakespeare's Romeo + Juliet (1996)
Romeo & Juliet (1996) | William Shakespeare's Romeo + Juliet (1996)
Romeo and Juliet (1996) | Romeo + Juliet (1996)
Three Colours: Red (1994) | Three Colors: Red (1994)
3 Colours: Blue (1993) | Three Colors: Blue (1993)
Se7en (1995) | Seven (1995)
Fant4stic (2015) | Fantastic (2015)
Harry Potter and the Philosopher's Stone (2001) | Harry Potter and the Sorcerer's Stone (2001)
The Godfather 2 (1974) | Godfather: Part II, The (1974)
The Godfather Part Two (1974) | Godfather: Part II, The (1974)
The Godfather, Part III (1990) | Godfather: Part III, The (1990)
Back to the Future 3 (1990) | Back to the Future Part III (1990)
Terminator 2 (1991) | Terminator 2: Judgment Day (1991)
Terminator II (1991) | Terminator 2: Judgment Day (1991)
Mission: Impossible 2 (2000) | Mission: Impossible II (2000)
Kill Bill: Volume 1 (2003) | Kill Bill: Vol. 1 (2003)
Kill Bill Volume Two (2004) | Kill Bill: Vol. 2 (2004)
Kill Bill (2003) | Kill Bill: Vol. 1 (2003)
It: Chapter 2 (2019) | It Chapter Two (2019)
Dune (2021) | Dune: Part One (2021)
Dr. Strangelove (1964) | Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)
Doctor Zhivago (1965) | Dr. Zhivago (1965)
Borat (2006) | Borat: Cultural Learnings of America for Make Benefit Glorious Kazakhstan (2006)
Pirates of the Caribbean (2003) | Pirates of the Caribbean: The Curse of the Black Pearl (2003)
The Curse of the Black Pearl (2003) | Pirates of the Caribbean: The Curse of the Black Pearl (2003)
The Fellowship of the Ring (2001) | Lord of the Rings: The Fellowship of the Ring, The (2001)
Dracula (1992) | Bram Stoker's Dracula (1992)
Frankenstein (1994) | Mary Shelley's Frankenstein (1994)
King Kong (2005) | Peter Jackson's King Kong (2005)
Pinocchio (2022) | Guillermo del Toro's Pinocchio (2022)
The Butler (2013) | Lee Daniels' The Butler (2013)
The Avengers (2012) | Marvel's The Avengers (2012)
Animal House (1978) | National Lampoon's Animal House (1978)
The Meaning of Life (1983) | Monty Python's The Meaning of Life (1983)
Life of Brian (1979) | Monty Python's Life of Brian (1979)
Why Did I Get Married? (2007) | Tyler Perry's Why Did I Get Married? (2007)
A Series of Unfortunate Events (2004) | Lemony Snicket's A Series of Unfortunate Events (2004)
Tabu (1931) | Tabu: A Story of the South Seas (1931)
2010 (1984) | 2010: The Year We Make Contact (1984)
The Fog of War (2003) | The Fog of War: Eleven Lessons from the Life of Robert S. McNamara (2003)
Blue Is the Warmest Colour (2013) | Blue Is the Warmest Color (2013)
The Colour of Money (1986) | The Color of Money (1986)
The Color Purple (1985) | The Colour Purple (1985)
Theatre of Blood (1973) | Theater of Blood (1973)
Good Neighbours (2010) | Good Neighbors (2010)
Grey Gardens (1975) | Gray Gardens (1975)
Howling II (1985) | Howling II: Your Sister Is a Werewolf (1985)
Pet Sematary Two (1992) | Pet Sematary II (1992)
Pet Sematary 2 (1993) | Pet Sematary II (1992)
Friday the 13th Part 3 (1982) | Friday the 13th Part III (1982)
Twelve Monkeys (1995) | 12 Monkeys (1995)
Ocean's 11 (2001) | Ocean's Eleven (2001)
Return of the Secaucus Seven (1980) | Return of the Secaucus 7 (1980)
Men in Black III (2012) | Men in Black 3 (2012)
Aliens vs. Predator: Requiem (2007) | AVPR: Aliens vs. Predator - Requiem (2007)
Alien versus Predator (2004) | Alien vs. Predator (2004)
The Girl and the Dragon (2000) | Girl & the Dragon (2000)
Hunger Games: Mockingjay Part 1 (2014) | The Hunger Games: Mockingjay - Part I (2014)
Mad Max 2: The Road Warrior (1981) | Mad Max 2 (1981)
Blade Runner: The Final Cut (1982) | Blade Runner (1982)
"""
"""Titles that people write, and the film in another catalogue's form."""

OTHERS = """
Rocky (1976) | Rocky II (1979)
Rocky (1979) | Rocky II (1979)
Rocky II (1979) | Rocky (1976)
Rocky II (1979) | Rocky III (1982)
Alien (1979) | Aliens (1986)
Alien (1986) | Aliens (1986)
Aliens (1986) | Alien (1986)
Alien (1997) | Alien: Resurrection (1998)
Alien: Covenant (2017) | Alien (1979)
Star Wars (1977) | Star Wars: Episode V - The Empire Strikes Back (1980)
Star Wars: Episode V (1980) | Star Wars: Episode IV - A New Hope (1980)
Star Wars: Revenge of the Sith (2005) | Star Wars: Episode II - Attack of the Clones (2005)
Kill Bill: Vol. 2 (2004) | Kill Bill: Vol. 1 (2004)
Kill Bill: Vol. 2 (2004) | Kill Bill: Vol. 1 (2003)
Kill Bill (2003) | Kill Bill: Vol. 2 (2004)
The Purge (2013) | The Purge: Anarchy (2014)
Air Bud: Golden Receiver (1998) | Air Bud (1997)
Police Academy (1985) | Police Academy 2: Their First Assignment (1985)
Back to the Future Part II (1989) | Back to the Future Part III (1990)
The Matrix Reloaded (2003) | The Matrix Revolutions (2003)
The Hunger Games: Mockingjay - Part 1 (2014) | The Hunger Games: Mockingjay - Part 2 (2014)
Lord of the Rings: The Two Towers (2002) | Lord of the Rings: The Fellowship of the Ring (2002)
The Hobbit: The Desolation of Smaug (2013) | The Hobbit: An Unexpected Journey (2012)
Harry Potter and the Goblet of Fire (2005) | Harry Potter and the Prisoner of Azkaban (2005)
Three Colors: Red (1994) | Three Colors: White (1994)
Three Colors: Blue (1993) | Three Colors: White (1994)
Terminator (1991) | Terminator 2: Judgment Day (1991)
The Godfather (1974) | The Godfather Part II (1974)
X-Men (2003) | X2: X-Men United (2003)
X-Men: Apocalypse (2016) | Apocalypse (2016)
List (1993) | Schindler's List (1993)
Baby (1968) | Rosemary's Baby (1968)
Labyrinth (2006) | Pan's Labyrinth (2006)
Advocate (1997) | The Devil's Advocate (1997)
Land (2021) | No Man's Land (2021)
Wild Life (1918) | It's a Wild Life (1918)
Truth (1991) | Truth or Dare (1991)
3 (2007) | 3:10 to Yuma (2007)
Spider-Man (2002) | Spider-Man 2 (2004)
Cars (2006) | Carts (2006)
Heat (1995) | The Heat (2013)
Dracula (1992) | Dracula: Dead and Loving It (1995)
Dumb & Dumber (1994) | Dumb and Dumberer: When Harry Met Lloyd (2003)
Toy Story (1999) | Toy Story 2 (1999)
Batman (1997) | Batman & Robin (1997)
Batman Forever (1995) | Batman Returns (1995)
Malcolm 10 (1990) | Malcolm in the Middle (1990)
Romeo + Juliet (1996) | Romeo Must Die (1996)
Glory (1990) | My Father's Glory (1990)
Part II (1974) | The Godfather: Part II (1974)
"""
"""Titles that people write, and another film. Wrong years make the title decide."""


def lines(text: str) -> list[tuple[str, str]]:
    pairs = [line.split(" | ") for line in text.strip().splitlines()]
    return [(written, film) for written, film in pairs]


def sure(written: str, film: str) -> bool:
    """Return whether a title that a person wrote surely means a film."""
    index: VariantIndex[str] = VariantIndex()
    title = parse_title(film)
    index.add(film, variants_of((title.text, *title.others)), title.year)
    asked = parse_title(written)
    found = index.find(variants_of([asked.text]), asked.year)
    return found.is_sure and found.items != []


def test_the_lists_are_long_enough_to_judge_the_rule():
    assert len(set(lines(PAIRS))) >= 60
    assert len(set(lines(OTHERS))) >= 40


@pytest.mark.parametrize(("written", "film"), lines(PAIRS))
def test_a_title_in_another_form_finds_its_film(written: str, film: str):
    assert sure(written, film)


@pytest.mark.parametrize(("written", "other"), lines(OTHERS))
def test_a_title_is_not_taken_for_another_film(written: str, other: str):
    assert not sure(written, other)


@pytest.mark.parametrize("year", [None, 2002])
def test_a_part_of_a_title_is_not_sure_without_its_very_year(year: int | None):
    index: VariantIndex[str] = VariantIndex()
    index.add("film", variants_of(["X2: X-Men United"]), 2003)
    assert index.find(variants_of(["X2"]), year) == (["film"], False)


def test_films_of_the_same_year_go_before_those_of_the_next_one():
    index: VariantIndex[str] = VariantIndex()
    index.add("first", variants_of(["Kill Bill: Vol. 1"]), 2003)
    index.add("second", variants_of(["Kill Bill: Vol. 2"]), 2004)
    assert index.find(variants_of(["Kill Bill"]), 2004) == (["second"], True)


def test_several_films_of_one_form_and_year_are_all_found():
    index: VariantIndex[str] = VariantIndex()
    for number in ("One", "Two"):
        index.add(number, variants_of([f"Che: Part {number}"]), 2008)
    assert index.find(variants_of(["Che"]), 2008).items == ["One", "Two"]
