"""Rules of public data sets that the site and ``ml`` share: titles, ratings. Pure Python."""
