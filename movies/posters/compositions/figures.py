"""Someone, or something: small people in large rooms, hats, eyes, creatures, couples."""

from movies.posters.colour import mix
from movies.posters.compositions.shapes import (
    MIRRORED,
    WIDTH,
    Composition,
    Dice,
    at,
    circle,
    group,
    number,
    path,
    polar,
    polygon,
    rectangle,
    sheet,
    title_at_bottom,
    title_at_top,
    trace,
)
from movies.posters.palettes import Palette

BLACK = "#000000"
PERSON = "M0-74a11 11 0 1 1 .1 0zM-15-68H15l4 40h-6L10 4H2L0-24L-2 4H-10L-13-28h-6z"
"""Someone standing, feet at the origin, about 96 high."""


def window(dice: Dice, palette: Palette) -> Composition:
    """Someone alone in the light of a tall window."""
    ground, ink, first, second, third = palette
    floor = mix(ground, second, 0.55)
    x = dice.between(70, 190)
    panes = "".join(
        f"M{number(x + i * 62)} {y}h54v{82 if y < 330 else 92}h-54z"
        for i in range(2)
        for y in (236, 326)
    )
    light = [(x - 6, 500), (x + 122, 500), (x + 210, 600), (x + 20, 600)]
    someone = dice.pick([x - 34, x + 160])
    art = [
        sheet(ground),
        rectangle(0, 470, WIDTH, 130, floor),
        path(panes, first),
        polygon(light, mix(floor, first, 0.6)),
        group(path("M-8 0H8L60 96H20z", mix(floor, ink, 0.45)), at(someone, 524)),
        group(path(PERSON, mix(ink, third, 0.1)), at(someone, 526)),
    ]
    return Composition("".join(art), title_at_top(palette, 160))


def door(dice: Dice, palette: Palette) -> Composition:
    """Draw an open door, its light on the floor and a person in it."""
    ground, _, first, second, third = palette
    x = dice.between(90, 250)
    lit = mix(ground, second, 0.6)
    fall = dice.between(-90, 60)
    art = [
        sheet(ground),
        rectangle(0, 330, WIDTH, 82, mix(ground, BLACK, 0.25)),
        polygon([(x, 330), (x + 74, 330), (x + 150 + fall, 412), (x - 50 + fall, 412)], first),
        rectangle(x - 10, 84, 94, 246, lit),
        rectangle(x, 94, 74, 236, first),
        polygon([(x + 74, 94), (x + 112, 72), (x + 112, 352), (x + 74, 330)], third),
        group(path(PERSON, ground), at(x + 36, 344, scale=1.25)),
        rectangle(0, 412, WIDTH, 188, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 136))


def hat(dice: Dice, palette: Palette) -> Composition:
    """Draw a man with a hat behind the light of blinds."""
    ground, _, first, second, third = palette
    shadow = mix(ground, BLACK, 0.45)
    man = (
        "M-190 230Q-170 120-62 104L-46 60Q-66 30-62-20H62Q66 30 46 60L62 104Q170 120 190 230z"
        "M-128-14Q-60-40-70-62Q-66-128-42-128Q-18-116 0-122Q22-134 44-126Q64-118 70-62"
        "Q66-38 128-14Q60 8 0 6T-128-14z"
    )
    slats = "".join(f"M0 {60 + i * 40}L400 {24 + i * 40}v17L0 {77 + i * 40}z" for i in range(10))
    glow = circle(dice.between(150, 250), dice.between(150, 210), dice.between(110, 140), first)
    light = path(slats, mix(first, third, dice.between(0, 0.6)), opacity=0.6)
    art = [
        sheet(ground),
        rectangle(0, 0, WIDTH, 416, mix(ground, second, 0.8)),
        *([light, glow] if dice.is_heads() else [glow, light]),
        group(path(man, shadow), at(dice.between(180, 220), 200)),
        rectangle(0, 416, WIDTH, 184, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 134))


def stairs(dice: Dice, palette: Palette) -> Composition:
    """Draw stairs across the sheet and a person on them."""
    ground, ink, first, second, third = palette
    n_steps, run, rise = 8, 50, 38
    climb = "M0 600V560" + f"h{run}v-{rise}" * n_steps + "V600z"
    risers = "".join(f"M{run * (i + 1)} {560 - rise * i}v-{rise}l-14 10v{rise}z" for i in range(8))
    step = dice.pick([2, 3, 4])
    art = [
        path(climb, second),
        path(risers, first),
        group(path(PERSON, mix(ink, BLACK, 0.2)), at(run * step + 22, 560 - rise * step)),
    ]
    moon = circle(84, 300, dice.between(30, 54), third)
    content = moon + "".join(art)
    flipped = group(content, MIRRORED) if dice.is_heads() else content
    return Composition(sheet(ground) + flipped, title_at_top(palette, 150))


