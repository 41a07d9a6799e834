"""What should happen? Rules that an admin keeps in files, evaluated purely."""
