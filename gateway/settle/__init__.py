"""Deliveries to their outcome, several in one commit: load, decide, write, record.

- batch: the steps in their order, for what the pipeline has claimed
- load, with lately and inquiries: the store's rows as the facts of a decision
- overtaking: which of a batch has to come before which; handed: what a mail brings with it
- correspond, with enclosing: the decision's letters as finished mails
- record, with keeping and rulings: decision and mails as rows, in one transaction

Timers, failures and alarms have no mail to read; their workers load, write and record here too.
"""
