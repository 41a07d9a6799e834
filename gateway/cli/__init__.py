"""The commands, one module per noun. No logic: each calls the rooms and prints."""
