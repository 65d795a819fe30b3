"""Session ids within paths: `{session_id:session}`."""

from starlette.convertors import Convertor, register_url_convertor


class _Session(Convertor[str]):
    """Nothing that is shaped otherwise, so that no path of a POST is taken for a session."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


def register() -> None:
    """Once, before routes are made."""
    register_url_convertor("session", _Session())
