# shellcheck shell=sh disable=SC2154  # root is set by the script that reads this
# To be read by `.` from the root of the repository: enters a scratch folder that is removed at the
# end, and gives bench_data, the path of data made by peers/blobs.py. Data stay in BENCH_DATA when
# it is set.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/buyermap-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
cd "$scratch" || exit
export PYTHONPATH="$root/bench" PYTHONDONTWRITEBYTECODE=1

bench_data() { # g|l N D K single|double [h5|csv]
    # Lognormal data have no segments: they serve every k.
    name=$1-$2x$3-$5.${6:-h5}
    [ "$1" = g ] && name=$1$4-${name#*-}
    path=${BENCH_DATA:-$scratch}/$name
    if [ ! -e "$path" ]; then
        /usr/bin/python3 "$root/bench/peers/blobs.py" "$1" "$2" "$3" "$4" 1 "$5" "$path.part.${6:-h5}"
        mv "$path.part.${6:-h5}" "$path"
    fi
    echo "$path"
}
