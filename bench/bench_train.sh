#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares training speed with PyTorch: the same network, loss, batch, optimizer and cores; runs alternate.
# Usage: bench_train.sh [BUILD_FOLDER [SECONDS [ROUNDS [NETWORK...]]]]; PYTHON names an interpreter with torch. NETWORK:
# vae, lstm (frames per second), transformer (tokens per second); all of them if none is named.
# Prints, for 1 and 2 cores, the best step of all rounds of both, the best whole run of both, and the ratios. The best,
# not the mean: other load on the machine only makes steps slower.
set -eu
here=$(dirname "$0")
build=${1:-build}
seconds=${2:-5}
rounds=${3:-3}
python=${PYTHON:-/usr/bin/python3}
[ $# -le 3 ] && set -- x x x vae lstm transformer
shift 3

# Our program for a network.
program() {
    case $1 in
    vae) echo train_step ;;
    *) echo "$1_step" ;;
    esac
}

# compare NETWORK CORES
compare() {
    cpus=0-$(($2 - 1))
    round=0
    while [ "$round" -lt "$rounds" ]; do
        echo "ours $(taskset -c "$cpus" "$build/bench/$(program "$1")" "$2" "$seconds")"
        for policy in active passive; do # how idle OpenMP threads wait: the better one counts
            echo "torch $(OMP_WAIT_POLICY=$policy OMP_NUM_THREADS=$2 OPENBLAS_NUM_THREADS=$2 \
                taskset -c "$cpus" "$python" "$here/torch_train.py" "$2" "$seconds" "$1")"
        done
        round=$((round + 1))
    done | awk -v network="$1" -v cores="$2" '
        { if ($2 > run[$1]) run[$1] = $2; if ($3 > best[$1]) best[$1] = $3 }
        END {
            format = "%s, %d core%s, per second, %s: Timbrel %d, PyTorch %d, ratio %.2f\n"
            s = cores > 1 ? "s" : ""
            printf format, network, cores, s, "best run ", run["ours"], run["torch"], run["ours"] / run["torch"]
            printf format, network, cores, s, "best step", best["ours"], best["torch"], best["ours"] / best["torch"]
        }'
}

for network; do
    for cores in 1 2; do
        [ "$cores" -gt "$(nproc)" ] || compare "$network" "$cores"
    done
done
