class Refused(Exception):
    """The request cannot be answered by this model."""
