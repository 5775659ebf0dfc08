#!/bin/sh
# Installs the Debian packages that buyermap needs and that are missing. Quick when none is.
# usage: scripts/setup.sh [build|test|lint|sanitize|bench]…   (default: build)
set -eu

build="gcc make pkg-config libc6-dev libgsl-dev libopenblas-dev libhdf5-dev libyaml-dev libjansson-dev libssl-dev zlib1g-dev libcsv-dev"
test="$build libcmocka-dev"
lint="clang-format cppcheck"
sanitize="$test clang libclang-rt-14-dev libomp-14-dev llvm-14 valgrind"
bench="python3-sklearn python3-scipy python3-pandas python3-h5py python3-tables python3-fastcluster python3-mpmath"

wanted=""
for group in "${@:-build}"; do
    case $group in
    build | test | lint | sanitize | bench) eval "wanted=\"\$wanted \$$group\"" ;;
    *)
        echo "setup.sh: unknown group $group (build, test, lint, sanitize, bench)" >&2
        exit 64
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "setup.sh: not a Debian system; these packages, as Debian names them, are needed:$wanted" >&2
    exit 0
fi

missing=""
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done

# GSL before 2.7.1+dfsg-5+deb12u1 gives wrong quantiles.
gsl=$(dpkg-query -W -f '${Version}' libgsl-dev 2>/dev/null || true)
if [ -n "$gsl" ] && dpkg --compare-versions "$gsl" lt 2.7.1+dfsg-5+deb12u1; then
    missing="$missing libgsl-dev libgsl27"
fi
[ -n "$missing" ] || exit 0

install="apt-get update && apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -eq 0 ]; then
    run=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    run="sudo -n"
else
    echo "setup.sh: packages are missing; run this once as root:" >&2
    echo "  sudo sh -c '$install'" >&2
    exit 1
fi
echo "setup.sh: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq >&2
# shellcheck disable=SC2086  # a list of words is meant
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
