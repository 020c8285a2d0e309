#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares training speed with PyTorch: the same network, loss, batch, optimizer and cores; runs alternate.
# Usage: bench_train.sh [BUILD_FOLDER [SECONDS [ROUNDS]]]; PYTHON names an interpreter with torch.
# Prints, for 1 and 2 cores, the best step of all rounds (frames per second) of both, the best whole run of both,
# and the ratios. The best, not the mean: other load on the machine only makes steps slower.
set -eu
here=$(dirname "$0")
build=${1:-build}
seconds=${2:-5}
rounds=${3:-3}
python=${PYTHON:-/usr/bin/python3}
step=$build/bench/train_step

for cores in 1 2; do
    [ "$cores" -le "$(nproc)" ] || continue
    cpus=0-$((cores - 1))
    round=0
    while [ "$round" -lt "$rounds" ]; do
        echo "ours $(taskset -c "$cpus" "$step" "$cores" "$seconds")"
        for policy in active passive; do # how idle OpenMP threads wait: the better one counts
            echo "torch $(OMP_WAIT_POLICY=$policy OMP_NUM_THREADS=$cores OPENBLAS_NUM_THREADS=$cores \
                taskset -c "$cpus" "$python" "$here/torch_train.py" "$cores" "$seconds")"
        done
        round=$((round + 1))
    done | awk -v cores="$cores" '
        { if ($2 > run[$1]) run[$1] = $2; if ($3 > best[$1]) best[$1] = $3 }
        END {
            format = "%d core%s, frames/s, %s: Timbrel %d, PyTorch %d, ratio %.2f\n"
            s = cores > 1 ? "s" : ""
            printf format, cores, s, "best run ", run["ours"], run["torch"], run["ours"] / run["torch"]
            printf format, cores, s, "best step", best["ours"], best["torch"], best["ours"] / best["torch"]
        }'
done
