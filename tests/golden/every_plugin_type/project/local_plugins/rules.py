"""A rule of the house."""

from local_plugins.words import word_count


class DescribedValidator:
    """Wants names that say something."""

    def validate(self, config):
        """Return a sentence for each action whose name is too short."""
        least = self.config["at_least"]
        return [
            {"message": f"the name {action['name']!r} is too short", "path": ["actions", index]}
            for index, action in enumerate(config["actions"])
            if word_count(action["name"]) + len(action["name"]) < least
        ]
