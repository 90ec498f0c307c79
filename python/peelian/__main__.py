"""`python -m peelian` is the command line."""

from .cli import main

main()
