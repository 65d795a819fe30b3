import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Poison comes last: its dead letters stay in the log, and the fault tests, which check the whole of
    it, look for decisions in the topics that clients read."""
    items.sort(key=lambda item: item.path.name == "test_poison.py")
