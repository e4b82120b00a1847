#!/bin/sh
# Restore what backup.sh wrote: restore.sh BACKUP DATA
#
# DATA is made and must not exist. A dump of PostgreSQL goes into the empty database that PLEURA_DATABASE names.
# Start the service afterwards, of the same or a later version; films that were under way are read again.
set -eu
umask 077
[ $# -eq 2 ] || { echo "usage: restore.sh BACKUP DATA" >&2; exit 2; }
backup=$(cd "$1" && pwd)
(cd "$backup" && sha256sum --check --quiet --strict SHA256SUMS)
mkdir "$2"
tar --extract --file="$backup/files.tar" --directory="$2"
if [ -f "$backup/pleura.dump" ]; then
  : "${PLEURA_DATABASE:?the address of the empty database}"
  pg_restore --no-owner --exit-on-error --single-transaction --dbname="$PLEURA_DATABASE" "$backup/pleura.dump"
else
  cp "$backup/pleura.sqlite" "$2/pleura.sqlite"
fi
sync -f "$2"
