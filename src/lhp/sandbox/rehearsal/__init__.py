"""What a sandbox does once before its own plugin."""
