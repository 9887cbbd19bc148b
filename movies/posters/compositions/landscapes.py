"""Places: horizons, mountains, seas, planets, towns."""

from movies.posters.colour import mix
from movies.posters.compositions.shapes import (
    HEIGHT,
    WIDTH,
    Composition,
    Dice,
    at,
    circle,
    group,
    number,
    path,
    polygon,
    rectangle,
    sheet,
    title_at_bottom,
    title_at_top,
)
from movies.posters.palettes import Palette

BLACK = "#000000"
NIGHT = "M0-{r}A{r} {r} 0 0 1 0 {r}Q{r} 0 0-{r}z"
"""The side of a planet that is turned away."""


def setting_sun(dice: Dice, palette: Palette) -> Composition:
    """Draw a large sun that sets in stripes behind a plain with the title."""
    ground, _, first, second, third = palette
    x, y, radius = dice.between(130, 270), dice.between(190, 230), dice.between(105, 150)
    sky = mix(ground, second, 0.3)
    stripes = "".join(
        f"M0 {number(y + radius * part)}h{WIDTH}v{number(3 + 4 * i)}H0z"
        for i, part in enumerate((0.0, 0.2, 0.4, 0.6, 0.8))
    )
    art = [
        sheet(ground),
        rectangle(0, 0, WIDTH, 130, sky),
        rectangle(0, 130, WIDTH, 130, mix(ground, second, 0.2)),
        rectangle(0, 260, WIDTH, 140, mix(ground, second, 0.1)),
        circle(x, y, radius, first),
        path(stripes, mix(ground, second, 0.15)),
        polygon([(0, 352), (90, 330), (170, 372), (400, 392), (400, 410), (0, 410)], third),
        polygon([(400, 340), (310, 366), (230, 402), (400, 410)], mix(third, BLACK, 0.3)),
        rectangle(0, 404, WIDTH, HEIGHT, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 128))


def mesa(dice: Dice, palette: Palette) -> Composition:
    """Draw a desert with table mountains, a low sun and a cactus."""
    ground, _, first, second, third = palette
    shade = mix(third, BLACK, 0.4)
    table = "M-40 330L0 66l12-8L22 0H118l10 58l12 8L190 330z"
    cactus = (
        "M-13 90V-90a13 13 0 0 1 26 0v100h14v-44a9 9 0 0 1 18 0v50q0 14-14 14H13V90"
        "zM-13 30h-18q-14 0-14-14v-40a9 9 0 0 1 18 0v34h14z"
    )
    art = [
        sheet(ground),
        circle(dice.between(150, 260), 320, dice.between(74, 100), second),
        group(
            path(table, mix(first, second, 0.45)), at(dice.between(0, 70), dice.between(330, 350))
        ),
        group(path(table, first), at(dice.between(215, 260), dice.between(290, 320))),
        path("M0 480Q120 446 220 468T400 452V600H0z", third),
        group(path(cactus, shade), at(dice.pick([70, 96, 300, 330]), 490)),
        path("M0 548Q200 526 400 552V600H0z", shade),
    ]
    return Composition("".join(art), title_at_top(palette, 180))


def ridges(dice: Dice, palette: Palette) -> Composition:
    """Mountain behind mountain, paler the farther."""
    ground, _, first, second, third = palette
    art = [sheet(ground), circle(dice.between(80, 320), 272, dice.between(38, 60), third)]
    for layer in range(5):
        base, step = 310 + layer * 56, WIDTH / (3 + layer % 3)
        x = -dice.between(0, step)
        points = [(-10.0, 600.0)]
        while x < WIDTH + step:
            points += [(x, base + dice.between(0, 26)), (x + step / 2, base - dice.between(20, 72))]
            x += step
        points.append((WIDTH + step, 600.0))
        art.append(polygon(points, mix(mix(ground, second, 0.3), second, layer / 4)))
    art.append(polygon([(0, 600), (0, 560), (150, 572), (400, 540), (400, 600)], first))
    return Composition("".join(art), title_at_top(palette, 165))


