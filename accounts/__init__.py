"""People: sign-up, profile, export and deletion of what they gave us."""
