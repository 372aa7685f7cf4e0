"""What happens to the output."""


def tidy(text):
    """Return code without blank lines at its end."""
    return text.rstrip() + "\n"


class InventoryArtifact:
    """A list of what was generated."""

    def build(self, run):
        """Return one file that names all files."""
        return {f"generated/{run['env']}/inventory.txt": "\n".join(run["files"]) + "\n"}