def eye(dice: Dice, palette: Palette) -> Composition:
    """One wide open eye."""
    ground, ink, first, second, third = palette
    y, open_ = 215, dice.between(92, 128)
    lids = trace("M18 {0}Q200 {1} 382 {0}Q200 {2} 18 {0}z", y, y - open_ * 2, y + open_ * 2)
    lashes = "".join(
        trace("M{} {}L{} {}", *polar(200, y + 60, 200, angle), *polar(200, y + 60, 234, angle))
        for angle in range(-150, -29, 12)
    )
    spokes = "".join(
        trace("M{} {}L{} {}", *polar(0, 0, 50, angle), *polar(0, 0, 94, angle + 4))
        for angle in range(0, 360, 13)
    )
    slit = path("M0-80Q32 0 0 80Q-32 0 0-80z", ground)
    ball = [
        circle(0, 0, 100, first),
        path(spokes, "none", stroke=mix(first, ink, 0.55), stroke_width=3),
        slit if dice.is_heads() else circle(0, 0, 42, ground),
        circle(-30, -34, 14, ink),
    ]
    art = [
        sheet(ground),
        path(lashes, "none", stroke=second, stroke_width=7),
        path(lids, mix(ink, third, 0.15)),
        group("".join(ball), at(200, y, 0, open_ * 0.0092)),
        path(lids, "none", stroke=second, stroke_width=14),
    ]
    return Composition("".join(art), title_at_bottom(palette, 140))


def jaws(dice: Dice, palette: Palette) -> Composition:
    """Two rows of teeth around the title."""
    ground, ink, first, second, _ = palette
    n_teeth = dice.pick([5, 6, 7])
    width = WIDTH / n_teeth

    def teeth(edge: float, towards: int) -> str:
        points = [(0.0, edge)]
        for i in range(n_teeth):
            length = dice.between(74, 128)
            points += [(width * (i + 0.5), edge + towards * length), (width * (i + 1), edge)]
        return polygon(points, ink)

    art = [
        sheet(ground),
        path("M0 0H400V96Q200 40 0 96z", first),
        path("M0 600H400V504Q200 560 0 504z", first),
        group(teeth(62, 1) + rectangle(0, 40, WIDTH, 23, ink), at(0, 0)),
        teeth(538, -1) + rectangle(0, 537, WIDTH, 23, ink),
        path("M0 0H400V56Q200 84 0 56zM0 600H400V544Q200 516 0 544z", mix(first, second, 0.5)),
    ]
    zone = title_at_bottom(palette)._replace(y=208, height=176, anchor="middle", align="middle")
    return Composition("".join(art), zone)


def drips(dice: Dice, palette: Palette) -> Composition:
    """Something runs down from the top edge."""
    ground, _, first, second, third = palette
    layers = []
    for colour, shortest, longest in ((second, 160, 390), (first, 60, 300)):
        x, commands = 0.0, "M0 0"
        while x < WIDTH:
            half, length = dice.between(9, 19), dice.between(shortest, longest)
            gap = dice.between(8, 16)
            commands += (
                f"V{number(length)}a{number(half)} {number(half)} 0 0 0 {number(2 * half)} 0"
                f"V{number(shortest * 0.7)}a{number(gap)} {number(gap)} 0 0 1 {number(2 * gap)} 0"
            )
            x += 2 * (half + gap)
        layers.append(path(f"{commands}V0z", colour))
    moon = circle(dice.between(110, 290), dice.between(210, 260), dice.between(60, 92), third)
    art = [sheet(ground), moon, *layers]
    return Composition("".join(art), title_at_bottom(palette, 140))


EARS = (
    "M-106 14a38 38 0 1 1 76 0zM30 14a38 38 0 1 1 76 0z",
    "M-92 40Q-130-20-118-62Q-52-40-26 10zM92 40Q130-20 118-62Q52-40 26 10z",
    "M-6 10Q-12-30 8-54a16 16 0 1 1 9 6Q6-30 6 10z",
    "M-66 30q-44-60-22-104q40 20 46 92zM66 30q44-60 22-104q-40 20-46 92z",
)
MOUTHS = (
    "M-30 146Q0 184 30 146z",
    "M-30 148q30 26 60 0l3 5q-33 30-66 0z",
    "M-14 156a14 12 0 1 0 28 0a14 12 0 1 0-28 0z",
)
DARK = "#1d1a26"


