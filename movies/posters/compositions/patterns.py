"""Pure shape: arches, planes, bursts, tiles, spirals, stripes."""

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


def arches(dice: Dice, palette: Palette) -> Composition:
    """Arch within arch within arch."""
    ground, _, first, second, third = palette
    x = dice.pick([200, 0, 400])
    largest, spring, n_arches = (185, 410, 6) if x == 200 else (330, 600, 6)
    colours = dice.shuffled([first, second, third]) * 2
    art = [sheet(ground)]
    for i, colour in enumerate(colours):
        radius = largest * (1 - i / (n_arches + 0.6))
        left, right, half = number(x - radius), number(x + radius), number(radius)
        art.append(path(f"M{left} 600V{spring}A{half} {half} 0 0 1 {right} {spring}V600z", colour))
    return Composition("".join(art), title_at_top(palette, 150 if x == 200 else 190))


def planes(dice: Dice, palette: Palette) -> Composition:
    """Sheets of colour laid over one another."""
    ground, _, first, second, third = palette
    art = [sheet(ground)]
    angle = dice.between(-32, 32)
    for i, colour in enumerate((second, first, third)):
        tall, wide = dice.between(150, 300), dice.between(90, 210)
        plane = rectangle(-wide / 2, -tall / 2, wide, tall, colour, opacity=0.88)
        place = at(
            dice.between(90, 310),
            dice.between(130, 250),
            angle + 90 * (i % 2) + dice.between(-9, 9),
        )
        art.append(group(plane, place))
    art += [
        circle(dice.between(80, 320), dice.between(90, 300), dice.between(26, 52), third),
        rectangle(0, 412, WIDTH, 188, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 136))


def burst(dice: Dice, palette: Palette) -> Composition:
    """Rays from one point, cut off by a slope that carries the title."""
    ground, _, first, second, third = palette
    x, y, n_rays = dice.between(120, 280), dice.between(170, 260), dice.pick([13, 16, 20])
    rays = ""
    for i in range(n_rays):
        angle = 360 / n_rays * i
        left, right = polar(x, y, 620, angle), polar(x, y, 620, angle + 180 / n_rays)
        rays += trace("M{} {}L{} {}L{} {}z", x, y, *left, *right)
    spikes = []
    for size, colour in ((104, third), (70, mix(first, "#ffffff", 0.55)), (34, ground)):
        points = [
            polar(x, y, size * (1 if i % 2 else dice.between(0.5, 0.66)), i * 12) for i in range(30)
        ]
        spikes.append(polygon(points, colour))
    slope = dice.pick([[(0, 430), (400, 370)], [(0, 370), (400, 430)]])
    art = [
        sheet(mix(ground, second, 0.5)),
        path(rays, first),
        *spikes,
        polygon([(0, slope[0][1] - 14), (400, slope[1][1] - 14), (400, 600), (0, 600)], third),
        polygon([*slope, (400, 600), (0, 600)], ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 124))


def slashes(dice: Dice, palette: Palette) -> Composition:
    """Diagonal bands at speed."""
    ground, _, first, second, third = palette
    x, bottom = -260.0, 420
    art = [
        sheet(ground),
        circle(dice.between(110, 290), dice.between(120, 200), dice.between(48, 80), third),
    ]
    while x < WIDTH:
        width, top = dice.between(12, 62), dice.between(-20, 120)
        lean = (bottom - top) * 0.62
        band = [(x + lean, top), (x + lean + width, top), (x + width, bottom), (x, bottom)]
        art.append(polygon(band, dice.pick([first, second, third, mix(first, third, 0.5)])))
        x += width + dice.between(6, 40)
    art.append(rectangle(0, 410, WIDTH, 190, ground))
    content = "".join(art)
    if dice.is_heads():
        content = group(content, MIRRORED)
    return Composition(content, title_at_bottom(palette, 136))


