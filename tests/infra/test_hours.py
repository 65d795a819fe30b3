"""Hours in a configuration file: refused with their path, published with the changes of their zone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.config_file import read_file
from schemas.config import ConfigError
from schemas.config_change import compiled

FILE = """
pools:
  - pool: p
    partition: 0
    queues:
      - {name: q, hours: office, when_closed: callback}
    hours:
      - name: office
        zone: ZONE
        weekly: {mon: ["09:00-12:00", "13:00-18:00"]}
        holidays: ["2026-12-25"]
"""


def test_hours_are_published_with_the_changes_of_their_zone(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(FILE.replace("ZONE", "Europe/Berlin"))
    (pool,) = read_file(path).pools
    assert pool.hours[0].offsets == ()
    published = compiled(pool, 7, datetime.now(UTC))
    assert published.version == 7
    assert len(published.hours[0].offsets) > 20
    assert {east_s for _, east_s in published.hours[0].offsets} == {3600, 7200}


def test_an_unknown_zone_is_refused_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(FILE.replace("ZONE", "Europe/Atlantis"))
    with pytest.raises(ConfigError, match=r"pools\[p\]\.hours\[office\]\.zone: 'Europe/Atlantis'"):
        read_file(path)
