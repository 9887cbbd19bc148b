"""Sessions in the database that two requests of one visitor may change at the same time.

Django writes a session as one value: of two requests that load it, change it and save it, the
second save loses what the first has changed. Here a save locks the row, reads what is stored now
and applies only what this request has changed since it loaded the session.
"""

from copy import deepcopy
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import router, transaction

_MISSING = object()


class SessionStore(db.SessionStore):
    """Django's session store, whose saves merge with what another request has saved."""

    def load(self) -> dict[str, Any]:
        """Return the stored values, and remember them to tell later what has changed."""
        values: dict[str, Any] = super().load()
        self._loaded = deepcopy(values)
        return values

    def save(self, must_create: bool = False) -> None:
        """Write this request's changes into the session as it is stored now.

        Raises
        ------
        UpdateError
            The session was deleted in the meantime, by a log-out for example.

        """
        loaded: dict[str, Any] | None = getattr(self, "_loaded", None)
        if must_create or self.session_key is None or loaded is None:
            super().save(must_create=must_create)
            self._loaded = deepcopy(self._values(no_load=must_create))
            return
        values = self._values()
        using = router.db_for_write(self.model)
        with transaction.atomic(using=using):
            rows = self.model.objects.using(using).select_for_update()
            row = rows.filter(session_key=self.session_key).first()
            if row is None:
                raise UpdateError
            merged = merge(loaded, values, self.decode(row.session_data))
            row.session_data = self.encode(merged)
            row.expire_date = self.get_expiry_date()
            row.save(using=using, force_update=True)
        self._session_cache = merged
        self._loaded = deepcopy(merged)

    def _values(self, *, no_load: bool = False) -> dict[str, Any]:
        """Return the values of this request, loaded first where they are not yet."""
        session: Any = self  # the stubs do not know this method
        values: dict[str, Any] = session._get_session(no_load=no_load)  # noqa: SLF001
        return values


def merge(base: Any, ours: Any, theirs: Any) -> Any:
    """Return ``theirs`` with the changes that lead from ``base`` to ``ours``.

    Dictionaries are merged key by key and lists of whole numbers as sets; of any other value that
    both sides changed, ours is kept.

    >>> merge({"a": 1, "b": 2}, {"a": 1, "c": 3}, {"a": 5, "b": 2})
    {'a': 5, 'c': 3}
    >>> merge({"ids": [1, 2]}, {"ids": [2, 7]}, {"ids": [1, 2, 9]})
    {'ids': [2, 9, 7]}
    """
    if ours == base and _same_order(ours, base):
        return theirs
    if all(isinstance(value, dict) for value in (ours, theirs)):
        return _merge_dicts(base if isinstance(base, dict) else {}, ours, theirs)
    if all(_is_ids(value) for value in (ours, theirs)):
        before = set(base) if _is_ids(base) else set()
        kept = [value for value in theirs if value in ours or value not in before]
        return kept + [value for value in ours if value not in before and value not in kept]
    return ours


def _merge_dicts(
    base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]
) -> dict[str, Any]:
    merged = {key: value for key, value in theirs.items() if key in ours or key not in base}
    for key, value in ours.items():
        before = base.get(key, _MISSING)
        if before is not _MISSING and value == before:
            continue
        # What changed last stands last: the order of ratings is their history.
        current = merged.pop(key, _MISSING)
        merged[key] = value if current is _MISSING else merge(before, value, current)
    return merged


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int for item in value)


def _same_order(ours: Any, base: Any) -> bool:
    return not isinstance(ours, dict) or list(ours) == list(base)
