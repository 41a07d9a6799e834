"""`spool`: incoming mail, how each delivery ended, and another try for those that failed."""
