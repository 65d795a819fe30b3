"""What a generator's own figures may be believed for: gates of validity, calibration, priority."""
