"""Pure rules. A clock, where one is needed, is passed in."""
