from datetime import UTC, datetime

import pytest
from django.contrib.sessions.backends.db import SessionStore

from movies.models import Rating
from movies.visitors import Member, Stranger
from recommendations.selectors.rating_history import by_time, stars_chart, time_chart
from tests import cast

LABELS = ["½", "1", "1½", "2", "2½", "3", "3½", "4", "4½", "5"]


def month(year: int, number: int) -> datetime:
    return datetime(year, number, 1, tzinfo=UTC)


def test_every_number_of_stars_has_a_bar_as_high_as_it_is_frequent():
    chart = stars_chart({1: 10, 2: 10, 3: 9, 4: 1})
    assert [bar.label for bar in chart.bars] == LABELS
    assert [bar.value for bar in chart.bars] == [1, 0, 0, 0, 0, 0, 0, 0, 1, 2]
    assert [bar.height for bar in chart.bars if bar.value] == [50, 50, 100]
    assert chart.bars[-1].y == 0
    assert stars_chart({}).bars[0].height == 0


def test_a_dozen_years_have_a_bar_each_and_older_ones_share_one():
    counts = [(month(year, 5), 1) for year in range(2001, 2021)]
    found = by_time(counts)
    assert len(found) == 12
    assert found[0] == ("before", 9)
    assert found[1] == ("2010", 1)
    assert sum(n for _label, n in found) == 20


@pytest.mark.django_db
def test_a_member_sees_when_they_rated_and_a_stranger_does_not(django_assert_num_queries):
    ada = cast.member()
    assert time_chart(Member(ada)) is None
    for rating, when in zip(
        cast.rated(ada, (cast.movie("Heat"), 4), (cast.movie("Alien"), 5), (cast.movie("Jaws"), 1)),
        (month(2024, 1), month(2024, 1), month(2024, 3)),
        strict=True,
    ):
        Rating.objects.filter(pk=rating.pk).update(rated_at=when)
    with django_assert_num_queries(1):
        chart = time_chart(Member(ada))
    assert [(bar.label, bar.value) for bar in chart.bars] == [
        ("Jan 24", 2),
        ("Feb 24", 0),
        ("Mar 24", 1),
    ]
    assert time_chart(Stranger(SessionStore())) is None
