"""Which text may reach a terminal? What `probes` calls clean: it cleans the text of peers."""

from probes.untrusted import MOST_SHOWN, STEERING, clean

__all__ = ["MOST_SHOWN", "STEERING", "clean"]
