"""Stream processors: conversations and routing, pure decisions in one shared shell around Faust."""
