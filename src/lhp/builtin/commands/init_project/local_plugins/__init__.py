"""Plugins of this project; lhp.yaml declares them."""
