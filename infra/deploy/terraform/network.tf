locals {
  # Kafka by TLS with SCRAM.
  ports = { kafka = 9096, postgres = 5432, redis = 6379 }

  flows = {
    for pair in setproduct(keys(local.ports), range(length(var.client_security_group_ids))) :
    "${pair[0]}-${pair[1]}" => { part = pair[0], client = var.client_security_group_ids[pair[1]] }
  }
}

resource "aws_kms_key" "this" {
  description         = "What ${var.name} keeps at rest"
  enable_key_rotation = true
}

resource "aws_security_group" "this" {
  for_each = local.ports

  name        = "${var.name}-${each.key}"
  description = "Who may connect to ${each.key}"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.flows

  security_group_id            = aws_security_group.this[each.value.part].id
  referenced_security_group_id = each.value.client
  ip_protocol                  = "tcp"
  from_port                    = local.ports[each.value.part]
  to_port                      = local.ports[each.value.part]
}
