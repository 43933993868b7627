"""How a running process shows itself: metrics, health, logs, and how it is told to stop."""
