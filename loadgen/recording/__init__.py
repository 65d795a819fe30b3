"""What came at what time, kept without saying who came or what was said, to be offered again."""

from loadgen.recording.arrivals import Arrival, Recording, RecordingError, read, write
from loadgen.recording.topics import record

__all__ = ["Arrival", "Recording", "RecordingError", "read", "record", "write"]
