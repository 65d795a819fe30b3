variable "region" {
  description = "Where all of it is."
  type        = string
}

variable "name" {
  description = "Goes before the names of what is made."
  type        = string
  default     = "aicc"
}

variable "vpc_id" {
  description = "The network that the cluster of Kubernetes is in."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of it, one in each of three zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) == 3
    error_message = "Three brokers need three zones."
  }
}

variable "client_security_group_ids" {
  description = "Security groups of those who may connect: the nodes, or the pods."
  type        = list(string)
}

variable "kafka_version" {
  description = "Apache Kafka, by KRaft."
  type        = string
  default     = "3.9.x.kraft"
}

variable "kafka_instance_type" {
  description = "Of a broker."
  type        = string
  default     = "kafka.m7g.large"
}

variable "kafka_volume_gib" {
  description = "Of each broker: seven days of the log, three times."
  type        = number
  default     = 500
}

variable "postgres_version" {
  description = "The database's."
  type        = string
  default     = "17"
}

variable "postgres_instance_class" {
  description = "Of the database and its standby."
  type        = string
  default     = "db.m7g.large"
}

variable "postgres_volume_gib" {
  description = "The database's at the start; it grows to four times that by itself."
  type        = number
  default     = 100
}

variable "postgres_backup_days" {
  description = "To any second of so many days the database can be set back."
  type        = number
  default     = 14

  validation {
    condition     = var.postgres_backup_days >= 7 && var.postgres_backup_days <= 35
    error_message = "7 to 35: Kafka's log goes back seven days, and what it no longer has only backups do."
  }
}

variable "redis_node_type" {
  description = "Feeds live for an hour, and a contact's takes some 5 KB."
  type        = string
  default     = "cache.m7g.large"
}
