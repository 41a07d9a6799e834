"""The domain: tickets and what may happen to them. Pure; imports no other room but message."""
