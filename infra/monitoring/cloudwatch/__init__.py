"""The platform's main figures in Amazon CloudWatch, for whoever watches there: the extra `cloudwatch`."""