def vertigo(dice: Dice, palette: Palette) -> Composition:
    """Rings that drift into depth, and someone falling."""
    ground, _, first, second, third = palette
    drift_x, drift_y = dice.between(-9, 9), dice.between(2, 5)
    art = [sheet(ground)]
    for i in range(10):
        colour = (first, ground, second, ground)[i % 4]
        art.append(circle(200 + drift_x * i, 200 + drift_y * i, 196 - i * 18.5, colour))
    faller = (
        "M0-30a9 9 0 1 1 .1 0zM-6-28L-30-44l-4 6L-10-14L-12 10L-30 36l6 5L0 16"
        "L22 34l5-6L10 8L8-16L30-34l-4-6L6-28z"
    )
    deepest = at(200 + drift_x * 9, 200 + drift_y * 9, dice.between(-60, 60))
    art.append(group(path(faller, third), deepest))
    return Composition("".join(art), title_at_bottom(palette, 150))


TILES = {
    "q": "M0 0H100A100 100 0 0 1 0 100z",
    "h": "M0 0A50 50 0 0 0 100 0z",
    "o": "M50 8a42 42 0 1 0 .1 0z",
    "t": "M0 0H100L0 100z",
    "s": "M0 0H100V25H0zM0 50H100V75H0z",
    "d": "M0 0A100 100 0 0 1 100 100A100 100 0 0 1 0 0z",
}


def tiles(dice: Dice, palette: Palette) -> Composition:
    """Sixteen tiles of quarter, half and whole discs."""
    ground, ink, first, second, third = palette
    kinds = dice.shuffled(TILES)[:4]
    defs = "".join(f'<path id="{kind}" d="{TILES[kind]}"/>' for kind in kinds)
    cells, back = "", ""
    for i in range(16):
        back = dice.pick([one for one in (first, second, third, ground) if one != back])
        front = dice.pick([one for one in (first, second, third, ink) if one != back])
        x, y, turn = i % 4 * 100, i // 4 * 100, dice.pick([0, 90, 180, 270])
        place = f'fill="{front}" transform="translate({x} {y})rotate({turn} 50 50)"'
        cells += rectangle(x, y, 100, 100, back) + f'<use href="#{dice.pick(kinds)}" {place}/>'
    art = f"{sheet(ground)}<defs>{defs}</defs>{cells}"
    return Composition(art, title_at_bottom(palette, 142))


CONFETTI = (
    '<circle id="c0" r="24"/>',
    '<path id="c1" d="M-26 20L0-26L26 20z"/>',
    '<path id="c2" d="M-28 0a28 28 0 0 1 56 0z"/>',
    '<path id="c3" d="M-30-6H30V6H-30z"/>',
    '<path id="c4" d="M-34 8q9-24 17-8t17-8 17-8 17-8l2 9q-10 26-18 8t-18 8-17 8-17 8z"/>',
    '<path id="c5" d="M0-23a23 23 0 1 1-.1 0zm0 11a12 12 0 1 0 .1 0z"/>',
)


def confetti(dice: Dice, palette: Palette) -> Composition:
    """Shapes thrown up into the air."""
    ground, _, *colours = palette
    flakes = ""
    for place in dice.shuffled(range(25))[:21]:
        x = 40 + place % 5 * 80 + dice.between(-16, 16)
        y = 50 + place // 5 * 80 + dice.between(-16, 16)
        look = f'fill="{dice.pick(colours)}" transform="{at(x, y, dice.between(0, 360))}"'
        flakes += f'<use href="#c{dice.pick(range(6))}" {look}/>'
    art = f"{sheet(ground)}<defs>{''.join(CONFETTI)}</defs>{flakes}"
    return Composition(art, title_at_bottom(palette, 134))


