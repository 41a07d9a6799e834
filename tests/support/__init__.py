"""What several kinds of tests need: waiting, mails, a sink, a database, a whole desk."""
