"""The brain. Pure: sees only values, never reads the time, never looks anything up.

Live handling and `explain` call the same functions, so what an admin tests is what
will happen. `mail` decides over a mail, `timer` over a target that has passed.
"""
