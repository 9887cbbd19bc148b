import numpy as np
import pytest

from ml.evaluation.evaluator import Evaluation
from ml.evaluation.per_user import PerUser, compared, per_user_bytes, read_per_user


def evaluation(users: list[int], ndcg: list[float]) -> Evaluation:
    columns = {"ndcg@10": np.array(ndcg), "mrr": np.array(ndcg) / 2}
    return Evaluation(np.array(users), columns, {"users": float(len(users))})


def per_user(users: list[int], ndcg: list[float]) -> PerUser:
    return read_per_user(per_user_bytes({"served": evaluation(users, ndcg)}))


def test_what_is_written_is_read_back_in_the_order_of_users():
    found = per_user([7, 3], [0.5, 0.25])
    assert found.user_ids.tolist() == [3, 7]
    assert found.columns["served/ndcg@10"].tolist() == [0.25, 0.5]
    assert found.metrics() == ("mrr", "ndcg@10")


def test_of_the_baselines_the_ndcg_alone_is_kept():
    both = {name: evaluation([1], [0.5]) for name in ("served", "ease")}
    assert set(read_per_user(per_user_bytes(both)).columns) == {
        "served/ndcg@10",
        "served/mrr",
        "ease/ndcg@10",
    }


def test_a_run_that_measured_nobody_is_read_back_as_such():
    assert len(read_per_user(per_user_bytes({})).user_ids) == 0


@pytest.mark.parametrize("content", [b"", b"not tensors"])
def test_another_file_is_refused(content: bytes):
    with pytest.raises(ValueError, match="no metrics by user"):
        read_per_user(content)


def test_two_models_are_compared_over_the_users_of_both():
    difference, n_users = compared(
        per_user([1, 2, 3], [0.5, 0.5, 1.0]), per_user([2, 3, 4], [0.25, 0.75, 0.0])
    )
    assert n_users == 2
    assert difference.mean == pytest.approx((1 / 4 + 1 / 4) / 2)
    assert difference.low == pytest.approx(1 / 4)


def test_pairs_tell_a_small_steady_gain_that_unpaired_means_would_hide():
    rng = np.random.default_rng(0)
    level = rng.random(200)
    users = list(range(200))
    ours = per_user(users, list(level * 0.5 + 0.01))
    difference, _ = compared(ours, per_user(users, list(level * 0.5)))
    assert difference.low > 0.009
    assert difference.high < 0.011


def test_without_a_common_user_nothing_is_known():
    difference, n_users = compared(per_user([1], [0.5]), per_user([2], [0.5]))
    assert n_users == 0
    assert np.isnan(difference.mean)


def test_what_was_not_measured_is_unknown():
    found = read_per_user(per_user_bytes({}))
    assert len(found.column()) == 0
    difference, n_users = compared(found, per_user([1], [0.5]))
    assert (n_users, np.isnan(difference.mean)) == (0, True)
    assert np.isnan(per_user([1], [0.5]).column("hr@10")).all()
