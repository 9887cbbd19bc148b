"""Dates as people and spreadsheets write them; day and month are never guessed."""

from datetime import UTC, datetime, timedelta

import pytest

from movies.importers.personal.dates import DateOrder, moment, open_orders

CHRISTMAS = "2020-12-25T00:00:00+00:00"
DAY_FIRST, MONTH_FIRST, YEAR_FIRST = DateOrder


@pytest.mark.parametrize(
    "text",
    [
        *("2020-12-25", "20201225", "2020/12/25", "2020.12.25", "2020-12-25T00:00:00Z"),
        *("25/12/2020", "12/25/2020", "25-12-2020", "12-25-2020", "25.12.2020", "25. 12. 2020"),
        *("12/25/20", "25 Dec 2020", "25-Dec-2020", "25th December 2020", "Dec 25, 2020"),
        *("December 25th, 2020", "Fri, 25 Dec 2020 00:00:00 GMT", "25. Dezember 2020"),
        *("25 de diciembre de 2020", "25 d\u00e9cembre 2020", "25 dicembre 2020"),
        *("2020-12-25T02:00:00+02:00", "2020-12-24 22:00:00 -0200", "25/12/2020 00:00"),
        *(
            "25-Dec-20",
            "25 dec 20 00:00",
            "25/Dec/2020",
            "2020-Dec-25",
            "2020.12.25.",
            "2020. 12. 25.",
        ),
        *("2020年12月25日", "2020 年 12 月 25 日", "2020年12月25日(金) 00:00", "2020년 12월 25일"),
        *("25 december 2020", "25 grudnia 2020", "25. prosince 2020", "2020. december 25."),
        *(
            "25 декабря 2020",
            "25º de dezembro de 2020",
            "12/25/2020 12:00 AM",
            "1608854400",
            "1608854400.0",
            "1608854400000",
        ),
    ],
)
def test_a_date_that_means_one_day_is_read(text: str):
    found, note = moment(text)
    assert found is not None, note
    assert (found.isoformat(), note) == (CHRISTMAS, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12/25/2020 2:30 PM", "2020-12-25T14:30:00+00:00"),
        ("25.12.2020, 14:30:15", "2020-12-25T14:30:15+00:00"),
        ("Dec 25, 2020 11:05 p.m.", "2020-12-25T23:05:00+00:00"),
        ("Tue May  2 00:00:00 2006", "2006-05-02T00:00:00+00:00"),
        ("5. M\u00e4rz 2019", "2019-03-05T00:00:00+00:00"),
        ("05/05/2020", "2020-05-05T00:00:00+00:00"),
        ("01.02.2020", "2020-02-01T00:00:00+00:00"),
        ("31/12/99", "1999-12-31T00:00:00+00:00"),
        ("3-Jan-20", "2020-01-03T00:00:00+00:00"),
        ("31-Dec-99", "1999-12-31T00:00:00+00:00"),
        ("1er janvier 2012", "2012-01-01T00:00:00+00:00"),
        ("5 июня 2019", "2019-06-05T00:00:00+00:00"),
        ("5 июля 2019", "2019-07-05T00:00:00+00:00"),
        ("5. června 2019", "2019-06-05T00:00:00+00:00"),
        ("5. července 2019", "2019-07-05T00:00:00+00:00"),
        ("2020年1月5日 14:30", "2020-01-05T14:30:00+00:00"),
    ],
)
def test_times_names_and_short_years_are_read(text: str, expected: str):
    found, note = moment(text)
    assert found is not None, note
    assert found.isoformat() == expected


@pytest.mark.parametrize("text", ["03/04/2020", "3-4-2020", "03/04/20 10:00"])
def test_a_date_that_means_two_days_is_not_guessed(text: str):
    assert moment(text) == (None, f"the date {text!r} could mean several days")
    days = [moment(text, lambda: DAY_FIRST)[0], moment(text, lambda: MONTH_FIRST)[0]]
    assert [day and (day.month, day.day) for day in days] == [(4, 3), (3, 4)]


@pytest.mark.parametrize(
    "text",
    [
        *("31/31/2020", "2020-02-30", "00/00/0000", "31-Feb-20", "2020年13月1日"),
        *("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"),
        *("00010101T000000+0200", "1 Jan 0001 00:00:00 +0200"),
    ],
)
def test_what_is_no_day_is_impossible(text: str):
    assert moment(text) == (None, f"the date {text!r} is impossible")


@pytest.mark.parametrize(
    "text", ["soon", "25 Foo 2020", "2019", "June 2018", "2018-06", "06/2018", "2018年6月"]
)
def test_what_is_no_whole_date_is_not_understood(text: str):
    assert moment(text) == (None, f"the date {text!r} is not understood")


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        ([], ()),
        (["2020-03-04", "25 Dec 2020", "", "soon"], ()),
        (["05/05/2020"], ()),
        (["03/04/2020"], (DAY_FIRST, MONTH_FIRST)),
        (["03/04/2020", "25/12/2020"], (DAY_FIRST,)),
        (["03/04/2020", "12/25/2020"], (MONTH_FIRST,)),
        (["03/04/2020", "12/25/2020", "25/12/2020"], (DAY_FIRST, MONTH_FIRST)),
        (["03/04/2020", "99/99/2020", "25/12/2020"], (DAY_FIRST,)),
        (["03.04.2020"], (DAY_FIRST,)),
        (["03.04.2020", "12.25.2020"], (MONTH_FIRST,)),
        (["03/04/20 10:00:00.5"], (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)),
        (["03/04/20", "12/25/20"], (MONTH_FIRST,)),
    ],
)
def test_a_column_decides_the_order_of_its_dates(texts: list[str], orders: tuple[DateOrder, ...]):
    assert open_orders(texts) == orders


@pytest.mark.parametrize("hours", [1, 23, 24 * 400])
def test_a_date_that_is_still_to_come_is_not_used(hours: int):
    text = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    assert moment(text) == (None, f"the date {text!r} is in the future")
