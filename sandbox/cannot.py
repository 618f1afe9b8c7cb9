"""What a phone does not offer."""


class CannotDo(ValueError):
    """A person tried what a phone does not offer: a button that is not there, a chat they are not in."""
