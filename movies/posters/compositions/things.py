"""Things: clocks, roads, trees, rails, paws, birds, balloons, books."""

from movies.posters.colour import mix
from movies.posters.compositions.shapes import (
    HEIGHT,
    MIRRORED,
    WIDTH,
    Composition,
    Dice,
    at,
    circle,
    group,
    number,
    outline,
    path,
    polar,
    polygon,
    rectangle,
    ring,
    sheet,
    title_at_bottom,
    title_at_top,
    trace,
)
from movies.posters.palettes import Palette

BLACK = "#000000"


def clock(dice: Dice, palette: Palette) -> Composition:
    """Draw a large clock with twelve marks and two hands."""
    ground, ink, first, second, third = palette
    x, y, radius = 200, 214, dice.between(140, 168)
    marks = "".join(
        trace("M{} {}L{} {}", *polar(x, y, radius - 34, angle), *polar(x, y, radius - 12, angle))
        for angle in range(0, 360, 30)
    )
    hour = dice.between(0, 360)
    hands = trace(
        "M{0} {1}L{2} {3}M{0} {1}L{4} {5}",
        x,
        y,
        *polar(x, y, radius * 0.5, hour / 12 + dice.pick([0, 90, 180, 270])),
        *polar(x, y, radius * 0.74, hour),
    )
    line: dict[str, str | float] = {"stroke": ground, "stroke_width": 10, "stroke_linecap": "round"}
    art = [
        sheet(ground),
        circle(x, y, radius + 14, second),
        circle(x, y, radius, first),
        path(marks, "none", **line),
        path(hands, "none", **line | {"stroke": mix(ground, BLACK, 0.2), "stroke_width": 14}),
        circle(x, y, 15, mix(third, ink, 0.2)),
    ]
    return Composition("".join(art), title_at_bottom(palette, 140))


def road(dice: Dice, palette: Palette) -> Composition:
    """Draw a road that runs to a low sun."""
    ground, ink, first, second, third = palette
    horizon, end = dice.between(300, 330), dice.between(150, 250)
    dashes = "".join(
        outline(
            [
                (end + (200 - end) * near - 9 * near, horizon + 300 * near),
                (end + (200 - end) * near + 9 * near, horizon + 300 * near),
                (end + (200 - end) * far + 9 * far, horizon + 300 * far),
                (end + (200 - end) * far - 9 * far, horizon + 300 * far),
            ]
        )
        for near, far in ((0.1, 0.18), (0.26, 0.4), (0.52, 0.72), (0.86, 1.0))
    )
    hills = f"M0 {number(horizon)}Q90 {number(horizon - 60)} 190 {number(horizon)}T400 {number(horizon - 20)}V{number(horizon + 20)}H0z"  # noqa: E501
    art = [
        sheet(ground),
        circle(end, horizon - 20, dice.between(60, 84), first),
        path(hills, second),
        rectangle(0, horizon, WIDTH, HEIGHT - horizon, mix(third, BLACK, 0.35)),
        polygon(
            [(end - 4, horizon), (end + 4, horizon), (380, 600), (20, 600)],
            mix(ground, BLACK, 0.25),
        ),
        path(dashes, mix(ink, first, 0.4)),
    ]
    return Composition("".join(art), title_at_top(palette, 170))


def tree(dice: Dice, palette: Palette) -> Composition:
    """Draw a wood of pointed trees, one of them lit."""
    ground, _, first, second, third = palette
    lit = dice.pick([1, 2, 3])
    art = [sheet(ground), circle(dice.between(90, 310), 110, dice.between(34, 56), first)]
    for i in range(5):
        x, tall = 40 + i * 80, dice.between(190, 290)
        top = 416 - tall
        points = [(x, top), (x + 46, 416), (x - 46, 416)]
        shade = first if i == lit else mix(third, BLACK, 0.15 + 0.1 * (i % 3))
        art += [
            polygon(points, shade),
            polygon([(x, top), (x + 46, 416), (x, 416)], mix(shade, BLACK, 0.25)),
        ]
    art += [
        path("M0 408Q110 388 210 408T400 402V430H0z", second),
        rectangle(0, 420, WIDTH, 180, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 134))


def rails(dice: Dice, palette: Palette) -> Composition:
    """Draw a railway line and the light of a train far away."""
    ground, ink, first, second, third = palette
    x, y = dice.between(150, 250), 292.0
    sleepers = "".join(
        outline(
            [
                (x - 14 - 180 * t, y + 300 * t),
                (x + 14 + 180 * t, y + 300 * t),
                (x + 15 + 190 * t, y + 312 * t),
                (x - 15 - 190 * t, y + 312 * t),
            ]
        )
        for t in (0.08, 0.18, 0.32, 0.5, 0.74)
    )
    steel = "".join(
        outline([(x + s * 4, y), (x + s * 7, y), (x + s * 168, 600), (x + s * 138, 600)])
        for s in (-1, 1)
    )
    beam = [(x - 10, y - 8), (x + 10, y - 8), (x + 120, 600), (x - 120, 600)]
    art = [
        sheet(ground),
        rectangle(0, y, WIDTH, HEIGHT - y, mix(third, BLACK, 0.45)),
        polygon(beam, mix(third, first, 0.35)),
        path(sleepers, mix(second, BLACK, 0.25)),
        path(steel, mix(ink, second, 0.2)),
        circle(x, y - 18, 34, mix(ground, BLACK, 0.3)),
        circle(x, y - 20, 15, first),
    ]
    return Composition("".join(art), title_at_top(palette, 180))


