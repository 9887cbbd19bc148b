from recommendations.training.curves import BOTTOM, HEIGHT, LEFT, WIDTH, curve_of


def places(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


def test_a_falling_loss_falls_from_the_left_top_to_the_right_bottom():
    curve = curve_of([[1, {"loss": 8.0}], [2, {"loss": 7.0}], [3, {"loss": 6.0}]])
    assert curve
    (line,) = curve.lines
    assert places(line.points) == [
        (LEFT, 8),
        (LEFT + (WIDTH - LEFT - 8) / 2, 8 + (HEIGHT - BOTTOM - 8) / 2),
        (WIDTH - 8, HEIGHT - BOTTOM),
    ]
    assert [tick.label for tick in curve.y_ticks] == ["6", "6.67", "7.33", "8"]


def test_where_the_count_begins_again_so_does_another_line():
    first = [[n, {"loss": 3.0 - n}, "first"] for n in (1, 2)]
    second = [[n, {"loss": 5.0 - n}, "second"] for n in (1, 2)]
    curve = curve_of(first + second)
    assert curve
    assert [line.name for line in curve.lines] == ["first: loss", "second: loss"]


def test_values_that_are_not_finite_are_left_out():
    curve = curve_of([[1, {"loss": None}], [2, {"loss": 2.0}], [3, {"loss": 1.0}]])
    assert curve
    assert [value for _, value in curve.lines[0].values] == [2.0, 1.0]


def test_a_single_value_is_no_curve():
    assert curve_of([]) is None
    assert curve_of([[1, {"loss": 2.0}]]) is None


def test_a_level_line_is_drawn():
    assert curve_of([[1, {"loss": 2.0}], [2, {"loss": 2.0}]])
