"""gateway.toml as values, each documented where it is defined; the manual is printed from it.

- settings: the whole file; mailboxes, imap, listen, limits, retention, trust: its tables
- formats: names, addresses, durations as they stand in any file of a desk
- faults: what is wrong in a file, with its line and its remedy
"""