def curtain(dice: Dice, palette: Palette) -> Composition:
    """Draw a curtain that opens for a light on the stage."""
    ground, _, first, second, third = palette
    shade = mix(second, BLACK, 0.28)
    drape = ""
    for i in range(6):
        out = 8 + i * 12
        fold = (
            f"M{i * 30} 0h30q-4 {220 + i * 10} {-out} 404h-{30 - i * 2}q{6 + i * 6}-200 {out}-404z"
        )
        drape += path(fold, second if i % 2 else shade)
    valance = "".join(f"M{i * 50} 0h50v34a25 25 0 0 1-50 0z" for i in range(8))
    star = polygon([polar(0, 0, 74 if i % 2 else 32, i * 36 - 54) for i in range(10)], third)
    act = star if dice.is_heads() else circle(0, 0, dice.between(34, 58), third)
    lamp = dice.between(170, 230)
    art = [
        sheet(ground),
        polygon([(lamp - 16, 40), (lamp + 16, 40), (310, 392), (90, 392)], mix(ground, first, 0.5)),
        f'<ellipse cx="200" cy="390" rx="120" ry="22" fill="{first}"/>',
        group(act, at(200, dice.between(250, 290))),
        drape,
        group(drape, MIRRORED),
        path(valance, mix(second, first, 0.25)),
        rectangle(0, 404, WIDTH, 196, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 136))


def record(dice: Dice, palette: Palette) -> Composition:
    """Draw a vinyl record with its label."""
    ground, _, first, _, third = palette
    x, y, radius = dice.pick([(200, 222, 176), (60, 200, 240), (340, 200, 240)])
    disc, groove = "#15101a", "#443f48"
    grooves = "".join(
        circle(0, 0, part, "none", stroke=groove, stroke_width=0.8)
        for part in (94, 88, 81, 75, 68, 61, 54)
    )
    shine = "".join(
        trace("M0 0L{} {}L{} {}z", *polar(0, 0, 100, angle), *polar(0, 0, 100, angle + 22))
        for angle in (-60, 120)
    )
    turning = [
        circle(0, 0, 100, disc),
        grooves,
        path(shine, "#ffffff", opacity=0.12),
        circle(0, 0, 38, first),
        path("M-38 0A38 38 0 0 0 38 0z", third),
        circle(0, 0, 5, ground),
    ]
    art = [
        sheet(ground),
        group("".join(turning), at(x, y, dice.between(-20, 20), radius / 100)),
        rectangle(0, 412, WIDTH, 188, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 132))


def lens(dice: Dice, palette: Palette) -> Composition:
    """Draw the blades of a half-open shutter."""
    ground, ink, first, second, _ = palette
    n_blades, hole, turn = dice.pick([6, 7, 8, 9]), dice.between(40, 84), dice.between(0, 60)
    step = 360 / n_blades
    art = [sheet(ground), circle(200, 216, 186, ink)]
    for i in range(n_blades):
        start = turn + i * step
        rim = [polar(200, 216, 178, start - 38 + step * part) for part in (0, 0.25, 0.5, 0.75, 1)]
        blade = [polar(200, 216, hole, start), *rim, polar(200, 216, hole, start + step)]
        art.append(polygon(blade, mix(first, second, abs(2 * i / n_blades - 1))))
    return Composition("".join(art), title_at_bottom(palette, 134))


def engraving(dice: Dice, palette: Palette) -> Composition:
    """Draw a ball with lines of changing weight."""
    ground, ink, first, _, _ = palette
    x, y, radius, n_lines = dice.between(180, 220), 216, 168, 23
    light = dice.between(-0.5, 0.5)
    lines = ""
    for i in range(n_lines):
        height = -1 + 2 * (i + 0.5) / n_lines
        half, middle = (1 - height**2) ** 0.5 * radius, y + height * radius
        lines += trace(
            "M{0} {1}Q{2} {3} {4} {1}V{5}Q{2} {6} {0} {5}z",
            x - half, middle - 5, x + light * half, middle + 4.6, x + half, middle + 5, middle + 6,
        )  # fmt: skip
    dot = circle(x + light * radius * 0.9, y + dice.between(-60, 60), dice.between(16, 34), first)
    art = [sheet(ground), path(lines, ink), dot]
    return Composition("".join(art), title_at_bottom(palette, 138))


