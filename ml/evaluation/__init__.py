"""Evaluation: `splits` hold ratings out, `evaluator` ranks and measures, `bootstrap` says how sure.

`results` writes and compares what came out, `runner` fits and measures many models, `report` turns
results into `docs/results/`, `cli` adds `evaluate` and `report` to `python -m ml`. Definitions
stand in docs/evaluation.md.
"""
