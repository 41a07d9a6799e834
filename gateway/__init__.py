"""The Ticket Gateway: mail becomes tickets, replies join them, nobody is left in silence."""
