resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_parameter_group" "this" {
  name   = var.name
  family = "redis7"

  # Nothing may go before its time: who is refused says so, who was evicted does not.
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "random_password" "redis" {
  length  = 64
  special = false
}

# One shard: the platform's clients know no Redis Cluster.
resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name
  description          = "Feeds and positions; can be rebuilt from Kafka"
  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.redis_node_type
  parameter_group_name = aws_elasticache_parameter_group.this.name
  subnet_group_name    = aws_elasticache_subnet_group.this.name
  security_group_ids   = [aws_security_group.this["redis"].id]

  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true

  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token                 = random_password.redis.result
  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.this.arn
}
