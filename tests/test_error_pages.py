"""Error pages stand by themselves: no request, no database, no session."""

import re

import pytest
from django.template.loader import render_to_string


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500"])
def test_an_error_page_needs_nothing_and_leads_back_to_the_wall(name: str) -> None:
    page = render_to_string(f"{name}.html")
    assert re.search(rf">\s*{name[:3]}\s*</p>", page)
    assert page.count("<h1>") == 1
    assert 'href="/"' in page
