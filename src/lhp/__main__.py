"""`python -m lhp` is `lhp`."""

from lhp.cli.main import main

main()
