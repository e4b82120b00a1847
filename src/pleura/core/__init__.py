"""Pure functions and plain types: what every other part of pleura stands on."""
