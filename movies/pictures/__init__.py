"""Films' pictures: fetched from the few hosts that are trusted, made small, served as our own."""
