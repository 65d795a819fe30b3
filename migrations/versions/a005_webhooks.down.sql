DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;
DELETE FROM sink_offsets WHERE sink = 'webhooks';
