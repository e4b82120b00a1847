"""Makes `python -m pleura` the same as `pleura`."""

from pleura.cli import main

main()
