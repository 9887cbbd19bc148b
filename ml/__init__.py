"""The recommender: pure Python, NumPy and torch. No Django, no Celery, no database."""
