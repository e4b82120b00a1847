"""The HTTP side: thin handlers, what guards them, and the documents that they give."""