def sea(dice: Dice, palette: Palette) -> Composition:
    """Rows of waves and one small boat under a sun."""
    ground, _, first, second, third = palette
    boat = "M-38 0H38q-8 26-24 26H-18Q-32 26-38 0zM-2-6V-86L40-6zM-8-6H-34L-8-62z"
    art = [
        sheet(ground),
        circle(dice.between(90, 310), dice.between(268, 290), dice.between(50, 80), first),
    ]
    for row in range(6):
        if row == 2:
            art.append(group(path(boat, third), at(dice.between(90, 300), 384, -5)))
        crests = f"M{number(-dice.between(0, 90))} {344 + row * 46}" + "q23-26 46 0t46 0" * 6
        art.append(path(f"{crests}V600H0z", mix(mix(second, ground, 0.55), second, row / 5)))
    return Composition("".join(art), title_at_top(palette, 170))


def planet(dice: Dice, palette: Palette) -> Composition:
    """Draw a banded planet with its ring and moons among stars."""
    ground, ink, first, second, third = palette
    radius = dice.between(95, 132)
    stars = "".join(
        f"M{number(dice.between(8, 392))} {number(dice.between(8, 420))}h.1" for _ in range(44)
    )
    outer, flat = radius * 1.7, radius * 0.34
    half = f"{number(outer)} {number(flat)} 0 0"
    ring: dict[str, str | float] = {"stroke": third, "stroke_width": radius * 0.1}
    bands = []
    for top, bottom, share in ((-0.62, -0.4, 0.35), (-0.1, 0.2, 0.6), (0.5, 0.9, 0.85)):
        wide, narrow = ((1 - part**2) ** 0.5 * radius for part in (top, bottom))
        arc = f"A{number(radius)} {number(radius)} 0 0"
        commands = (
            f"M{number(-wide)} {number(top * radius)}H{number(wide)}"
            f"{arc} 1 {number(narrow)} {number(bottom * radius)}H{number(-narrow)}"
            f"{arc} 1 {number(-wide)} {number(top * radius)}z"
        )
        bands.append(path(commands, mix(first, second, share)))
    behind = path(f"M{number(-outer)} 0A{half} 1 {number(outer)} 0", "none", **ring)
    before = path(f"M{number(-outer)} 0A{half} 0 {number(outer)} 0", "none", **ring)
    globe = [circle(0, 0, radius, first), *bands]
    place = at(dice.between(150, 250), dice.between(195, 225), dice.pick([-28, -18, 16, 24]))
    if dice.is_heads():
        globe = [behind, *globe, before]
    else:
        place = at(dice.pick([60, 340, 200]), dice.between(170, 230), dice.pick([-28, 24]), 1.55)
        globe.append(path(NIGHT.format(r=number(radius)), BLACK, opacity=0.35))
    art = [
        sheet(ground),
        path(stars, "none", stroke=ink, stroke_width=2.6, stroke_linecap="round"),
        group("".join(globe), place),
        circle(dice.between(50, 110), dice.between(350, 385), dice.between(10, 20), second),
        circle(dice.between(310, 350), dice.between(40, 70), dice.between(8, 16), third),
        rectangle(0, 424, WIDTH, 176, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 136))


def orbits(dice: Dice, palette: Palette) -> Composition:
    """Circles around a bright star that stands off the edge, each with its planet."""
    ground, _, first, second, third = palette
    x = dice.pick([30, 370, 200])
    y = 410 if x == 200 else dice.between(150, 240)
    art = [sheet(ground)]
    for step in range(7):
        radius = 78 + step * 42
        art.append(circle(x, y, radius, "none", stroke=second, stroke_width=2.5))
        angle = (
            dice.between(195, 345) if x == 200 else dice.between(-80, 80) + (180 if x > 200 else 0)
        )
        planet = circle(radius, 0, dice.between(6, 20), dice.pick([first, third, second]))
        art.append(group(planet, at(x, y, angle)))
    art += [circle(x, y, 46, third), circle(x, y, 30, first), rectangle(0, 412, WIDTH, 188, ground)]
    return Composition("".join(art), title_at_bottom(palette, 132))


