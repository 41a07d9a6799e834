"""The command `parse`: what is read in mails, for a person or for a program."""
