#!/bin/sh
# soak.sh - at length what ./check does a little of: entries delivered to three to five nodes in SCHEDULES random orders, ten of each
# world, on all processors, in memory; the power or the disk fails at each operation of a load, DISK_ROUNDS passes with other chances;
# memory and statements fail at each place of whole operations; calls of each command, of served nodes, their pages and forms (on both databases) to the system
# fail or kill them, the first at each place of the program and then 50 of each kind, spread over all of them (FAULTS: "all 50"); nodes
# killed at random while they work and exchange, ROUNDS times, for each ten of them once in a decision about definitions, for each hundred
# while a file comes from three nodes, two of which are killed, and once at each place of the program while they take a file; two nodes on
# a wire that fails at random, NETWORK_ROUNDS times (needs root);
# each story on each database by itself, with sanitizers; each fuzzer FUZZ_SECONDS.
#
# A world that fails is run again alone by CAUNOI_ORDER_FROM and _TO, the numbers before and after which it stands.
set -eu
cd "$(dirname "$0")/.."
worlds=$((${SCHEDULES:-10000} / 10))
block=20
begun=$(date +%s)

mkdir -p build/soak
export block worlds TMPDIR=/dev/shm
seq 0 $block $((worlds - 1)) | xargs -P "$(nproc)" -I{} sh -c '
        to=$(({} + block)); [ $to -le $worlds ] || to=$worlds
        CAUNOI_ORDER_EACH=10 CAUNOI_ORDER_FROM={} CAUNOI_ORDER_TO=$to build/release/tests/order_test > build/soak/order-{} 2>&1 && exit
        echo "FAILED  worlds {} to $to"; cat build/soak/order-{}; exit 1'
echo "$((worlds * 10)) schedules, $(($(date +%s) - begun)) s"
CAUNOI_DISK_ROUNDS=${DISK_ROUNDS:-5} build/release/tests/disk_test
CAUNOI_FAILURES=all build/asan/tests/failure_test
# What crashes or leaks in a library where memory is refused is told apart by the sanitizers' report.
export ASAN_OPTIONS=handle_sigill=1
database=$(mktemp -d /tmp/caunoi-pg-XXXXXX)
trap 'tests/postgres.sh stop "$database" > /dev/null 2>&1; rm -rf "$database"' EXIT
trap 'exit 130' INT TERM
url=$(tests/postgres.sh start "$database")
for faults in ${FAULTS:-all 50}; do
        FAULTS=$faults CAUNOI_PROGRAM=$PWD/build/asan/caunoi tests/story/fault_story.py
        for store in sqlite "$url"; do
                for story in serve page; do
                        FAULTS=$faults CAUNOI_TEST_STORE=$store CAUNOI_PROGRAM=$PWD/build/asan/caunoi tests/story/fault_${story}_story.py
                done
        done
done
for faults in all 5; do # each copy of a node is a database there
        FAULTS=$faults CAUNOI_TEST_STORE=$url CAUNOI_PROGRAM=$PWD/build/asan/caunoi tests/story/fault_story.py
done
for story in kill blob_fetch; do
        ROUNDS=${ROUNDS:-2000} tests/story/${story}_story.py
done
NETWORK_ROUNDS=${NETWORK_ROUNDS:-100} tests/story/network_story.py
tests/stories.sh
tests/fuzz.sh "${FUZZ_SECONDS:-300}" $(make -s MODE=fuzz list-fuzzers)
