"""Settings of connections that don't fit each other, refused by the variable's name and without its value."""

from pathlib import Path

import pytest

from infra.stack.authority import Authority
from runtime.kafka import client_options
from runtime.redis_client import trusting
from runtime.settings import Settings, SettingsError, parse_settings

USER = {"AICC_KAFKA_SECURITY": "sasl_ssl", "AICC_KAFKA_USER": "aicc-routing"}

REFUSED = [
    ({"AICC_KAFKA_SECURITY": "tls"}, "AICC_KAFKA_SECURITY"),
    ({"AICC_KAFKA_SECURITY": "sasl_ssl"}, "AICC_KAFKA_USER"),
    (USER, "AICC_KAFKA_PASSWORD"),
    (
        USER | {"AICC_KAFKA_PASSWORD": "sesame", "AICC_KAFKA_PASSWORD_FILE": "sesame"},
        "AICC_KAFKA_PASSWORD_FILE",
    ),
    (USER | {"AICC_KAFKA_PASSWORD_FILE": "no such file"}, "AICC_KAFKA_PASSWORD_FILE"),
    ({"AICC_KAFKA_USER": "aicc-routing"}, "AICC_KAFKA_USER"),
    ({"AICC_KAFKA_SECURITY": "ssl", "AICC_KAFKA_USER": "aicc-routing"}, "AICC_KAFKA_USER"),
    ({"AICC_KAFKA_PASSWORD": "sesame"}, "AICC_KAFKA_PASSWORD"),
    ({"AICC_KAFKA_CA": __file__}, "AICC_KAFKA_CA"),
    ({"AICC_KAFKA_SECURITY": "ssl", "AICC_KAFKA_CA": "no such file"}, "AICC_KAFKA_CA"),
    ({"AICC_KAFKA_CERTIFICATE": __file__}, "AICC_KAFKA_CERTIFICATE"),
    ({"AICC_KAFKA_SECURITY": "ssl", "AICC_KAFKA_KEY": __file__}, "AICC_KAFKA_KEY"),
    ({"AICC_REDIS_CA": "no such file"}, "AICC_REDIS_CA"),
]


@pytest.mark.parametrize(("environ", "name"), REFUSED)
def test_what_does_not_fit_is_refused_by_its_name(environ: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings(Settings, environ)
    assert str(refused.value).startswith(f"{name} ")
    assert "sesame" not in str(refused.value)


def test_a_password_comes_from_its_file(tmp_path: Path) -> None:
    ca, file = Authority(tmp_path).ca, tmp_path / "password"
    file.write_text("sesame\n")
    environ = USER | {"AICC_KAFKA_PASSWORD_FILE": str(file), "AICC_KAFKA_CA": str(ca)}
    options = client_options("kafka:9092", parse_settings(Settings, environ))
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("aicc-routing", "sesame")


def test_nothing_is_secured_unless_it_is_said() -> None:
    assert client_options("kafka:9092", parse_settings(Settings, {})) == {"bootstrap_servers": "kafka:9092"}


def test_redis_is_told_whom_to_trust_where_it_has_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AICC_REDIS_CA", __file__)
    assert trusting("redis://cache:6379/0") == "redis://cache:6379/0"
    assert trusting("rediss://cache:6379/0").startswith("rediss://cache:6379/0?ssl_ca_certs=")
    assert trusting("rediss://cache/0?ssl_ca_certs=ca") == "rediss://cache/0?ssl_ca_certs=ca"
