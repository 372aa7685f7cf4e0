"""What an editor is told: schemas of the project's files with the options of every plugin."""