def creature(dice: Dice, palette: Palette) -> Composition:
    """Draw a friendly creature that looks in from below."""
    ground, _, first, second, third = palette
    n_eyes = dice.pick([1, 2, 2, 3])
    size = 46 if n_eyes == 1 else 30
    look = dice.between(-8, 8)
    eyes = ""
    for i in range(n_eyes):
        x = (i - (n_eyes - 1) / 2) * 66
        eyes += circle(x, 88, size, "#ffffff") + circle(x + look, 92, size * 0.5, DARK)
    spots = "".join(
        circle(dice.between(-96, 96), dice.between(190, 260), dice.between(7, 16), second)
        for _ in range(5)
    )
    body = path("M-130 420V130a130 130 0 0 1 260 0V420z", first)
    somebody = path(dice.pick(EARS), dice.pick([first, third])) + body + spots + eyes
    somebody += path(dice.pick(MOUTHS), DARK)
    place = at(dice.between(170, 230), dice.between(290, 330), 0, dice.between(0.9, 1.1))
    art = [
        sheet(ground),
        circle(dice.pick([60, 340]), 250, 34, third),
        path("M0 480Q100 420 210 470T400 440V600H0z", mix(ground, second, 0.55)),
        group(somebody, place),
    ]
    return Composition("".join(art), title_at_top(palette, 150))


def duet(dice: Dice, palette: Palette) -> Composition:
    """Two that have something in common: discs, a heart of two, halves that meet."""
    ground, _, first, second, third = palette
    form = dice.pick(["discs", "discs", "heart", "halves"])
    if form == "heart":
        half = "M0-40A82 82 0 0 0-152 24Q-150 92 0 190z"
        shapes = path(half, first) + group(path(half, second), "scale(-1 1)")
        shapes += circle(0, 30, dice.between(20, 44), third)
        place = at(200, 190, dice.between(-14, 14))
    elif form == "halves":
        half = "M0-150A150 150 0 0 0 0 150z"
        shift = dice.between(20, 80)
        shapes = group(path(half, first), at(-5, -shift / 2))
        shapes += group(path(half, second) + circle(-54, 0, 26, third), at(5, shift / 2, 180))
        place = at(200, 214, dice.pick([0, 30, -30]), 0.95)
    else:
        radius = dice.between(112, 134)
        apart, angle = dice.between(0.62, 0.78) * radius, dice.pick([0, 35, -35, 90])
        tip = number((radius**2 - apart**2) ** 0.5)
        arc = f"A{number(radius)} {number(radius)} 0 0 1"
        shapes = circle(-apart, 0, radius, first) + circle(apart, 0, radius, second)
        shapes += path(f"M0-{tip}{arc} 0 {tip}{arc} 0-{tip}z", third)
        place = at(200, 218, angle, 0.86)
    return Composition(sheet(ground) + group(shapes, place), title_at_bottom(palette, 136))


def petals(dice: Dice, palette: Palette) -> Composition:
    """One flower, from above."""
    ground, _, first, second, third = palette
    n_petals, length = dice.pick([6, 8, 10, 12]), dice.between(140, 175)
    x, y = dice.pick([(200, 222), (90, 200), (310, 200)])
    wide = length * 4.2 / n_petals
    petal = trace(
        "M0 0C{0} {1} {2} {3} 0 {3}S{4} {1} 0 0z",
        wide, -length * 0.4, wide * 0.7, -length, -wide,
    )  # fmt: skip
    flower = f'<defs><path id="p" d="{petal}"/></defs>'
    for size, colour in ((1.0, first), (0.66, second)):
        for i in range(n_petals):
            turn = number(360 / n_petals * (i + (0.5 if size < 1 else 0)))
            shade = mix(colour, second if i % 2 else ground, 0.16)
            place = f'transform="rotate({turn})scale({size})"'
            flower += f'<use href="#p" {place} fill="{shade}"/>'
    stem = trace("M{0} {1}Q{2} 400 {0} 600", x, y, x + 30)
    art = [
        sheet(ground),
        path(stem, "none", stroke=third, stroke_width=9),
        group(flower + circle(0, 0, 26, third), at(x, y, dice.between(0, 40))),
        rectangle(0, 412, WIDTH, 188, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 136))
