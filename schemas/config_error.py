"""Why a configuration is refused."""


class ConfigError(ValueError):
    """The configuration is refused; the text names the path of each error."""
