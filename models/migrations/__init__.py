"""Migrations: numbered, linear, never edited once they are on main."""
