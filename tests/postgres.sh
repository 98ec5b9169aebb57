#!/bin/sh
# A private PostgreSQL for the tests: Unix socket only, byte order, nothing outside one folder. It lives as long as the tests: programs
# and connections are killed under it, never the machine, so nothing is forced to disk, and no table grows old enough to be vacuumed.
#   tests/postgres.sh start DIR   makes and starts it if need be, prints its URL
#   tests/postgres.sh stop DIR    stops it and removes the folder
# As root it runs as the user postgres, who must be able to reach DIR. Settings: CAUNOI_PG_BIN.
set -eu

usage() { echo "usage: $0 start|stop DIR" >&2; exit 2; }
[ $# -eq 2 ] || usage
case $2 in /*) dir=$2 ;; *) dir=$PWD/$2 ;; esac
# A socket's path has at most 107 bytes: /.s.PGSQL.5432 comes after the folder.
[ ${#dir} -le 90 ] || { echo "$0: the path of the folder is too long for a socket: $dir" >&2; exit 2; }

bin=${CAUNOI_PG_BIN:-}
if [ -z "$bin" ]; then
        for d in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
                [ -x "$d/initdb" ] && bin=$d
        done
        [ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
fi
[ -x "$bin/initdb" ] || { echo "$0: no PostgreSQL found; install the package postgresql" >&2; exit 3; }

as_owner() {
        if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

case $1 in
start)
        if ! as_owner "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; then
                mkdir -p -m 700 "$dir"
                [ "$(id -u)" -ne 0 ] || chown postgres "$dir"
                if [ ! -f "$dir/data/PG_VERSION" ]; then
                        as_owner "$bin/initdb" -D "$dir/data" -U caunoi --auth=trust -E UTF8 --locale=C \
                                >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 3; }
                fi
                # pg_ctl's children keep its output open: a caller's $(…) would wait for ever.
                as_owner "$bin/pg_ctl" -w -t 60 -D "$dir/data" -l "$dir/log" \
                        -o "-k '$dir' -c listen_addresses= -c max_connections=200 -c fsync=off -c full_page_writes=off \
                            -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off" \
                        start >"$dir/start.log" 2>&1 </dev/null ||
                        { cat "$dir/start.log" "$dir/log" >&2; exit 3; }
        fi
        as_owner "$bin/psql" -qAt -h "$dir" -U caunoi -d postgres -c \
                "SELECT 1 FROM pg_database WHERE datname = 'caunoi'" | grep -q 1 ||
                as_owner "$bin/createdb" -h "$dir" -U caunoi caunoi
        # The usual compression of long values takes a tenth of all its time; a server without the other keeps it.
        as_owner "$bin/psql" -qAt -h "$dir" -U caunoi -d caunoi -c "ALTER DATABASE caunoi SET default_toast_compression = lz4" \
                >/dev/null 2>&1 || true
        echo "postgresql://caunoi@/caunoi?host=$dir"
        ;;
stop)
        [ -d "$dir/data" ] || exit 0
        as_owner "$bin/pg_ctl" -w -D "$dir/data" -m fast stop >/dev/null 2>&1 || true
        rm -rf "$dir"
        ;;
*)
        usage
        ;;
esac