def grid_plain(dice: Dice, palette: Palette) -> Composition:
    """Draw a plain of glowing lines that run to the horizon, and what rises there."""
    ground, _, first, second, third = palette
    x, horizon = dice.between(150, 250), 404
    rays = "".join(f"M{number(x)} {horizon}L{number(x + (i - 7) * 110)} 600" for i in range(15))
    rows = "".join(f"M0 {number(horizon + 4 + 196 * (i / 7) ** 2)}h{WIDTH}" for i in range(8))
    radius = dice.between(84, 116)
    rise = [
        circle(x, horizon, radius, first),
        circle(x, horizon, radius * 0.72, mix(first, third, 0.5)),
        circle(x, horizon, radius * 0.44, third),
    ]
    peak = dice.between(110, 160)
    pyramid = [
        polygon([(x, horizon - peak), (x + peak, horizon), (x - peak, horizon)], first),
        polygon([(x, horizon - peak), (x + peak, horizon), (x + 20, horizon)], third),
    ]
    art = [
        sheet(ground),
        *(rise if dice.is_heads() else pyramid),
        rectangle(0, horizon, WIDTH, 200, mix(ground, second, 0.5)),
        path(rays + rows, "none", stroke=first, stroke_width=2),
    ]
    return Composition("".join(art), title_at_top(palette, 190))


def skyline(dice: Dice, palette: Palette) -> Composition:
    """Draw a town at night with towers, lit windows and a moon."""
    ground, _, first, second, third = palette
    art = [sheet(ground), circle(dice.between(80, 320), dice.between(250, 280), 46, third)]
    for layer, colour in enumerate((mix(ground, second, 0.5), second)):
        x, roofs = -dice.between(0, 30), "M0 600"
        while x < WIDTH:
            width = dice.between(38, 76)
            top = dice.between(290, 400) + layer * 66
            roofs += f"H{number(x)}V{number(top)}H{number(x + width)}"
            x += width + dice.between(0, 6)
        art.append(path(f"{roofs}V600z", colour))
    lights = "".join(
        f"M{12 + 22 * dice.pick(range(18))} {500 + 19 * dice.pick(range(5))}h8v10h-8z"
        for _ in range(34)
    )
    art.append(path(lights, first))
    return Composition("".join(art), title_at_top(palette, 165))


def castle(dice: Dice, palette: Palette) -> Composition:
    """Towers on a hill under a crescent."""
    ground, ink, first, second, third = palette
    stars = "".join(
        f"M{number(dice.between(20, 380))} {number(dice.between(210, 380))}h.1" for _ in range(24)
    )
    moon = "M0-56A56 56 0 1 0 50 26A46 46 0 1 1 0-56z"
    towers = []
    for x in dice.shuffled([90, 140, 190, 240, 290])[:4]:
        top, half = dice.between(310, 400), dice.between(15, 24)
        roof = dice.between(46, 74)
        towers.append(
            f"M{number(x - half)} 560V{number(top)}h-5L{x} {number(top - roof)}"
            f"l{number(half + 5)} {number(roof)}h-5V560z"
        )
    windows = "".join(
        f"M{x - 4} {y}v-9a4 4 0 0 1 8 0v9z" for x in (140, 190, 240) for y in (452, 490)
    )
    art = [
        sheet(ground),
        path(stars, "none", stroke=ink, stroke_width=3, stroke_linecap="round"),
        group(path(moon, first), at(dice.pick([90, 310]), 270)),
        path("M0 470Q110 400 210 440T400 430V600H0z", mix(ground, second, 0.5)),
        path("".join(towers) + "M84 440H300V570H84z", second),
        path(windows, first),
        path("M0 540Q190 480 400 552V600H0z", mix(second, BLACK, 0.35)),
        path("M0 580Q220 530 400 574V600H0z", third),
    ]
    return Composition("".join(art), title_at_top(palette, 150))


def searchlights(dice: Dice, palette: Palette) -> Composition:
    """Beams that cross in the sky, and small planes."""
    ground, _, first, second, third = palette
    plane = "M0-12q4 0 4 6v4l22 8v5l-22-4v8l7 5v4L0 21l-11 3v-4l7-5V7l-22 4V6l22-8v-4q0-6 4-6z"
    beams = [
        polygon([(x, 420), (end - 46, -10), (end + 46, -10)], colour, opacity=0.55)
        for x, end, colour in zip(
            (60, 200, 340), dice.shuffled([60, 190, 330]), (second, third, second), strict=True
        )
    ]
    planes = [
        group(path(plane, first), at(90 + i * 62, 96 + abs(i - 2) * 48, scale=1.3))
        for i in range(5)
    ]
    art = [
        sheet(ground),
        *beams,
        group("".join(planes), at(-12, dice.between(-10, 60), dice.between(-8, 8))),
        path("M0 420V372l40-14 22 16 50-30 46 34 60-22 40 26 66-34 34 24 42-16V420z", second),
        rectangle(0, 410, WIDTH, 190, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 136))
