"""What works all day: each step takes one piece of work, and says whether there was any.

- pipeline: mail that waits; clock: targets that pass; dispatch: mail of ours that goes out
- fetch: the IMAP folders that mail is taken from
- upkeep, while the clock has nothing to do: proofs, deletions, and the day's list (digest)
- alarm: what any of them tells the admin
"""
