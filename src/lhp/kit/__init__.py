"""What authors of plugins work with: scaffolds, edits of declarations, checks of a contract."""
