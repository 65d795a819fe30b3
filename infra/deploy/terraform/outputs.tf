output "kafka_bootstrap" {
  description = "KAFKA_BOOTSTRAP, by TLS with SCRAM."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_scram
}

output "kafka_secret_arn" {
  description = "Of the secret with Kafka's user and password."
  value       = aws_secretsmanager_secret.kafka.arn
}

output "postgres_address" {
  description = "Host and port of the database; logins of the services are made in it (docs/operations.md, Roles)."
  value       = aws_db_instance.this.endpoint
}

output "postgres_secret_arn" {
  description = "Of the secret with the login that aicc-setup is given."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

output "redis_url" {
  description = "REDIS_URL, with the password."
  value       = "rediss://:${random_password.redis.result}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379/0"
  sensitive   = true
}

output "attachments_url" {
  description = "AICC_ATTACHMENTS_URL."
  value       = "s3://${aws_s3_bucket.images.id}/aicc"
}
