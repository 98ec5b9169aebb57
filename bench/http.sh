#!/bin/sh
# bench/http.sh - pages per second on one core, beside nginx serving a file of the same bytes in the same run.
#
# Prints a line of JSON for each: a dynamic page, an unchanged one (304), the yardsticks. Needs wrk, nginx and taskset;
# everything listens on loopback and is ended by its process id. Run it on a quiet machine.
#   bench/http.sh [PROGRAM]       SECONDS=5 by default
set -eu
program=${1:-./caunoi}
seconds=${SECONDS_EACH:-5}
for tool in wrk nginx taskset curl; do
        command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || { echo "$0: $tool is missing" >&2; exit 3; }
done
folder=$(mktemp -d)
server= nginx_pid=
trap 'kill $server $nginx_pid 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT INT TERM

"$program" init "$folder/node" --unit VN >/dev/null
"$program" import "$folder/node" data/published/gso_iip_month.csv --table iip >/dev/null
"$program" import "$folder/node" data/demo/seed.csv >/dev/null
taskset -c 0 "$program" serve "$folder/node" --listen 127.0.0.1:0 >"$folder/address" &
server=$!
while [ ! -s "$folder/address" ]; do sleep 0.05; done
base=$(head -n 1 "$folder/address")
base=${base%/}

# requests per second of one address, the wrk process on the other core
rate() {
        taskset -c 1 wrk -t1 -c16 -d"${seconds}s" ${2:+-H "$2"} "$1" |
                awk '/Requests\/sec/ { r = $2 } /Non-2xx/ { bad = $NF } END { printf "%d %d", r, bad }'
}

page="$base/figures?indicator=iip_yoy&unit=VN&from=2021-01&to=2021-12&item=TOTAL"
curl -s "$page" -o "$folder/page.html"
etag=$(curl -s -D - -o /dev/null "$page" | tr -d '\r' | sed -n 's/^[Ee][Tt][Aa][Gg]: //p')

cat >"$folder/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $folder/nginx.pid; error_log $folder/error.log;
events { worker_connections 256; }
http { access_log off; keepalive_requests 1000000; types { text/html html; }
 client_body_temp_path $folder/t1; proxy_temp_path $folder/t2; fastcgi_temp_path $folder/t3; uwsgi_temp_path $folder/t4; scgi_temp_path $folder/t5;
 server { listen 127.0.0.1:18099; root $folder; } }
CONF
taskset -c 0 nginx -c "$folder/nginx.conf" -e "$folder/error.log" &
nginx_pid=$!
sleep 0.3
chmod 755 "$folder"; chmod 644 "$folder/page.html"
file=$(rate "http://127.0.0.1:18099/page.html")
dynamic=$(rate "$page")
unchanged=$(rate "$page" "If-None-Match: $etag")
memory=$(awk '/VmRSS/ { print $2 }' "/proc/$server/status")
awk -v d="$dynamic" -v u="$unchanged" -v f="$file" -v b="$(stat -c %s "$folder/page.html")" -v m="$memory" 'BEGIN {
        split(d, dd, " "); split(u, uu, " "); split(f, ff, " ");
        printf "{\"bench\":\"dynamic_page\",\"bytes\":%d,\"per_second_per_core\":%d,\"yardstick\":\"nginx, a file of the same bytes\",\"yardstick_per_second\":%d,\"ratio\":%.3f}\n", b, dd[1], ff[1], dd[1] / ff[1];
        printf "{\"bench\":\"unchanged_page\",\"per_second_per_core\":%d,\"yardstick\":\"nginx, a file of the same bytes\",\"yardstick_per_second\":%d,\"ratio\":%.3f,\"resident_kib\":%d}\n", uu[1], ff[1], uu[1] / ff[1], m;
}'
