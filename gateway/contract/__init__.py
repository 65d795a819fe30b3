"""What the gateway and the log promise, as OpenAPI and AsyncAPI: tables, and documents made from them."""
