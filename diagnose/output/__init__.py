"""How is text from a case written safely and within a width? Used by everything that writes."""
