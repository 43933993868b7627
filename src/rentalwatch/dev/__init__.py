"""A cluster on one machine: a broker, a database and the processes, from Python packages alone."""
