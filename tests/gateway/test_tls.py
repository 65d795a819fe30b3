"""The gateway's own TLS, where nothing in front of it ends that."""

from pathlib import Path

import pytest

from gateway.main import server_config
from gateway.settings import GatewaySettings
from infra.stack.authority import Authority
from runtime.certificates import Renewing


def test_a_certificate_makes_it_speak_tls_and_is_read_again(tmp_path: Path) -> None:
    path = Authority(tmp_path).issue("gateway")
    config = server_config(GatewaySettings(gateway_certificate=str(path)))
    config.load()
    assert config.is_ssl
    assert isinstance(config.ssl, Renewing)


def test_without_one_there_is_none(tmp_path: Path) -> None:
    assert not server_config(GatewaySettings()).is_ssl
    with pytest.raises(OSError, match="No such file"):
        server_config(GatewaySettings(gateway_certificate=str(tmp_path / "none.pem")))
