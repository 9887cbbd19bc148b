"""Ranges of users, made apart and joined, are what all users made at once are."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from ml.io import workspace
from ml.pipeline import per_user
from ml.pipeline.per_user import LAST_ID, user_ranges, write_users
from tests.ml.pipeline.test_stages import N_USERS, small_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a workspace whose films have vectors."""
    folder = tmp_path_factory.mktemp("users")
    dataset = small_dataset()
    workspace.write_inputs(folder, dataset)
    vectors = np.random.default_rng(0).normal(size=(len(dataset.catalogue), 24))
    ids = dataset.catalogue.movie_ids
    path = folder / "movie_embeddings.parquet"
    workspace.write_vectors(path, "movieid", ids, vectors.astype(np.float32))
    return folder


@pytest.mark.parametrize("stage", ["embed", "mine"])
@pytest.mark.parametrize("users_per_range", [1, 7, 1000])
def test_joined_ranges_are_the_bytes_of_all_users_at_once(folder, tmp_path, stage, users_per_range):
    write_users(stage, folder, tmp_path / "whole")
    parts = []
    for number, users in enumerate(user_ranges(folder, users_per_range)):
        parts.append(tmp_path / f"part {number}")
        write_users(stage, folder, parts[-1], users)
    per_user.join(parts, tmp_path / "joined")
    assert (tmp_path / "joined").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("users_per_range", [1, 7, 29, 30, 31])
def test_ranges_cover_every_id_once(folder, users_per_range):
    ranges = user_ranges(folder, users_per_range)
    assert sum(users.n_users for users in ranges) == N_USERS
    assert max(users.n_users for users in ranges) <= users_per_range
    assert (ranges[0].first_id, ranges[-1].end_id) == (0, LAST_ID)
    for before, after in itertools.pairwise(ranges):
        assert before.end_id == after.first_id


def test_a_range_of_nobody_is_refused(folder):
    with pytest.raises(ValueError, match="at least one"):
        user_ranges(folder, 0)
