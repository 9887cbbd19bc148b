"""Model runs: stages, leases, schedules, searches, and the pages and API that show them."""