def medal(dice: Dice, palette: Palette) -> Composition:
    """Stripes and a star."""
    ground, _, first, second, third = palette
    n_stripes = dice.pick([5, 7, 9])
    tall = 404 / n_stripes
    bars = "".join(f"M0 {number(i * tall)}h400v{number(tall / 2)}H0z" for i in range(n_stripes))
    radius = dice.between(116, 146)
    star = [polar(200, 206, radius if i % 2 else radius * 0.39, i * 36 - 54) for i in range(10)]
    art = [
        sheet(ground),
        rectangle(0, 0, WIDTH, 404, second),
        path(bars, mix(second, third, 0.6)),
        circle(200, 202, radius + 18, ground),
        polygon(star, first),
        rectangle(0, 404, WIDTH, 196, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 136))


def waves(dice: Dice, palette: Palette) -> Composition:
    """Bands that sway across the sheet."""
    ground, _, first, second, third = palette
    tall, sway = dice.between(26, 38), dice.between(30, 64)
    colours = dice.shuffled([first, second, third])
    bands = []
    for i in range(int(250 / tall)):
        y = 590 - i * tall
        crest = (
            f"M-10 {number(y)}C90 {number(y - sway)} 110 {number(y - sway)} 200 {number(y)}"
            f"S310 {number(y + sway)} 410 {number(y)}V620H-10z"
        )
        bands.append(path(crest, colours[i % 3]))
    disc = circle(dice.between(90, 310), 270, dice.between(44, 70), first)
    return Composition(sheet(ground) + disc + "".join(reversed(bands)), title_at_top(palette, 160))


MOUTHS = ("M-56 14H56A56 56 0 0 1-56 14z", "M-50 34Q0 90 50 34Q0 54-50 34z")


def smile(dice: Dice, palette: Palette) -> Composition:
    """Draw a smiling or winking face of a few shapes."""
    ground, ink, first, second, third = palette
    x, y, size = dice.pick([(200, 214, 1.7), (120, 200, 2.1), (280, 200, 2.1)])
    face = [
        circle(0, 0, 100, first),
        circle(-36, -20, 15, ink),
        rectangle(20, -24, 34, 10, ink) if dice.is_heads() else circle(36, -20, 15, ink),
        circle(-64, 16, 13, second),
        circle(64, 16, 13, second),
        path(dice.pick(MOUTHS), third),
    ]
    art = [
        sheet(ground),
        circle(x + dice.pick([-60, 60]), y - 30, 100 * size, mix(ground, second, 0.45)),
        group("".join(face), at(x, y, dice.between(-14, 14), size)),
        rectangle(0, 412, WIDTH, 188, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 136))


def letters(dice: Dice, palette: Palette) -> Composition:
    """Draw the title large on half the sheet, and one shape on the other half."""
    ground, _, first, second, third = palette
    shapes = [
        path("M0 0H400V210L0 330z", first) + path("M0 0H400V130L0 230z", second),
        circle(250, 120, 200, first) + circle(250, 120, 132, third) + circle(250, 120, 62, second),
        "".join(
            rectangle(0, i * 33, WIDTH, 9 + 2.4 * i, (first, second, third)[i % 3])
            for i in range(10)
        ),
        path("M0 0H400V130A200 200 0 0 1 0 130z", first) + circle(200, 120, 92, third),
        path("M0 0H200V330H0z", first) + path("M400 0A200 330 0 0 1 200 330V0z", second),
    ]
    art, zone = dice.pick(shapes), title_at_bottom(palette, 220)
    if dice.is_heads():
        art = group(art, "matrix(1 0 0 -1 0 600)")
        zone = title_at_top(palette, 220)
    return Composition(sheet(ground) + art, zone)
