"""What a run leaves behind in runs/<id>/, while it runs and after it, and how it is shown."""
