"""Migrations of the database; the service runs those that are missing when it starts."""
