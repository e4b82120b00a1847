#!/bin/sh
# Back up a service that may be running: backup.sh DATA BACKUP
#
# DATA is its data folder; BACKUP is made and must not exist. Where PLEURA_DATABASE holds the address of a PostgreSQL
# database, that is dumped (pg_dump); otherwise the SQLite file in DATA (sqlite3).
set -eu
umask 077
[ $# -eq 2 ] || { echo "usage: backup.sh DATA BACKUP" >&2; exit 2; }
data=$(cd "$1" && pwd)
[ -f "$data/salt" ] || { echo "$1 is no data folder of pleura: it holds no salt" >&2; exit 2; }
mkdir "$2"
cd "$2"
# The database first: files are written before the rows that need them, so that the copies of files hold all of them.
if [ -n "${PLEURA_DATABASE:-}" ]; then
  pg_dump --format=custom --no-owner --no-privileges --file=pleura.dump --dbname="$PLEURA_DATABASE"
else
  sqlite3 -cmd ".timeout 30000" "$data/pleura.sqlite" "VACUUM INTO 'pleura.sqlite'"
fi
# 1 says that a file changed or went meanwhile: uploads and retention do that, and it is no loss.
tar --create --file=files.tar --directory="$data" films results node salt || [ $? -eq 1 ]
sha256sum pleura.* files.tar > SHA256SUMS
sync -f .
