"""`python -m rentalwatch`: the command, where its script is not on the path."""

from rentalwatch.cli.start import run

run()
