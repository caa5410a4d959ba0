"""`python -m geo` is `rewir`."""

from geo.cli import main

main()
