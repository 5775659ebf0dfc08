#!/bin/sh
# Every benchmark. Ratios, since absolute times on shared machines mean little.
set -eu
cd "$(dirname "$0")"
grep -m 1 'model name' /proc/cpuinfo | sed 's/.*: //'
echo "$(nproc) threads"
sh read.sh 1000000 5
sh read.sh 10000000 3
sh cluster.sh 200000 16 8
sh cluster.sh 1000000 16 8 3
sh linkage.sh 5000
