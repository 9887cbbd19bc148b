"""Running the site: retention, backups, metrics, audit log, invitations and its own texts."""
