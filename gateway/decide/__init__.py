"""The brain. Pure: sees only values, never reads the time, never looks anything up.

Live handling and `explain` call the same functions, so what an admin tests is what will
happen. `mail` decides over a mail and calls all the rest; `timer` decides over a target that
has passed, `failure` over a mail of ours that was refused.

- what lies before the judge, and the verdict: case, facts, newcomers; decision
- who may add to which ticket: author, admission, placing; one mail to two mailboxes: sharing
- mail that waits for somebody's yes: hold, yes_no, unknown
- an agent's mail, answer, note or command: agent, commanded, done, told
- commands about several tickets, and what is taken back: merging, undoing
- what a mail asks, and the answer: inquiry, queries, reports, found
- a forward that opens a ticket, people in copy, thanks: forward, watchers, thanks
- vacation notices and bounces, and what they say of people: machines, absence, unreached
- mails that are not sent although somebody would be told: withhold, limits, lately
"""
