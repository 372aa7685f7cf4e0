"""Runs foreign code in processes of its own: the kernel limits them, the host asks them."""
