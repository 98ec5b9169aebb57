#!/bin/sh
# clock.sh - seconds; ticks all processors of the machine have worked, and have had: what is killed at its end, and a database, count too.
echo "$(date +%s) $(awk '/^cpu /{ for (i = 2; i <= 9; i++) all += $i; print all - $5 - $6, all }' /proc/stat)"
