import re

from ml.evaluation.plots import COLOURS, LABEL_GAP, growth_plot


def test_every_line_is_drawn_and_named_apart_however_many_there_are():
    names = [f"step {number}" for number in range(len(COLOURS) + 2)]
    drawn = growth_plot("seconds", "ratings", {name: [(1e5, 1), (1e6, 10)] for name in names})
    assert drawn.count("<polyline") == len(names)
    heights = [float(re.search(rf'y="([\d.]+)"[^>]*>{name}<', drawn)[1]) for name in names]
    gaps = [
        after - before for before, after in zip(sorted(heights), sorted(heights)[1:], strict=False)
    ]
    assert min(gaps) >= LABEL_GAP - 0.11


def test_lines_that_end_elsewhere_do_not_push_names_down():
    drawn = growth_plot("s", "n", {"short": [(1e5, 1), (1e6, 9)], "long": [(1e5, 1), (1e7, 9)]})
    heights = {re.search(rf'y="([\d.]+)"[^>]*>{name}<', drawn)[1] for name in ("short", "long")}
    assert len(heights) == 1