def paw(dice: Dice, palette: Palette) -> Composition:
    """Draw a track of paws across the sheet."""
    ground, _, first, second, third = palette
    print_ = "M0-6C22-6 40 16 36 32C32 46 16 38 0 38S-32 46-36 32C-40 16-22-6 0-6z" + "".join(
        f"M{x - 12} {y}a12 17 0 1 0 24 0a12 17 0 1 0-24 0z"
        for x, y in ((-38, -8), (-15, -32), (15, -32), (38, -8))
    )
    steps = [(96, 350, -14), (238, 292, 8), (128, 190, -10), (278, 120, 12)]
    large = dice.pick([1, 2])
    prints = "".join(
        group(
            path(print_, first if i == large else mix(second, third, i / 4)), at(x, y, turn, 1.15)
        )
        for i, (x, y, turn) in enumerate(steps)
    )
    flipped = group(prints, MIRRORED) if dice.is_heads() else prints
    return Composition(sheet(ground) + flipped, title_at_bottom(palette, 140))


def bird(dice: Dice, palette: Palette) -> Composition:
    """Draw birds in a large sky, one of them near."""
    ground, _, first, second, third = palette
    wings = "M-92-26Q-46-58 0-6Q46-58 92-26Q48-30 12 18Q0 30-12 18Q-48-30-92-26z"
    flock = "".join(
        group(path(wings, mix(second, ground, 0.15)), at(x, y, 0, size))
        for x, y, size in ((90, 366, 0.3), (150, 336, 0.22), (318, 356, 0.26), (270, 322, 0.18))
    )
    near = at(dice.between(170, 230), dice.between(170, 210), dice.between(-14, 14), 1.35)
    art = [
        sheet(ground),
        circle(dice.between(110, 290), 190, dice.between(96, 124), first),
        flock,
        group(path(wings, mix(third, BLACK, 0.35)), near),
    ]
    return Composition("".join(art), title_at_bottom(palette, 140))


def balloon(dice: Dice, palette: Palette) -> Composition:
    """Draw a hot air balloon over hills."""
    ground, ink, first, second, third = palette
    x = dice.between(140, 260)
    ball = "M0-120C70-120 108-66 100-10C92 40 40 78 22 112H-22C-40 78-92 40-100-10C-108-66-70-120 0-120z"  # noqa: E501
    middle = (
        "M0-120C30-120 44-66 42-10C40 40 18 78 12 112H-12C-18 78-40 40-42-10C-44-66-30-120 0-120z"
    )
    ropes: dict[str, str | float] = {"stroke": mix(ink, ground, 0.3), "stroke_width": 3}
    art = [
        sheet(ground),
        path("M0 560Q90 480 200 540T400 500V600H0z", mix(third, BLACK, 0.2)),
        path("M0 590Q150 520 260 580T400 560V600H0z", mix(third, BLACK, 0.4)),
        group(
            path(ball, first)
            + path(middle, second)
            + path("M-20 112L-14 146M20 112L14 146", "none", **ropes)
            + rectangle(-18, 146, 36, 26, mix(third, ink, 0.2)),
            at(x, 350),
        ),
    ]
    return Composition("".join(art), title_at_top(palette, 150))


def book(dice: Dice, palette: Palette) -> Composition:
    """Draw an open book from which a light rises."""
    ground, _, first, second, third = palette
    rays = "".join(
        outline([(200, 350), polar(200, 350, 330, angle - 4), polar(200, 350, 330, angle + 4)])
        for angle in range(-160, -19, dice.pick([20, 28]))
    )
    left = "M200 350Q120 300 34 326V404Q120 380 200 424z"
    art = [
        sheet(ground),
        path(rays, mix(ground, first, 0.4)),
        path("M24 340Q120 316 200 362Q280 316 376 340V420Q280 396 200 440Q120 396 24 420z", third),
        path(left, second),
        group(path(left, mix(second, BLACK, 0.12)), MIRRORED),
        path("M70 340q50-8 104 22M70 362q50-8 104 22", "none", stroke=ground, stroke_width=4),
        rectangle(0, 444, WIDTH, 156, ground),
    ]
    return Composition("".join(art), title_at_bottom(palette, 132))


def balls(dice: Dice, palette: Palette) -> Composition:
    """Draw a ball, its seams, and the line of its flight."""
    ground, ink, first, second, third = palette
    x, y, radius = dice.between(180, 240), dice.between(170, 210), dice.between(96, 116)
    seams = trace("M{0} {1}h{2}M{3} {4}v{2}", x - radius, y, radius * 2, x, y - radius)
    bows = "".join(
        trace(
            "M{0} {1}Q{2} {3} {0} {4}",
            x + side * radius * 0.7,
            y - radius * 0.7,
            x + side * radius * 0.12,
            y,
            y + radius * 0.7,
        )
        for side in (-1, 1)
    )
    line: dict[str, str | float] = {"stroke": mix(ground, BLACK, 0.2), "stroke_width": 7}
    art = [
        sheet(ground),
        path(
            f"M0 440Q40 {number(y)} {number(x)} {number(y)}",
            "none",
            stroke=second,
            stroke_width=16,
            stroke_dasharray="2 30",
            stroke_linecap="round",
        ),
        circle(x, y, radius, first),
        path(seams + bows, "none", **line),
        ring(x, y, radius, mix(third, ink, 0.1), 6),
    ]
    return Composition("".join(art), title_at_bottom(palette, 138))
