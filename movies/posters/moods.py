"""What a film's genres and decade ask of its poster: palette, composition, typeface."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from movies.posters.compositions import figures, landscapes, patterns, things
from movies.posters.compositions.shapes import Compose


class Mood(NamedTuple):
    """How posters of a kind of film look."""

    palettes: str
    compositions: tuple[Compose, ...]
    faces: tuple[str, ...]


_NOIR = Mood(
    "noir",
    (
        figures.hat,
        figures.door,
        landscapes.skyline,
        figures.stairs,
        patterns.vertigo,
        things.clock,
        things.rails,
    ),
    ("deco", "gothic", "didone", "headline"),
)
_WESTERN = Mood(
    "western",
    (landscapes.mesa, landscapes.setting_sun, things.rails, landscapes.ridges),
    ("slab",),
)
_HORROR = Mood(
    "horror",
    (
        figures.drips,
        figures.jaws,
        figures.eye,
        figures.door,
        patterns.vertigo,
        things.tree,
        things.bird,
    ),
    ("gothic", "headline", "deco"),
)
_CHILDREN = Mood(
    "children",
    (
        figures.creature,
        things.balloon,
        patterns.confetti,
        landscapes.castle,
        patterns.smile,
        things.book,
        things.tree,
        things.bird,
        landscapes.sea,
        patterns.tiles,
        patterns.waves,
    ),
    ("groovy", "slab", "headline"),
)
_SCIENCE = Mood(
    "science",
    (
        landscapes.planet,
        landscapes.orbits,
        landscapes.grid_plain,
        figures.eye,
        landscapes.ridges,
        things.clock,
    ),
    ("wide", "geometric", "gothic"),
)
_WAR = Mood(
    "war",
    (
        landscapes.searchlights,
        patterns.medal,
        landscapes.setting_sun,
        patterns.slashes,
        things.bird,
    ),
    ("slab", "gothic", "roman"),
)
_MUSICAL = Mood(
    "musical",
    (patterns.curtain, patterns.record, patterns.waves, figures.petals, patterns.record),
    ("deco", "didone", "groovy"),
)
_DOCUMENTARY = Mood(
    "documentary",
    (patterns.lens, patterns.engraving, patterns.letters, patterns.planes),
    ("geometric", "gothic", "headline"),
)
_FANTASY = Mood(
    "fantasy",
    (
        landscapes.castle,
        landscapes.ridges,
        landscapes.planet,
        landscapes.orbits,
        landscapes.sea,
        patterns.waves,
        figures.door,
        things.book,
        things.tree,
    ),
    ("roman", "didone"),
)
_CRIME = Mood(
    "crime",
    (
        patterns.vertigo,
        figures.hat,
        figures.door,
        patterns.slashes,
        figures.stairs,
        landscapes.skyline,
        figures.eye,
        patterns.letters,
        things.clock,
        things.rails,
        things.road,
    ),
    ("gothic", "headline", "geometric", "didone"),
)
_ROMANCE = Mood(
    "romance",
    (
        figures.duet,
        figures.petals,
        patterns.arches,
        landscapes.sea,
        things.balloon,
        figures.window,
        things.tree,
    ),
    ("didone", "geometric", "roman", "deco"),
)
_ACTION = Mood(
    "action",
    (patterns.burst, patterns.slashes, patterns.letters, landscapes.skyline, things.road),
    ("headline", "gothic", "wide"),
)
_ADVENTURE = Mood(
    "adventure",
    (
        landscapes.ridges,
        landscapes.sea,
        landscapes.setting_sun,
        things.balloon,
        things.tree,
        things.bird,
    ),
    ("headline", "slab", "roman", "geometric"),
)
_COMEDY = Mood(
    "comedy",
    (
        patterns.tiles,
        patterns.confetti,
        patterns.arches,
        patterns.planes,
        patterns.letters,
        patterns.smile,
        patterns.waves,
        patterns.burst,
        things.road,
        things.balloon,
    ),
    ("headline", "groovy", "slab", "geometric", "didone"),
)
_DRAMA = Mood(
    "drama",
    (
        figures.window,
        patterns.arches,
        patterns.planes,
        landscapes.sea,
        figures.stairs,
        figures.duet,
        landscapes.ridges,
        patterns.engraving,
        patterns.letters,
        landscapes.setting_sun,
        things.tree,
        things.bird,
        things.book,
        things.road,
    ),
    ("didone", "geometric", "gothic", "roman", "headline"),
)

MOODS = {
    "Film-Noir": _NOIR,
    "Western": _WESTERN,
    "Horror": _HORROR,
    "Animation": _CHILDREN,
    "Children": _CHILDREN,
    "Sci-Fi": _SCIENCE,
    "War": _WAR,
    "Musical": _MUSICAL,
    "Documentary": _DOCUMENTARY,
    "Fantasy": _FANTASY,
    "Mystery": _CRIME,
    "Crime": _CRIME,
    "Thriller": _CRIME,
    "Action": _ACTION,
    "Adventure": _ADVENTURE,
    "Romance": _ROMANCE,
    "Comedy": _COMEDY,
    "Drama": _DRAMA,
}
"""By genre, the most telling genre first."""

_FACES = (
    (1939, {"deco", "didone", "slab"}),
    (1959, {"didone", "slab", "headline", "deco"}),
    (1969, {"gothic", "headline", "didone", "slab"}),
    (1979, {"groovy", "headline", "didone", "slab", "gothic"}),
    (1989, {"wide", "headline", "gothic", "slab", "groovy"}),
    (1999, {"roman", "gothic", "headline", "didone", "wide", "groovy", "slab"}),
    (9999, {"geometric", "gothic", "roman", "wide", "headline", "slab", "groovy"}),
)

_MOTIFS: tuple[tuple[str, tuple[Compose, ...]], ...] = (
    (r"sea|ocean|ship|boat|titanic|water|shark|fish|island|river|beach", (landscapes.sea,)),
    (r"star|stars|space|planet|planets|moon|galaxy|mars|gravity", (landscapes.planet,)),
    (r"orbit|sun|eclipse|solaris|solar|comet|armageddon", (landscapes.orbits,)),
    (r"city|street|streets|york|manhattan|tokyo|chicago|metropolis", (landscapes.skyline,)),
    (r"mountain|mountains|everest|hill|hills|valley|cliff", (landscapes.ridges,)),
    (r"desert|west|canyon|texas|arizona|wyatt", (landscapes.mesa,)),
    (r"king|queen|prince|princess|knight|castle|kingdom|ring|rings", (landscapes.castle,)),
    (r"love|wedding|bride|marry|kiss|lovers|romance", (figures.duet, figures.petals)),
    (r"flower|flowers|rose|garden|orchid|magnolia|bloom", (figures.petals,)),
    (r"house|door|room|secret|home", (figures.door, figures.window)),
    (r"window|hotel|apartment|rear", (figures.window,)),
    (r"detective|spy|agent|bond|mob|gangster|godfather", (figures.hat,)),
    (r"eye|eyes|watching|vision|sight", (figures.eye,)),
    (r"blood|bloody|slaughter|massacre|saw", (figures.drips,)),
    (r"monster|monsters|creature|gremlins|ghost|ghosts", (figures.creature,)),
    (
        r"song|music|jazz|singing|dance|dancing|opera|disco|rock",
        (patterns.record, patterns.curtain),
    ),
    (r"theatre|stage|show|circus|cabaret|producers", (patterns.curtain,)),
    (r"time|day|days|hour|hours|midnight|tomorrow|clock|yesterday|minutes", (things.clock,)),
    (r"road|drive|driver|car|cars|highway|taxi|fast|furious|ride|trip|miles", (things.road,)),
    (r"tree|trees|wood|woods|forest|winter|christmas|jungle|blair", (things.tree,)),
    (r"train|railway|express|station|trainspotting|strangers|tracks", (things.rails,)),
    (r"dog|dogs|cat|cats|wolf|wolves|bear|lion|tiger|fox|paw|puppy|babe|animal", (things.paw,)),
    (r"bird|birds|crow|swan|eagle|duck|hawk|wings|angels|cuckoo|mockingbird", (things.bird,)),
    (r"balloon|up|sky|fly|flying|flight|plane|airplane", (things.balloon,)),
    (r"book|books|tale|tales|diary|letter|letters|notebook", (things.book,)),
    (r"ball|baseball|league|soccer|football|basketball|goal", (things.balls,)),
    (r"war|battle|soldier|army|private|platoon", (landscapes.searchlights, patterns.medal)),
)


def motifs_of(title: str) -> list[Compose]:
    """Return the compositions that the words of a title ask for; none for most titles."""
    words = set(re.findall(r"[a-z]+", title.lower()))
    return [one for pattern, motifs in _MOTIFS if words & set(pattern.split("|")) for one in motifs]


def mood_of(genres: Sequence[str]) -> Mood:
    """Return the mood of the most telling genre; drama if no genre is known."""
    return next((mood for genre, mood in MOODS.items() if genre in genres), _DRAMA)


def faces_of(mood: Mood, year: int | None) -> tuple[str, ...]:
    """Return the faces that suit the mood and were in use then, or else the mood's own."""
    in_use = next(faces for last, faces in _FACES if (year or 2000) <= last)
    return tuple(face for face in mood.faces if face in in_use) or mood.faces
