#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that Timbrel needs. Says which; does nothing when they are there.
#
#   scripts/setup.sh build          to build and run
#   scripts/setup.sh build test     to run the tests, too
#   scripts/setup.sh build clang    to build with clang, too
#   scripts/setup.sh build train    to train the default model, too
#   scripts/setup.sh aarch64        to build the engine for 64-bit ARM, and test it in qemu
set -eu

BUILD="gcc libc6-dev cmake ninja-build pkg-config libsndfile1-dev libfftw3-dev libsoxr-dev libjansson-dev
  libcairo2-dev fonts-dejavu-core portaudio19-dev libjack-jackd2-dev librtmidi-dev liblo-dev
  libwebsockets-dev libqrencode-dev"
TEST="g++ make libcmocka-dev clang-format cppcheck shellcheck jackd2 chromium sox"
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then # which may come from elsewhere
    TEST="$TEST nodejs npm"
fi
TRAIN="libfluidsynth-dev musescore-general-soundfont-lossless fluid-soundfont-gm sonic-pi-samples hydrogen-drumkits"
AARCH64="cmake ninja-build pkg-config gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user libsndfile1-dev:arm64
  libfftw3-dev:arm64 libsoxr-dev:arm64 libjansson-dev:arm64 libcmocka-dev:arm64"

wanted=
for group in "$@"; do
    case $group in
    build) wanted="$wanted $BUILD" ;;
    test) wanted="$wanted $TEST" ;;
    clang) wanted="$wanted clang" ;;
    train) wanted="$wanted $TRAIN" ;;
    aarch64) wanted="$wanted $AARCH64" ;;
    *)
        echo "setup.sh: unknown group \"$group\"; use build, test, clang, train or aarch64" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    echo "This script knows Debian's packages only. Install the like of these, then build with CMake:" >&2
    echo "$wanted" | tr -s '\n ' ' ' >&2
    echo >&2
    exit 1
fi

missing=
for package in $wanted; do
    case $package in # one that is there for another processor, too, has a line for each
    *:*) machine=${package#*:} ;;
    *) machine=$(dpkg --print-architecture) ;;
    esac
    dpkg-query -W -f '${Architecture} ${Status}\n' "$package" 2>/dev/null |
        grep -qx "\($machine\|all\) install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These packages are missing:$missing" >&2
        echo "Run this script as root, or install sudo first." >&2
        exit 1
    fi
    root=sudo
fi
echo "Installing Debian packages:$missing"
case $missing in
*:arm64*) $root dpkg --add-architecture arm64 ;;
esac

# Not a word of apt's, unless it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # a list of words
if ! $root apt-get update -qq >"$log" 2>&1 ||
    ! $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >>"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
echo "Installed."
