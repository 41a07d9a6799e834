"""`python -m gateway` is `ticket-gateway`."""

from gateway.cli.main import main

main()
