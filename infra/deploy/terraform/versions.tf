# An example of the managed parts on AWS: Kafka, PostgreSQL, Redis, and the bucket of images. Keep the state in a
# backend that encrypts it: it holds the passwords below.
terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { platform = var.name }
  }
}
