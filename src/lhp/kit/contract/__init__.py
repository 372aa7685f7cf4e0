"""The contract suite: what every plugin of a type has to keep, tried with what its schema says."""
