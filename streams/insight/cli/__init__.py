"""aicc-routing's commands beside the service itself."""
