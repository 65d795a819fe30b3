resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name   = var.name
  family = "postgres${split(".", var.postgres_version)[0]}"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name         = "shared_preload_libraries"
    value        = "pg_stat_statements"
    apply_method = "pending-reboot"
  }
}

resource "aws_db_instance" "this" {
  identifier            = var.name
  engine                = "postgres"
  engine_version        = var.postgres_version
  instance_class        = var.postgres_instance_class
  allocated_storage     = var.postgres_volume_gib
  max_allocated_storage = 4 * var.postgres_volume_gib
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.this.arn

  db_name  = "aicc"
  username = "deploy"
  # RDS makes the password, keeps it in Secrets Manager and changes it; it is in no state of Terraform's.
  manage_master_user_password = true

  multi_az               = true
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this["postgres"].id]
  parameter_group_name   = aws_db_parameter_group.this.name

  # Kept backups are what point-in-time recovery goes by.
  backup_retention_period   = var.postgres_backup_days
  copy_tags_to_snapshot     = true
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-last"

  performance_insights_enabled = true
}
