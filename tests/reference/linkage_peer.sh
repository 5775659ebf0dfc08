# Trees of all seven linkages as SciPy and fastcluster grow them: 100 sets of buyers drawn at random
# (2 to 4,496 of them, 1 to 40 features, Gaussian, lognormal, uniform; every third with duplicates),
# of which some have weights, against the peers' trees of as many duplicates. Heights to 1e-9, the
# same clusters, the same cut. Then sets with many ties: USArrests, Mall (two columns, and three) and
# iris, as they are and z-scored, and 72 grids of whole numbers. There the heights are those of both
# peers, wherever these agree, and SciPy's where they do not: rounding parts what is tied on paper,
# and they round differently. (The six cities are known by their distances only:
# test_hierarchical_published.c has them. Ties above 4,096 buyers: test_tie_oracle.c.) Skipped
# without the peers.
set -eu
python=/usr/bin/python3
"$python" -c 'import fastcluster, h5py, scipy' 2>/dev/null ||
    { echo "no $python with fastcluster, h5py and scipy" >&2; exit 77; }
peer=$(dirname "$DATASETS")/tests/reference/linkage_peer.py
timeout 60 "$python" "$peer" write
# Two at a time; a line is NAME METHOD FLAGS…
sed "s|^|'$BUYERMAP' |" runs | xargs -P 2 -L 1 sh -c '
    tool=$1 name=$2 method=$3
    shift 3
    "$tool" cluster "$name.csv" --method "$method" "$@" --normalize none --quality none --threads 1 \
        --quiet --out "$name.$method" >/dev/null' sh
timeout 300 "$python" "$peer" compare
