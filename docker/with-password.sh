#!/bin/sh
# Runs a command with the database password from the file that PGPASSWORD_FILE names (a secret of the
# container), so that it stands in no compose file, no DSN and no `docker inspect`.
set -eu
if [ -n "${PGPASSWORD_FILE:-}" ]; then
  PGPASSWORD="$(cat "$PGPASSWORD_FILE")"
  export PGPASSWORD
fi
exec "$@"
