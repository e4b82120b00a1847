"""Load and faults of `pleura serve`: one real service, one driver, a scenario a module."""
