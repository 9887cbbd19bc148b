"""What visitors do with films, told to other apps. Receivers must be quick and not fail."""

from django.dispatch import Signal

film_opened = Signal()
"""A film's page was asked for. Arguments: ``request``, ``movie_id``."""

film_rated = Signal()
"""A visitor rated a film or, ``half_stars`` being None, took the rating back.

Arguments: ``visitor_key`` (``Visitor.key``), ``movie_id``, ``half_stars``.
"""

film_marked = Signal()
"""A visitor put a film on a list or, ``is_on`` being false, took it off.

Arguments: ``visitor_key``, ``movie_id``, ``kind`` (``ListKind``), ``is_on``.
"""

ratings_changed = Signal()
"""A member's ratings changed, once for each write. Imports do not send it.

Arguments: ``user_id``, ``half_stars_of`` (movie id -> half stars and time, None if taken back).
"""

import_finished = Signal()
"""A member's own import is over. Sent on commit. Arguments: ``job`` (``PersonalImport``)."""
