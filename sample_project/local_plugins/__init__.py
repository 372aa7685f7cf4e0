"""Plugins of this project, each declared by name in lhp.yaml."""
