"""What this package does not look for, said with every finding so that silence is not read as absence."""

from pleura.core.measures.scene import Scene, Unsaid, Value


def unseen(scene: Scene) -> Value | Unsaid:
    """Never assessed, on any film."""
    del scene
    return Unsaid("it is not looked for")
