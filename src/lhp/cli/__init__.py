"""What knows about a command line: the root command, reports, the base of plugin commands."""
