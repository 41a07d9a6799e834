"""Mail comes in: SMTP, LMTP, IMAP or a pipe; bytes become a Message."""
