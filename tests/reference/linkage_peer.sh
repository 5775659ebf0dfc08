# Trees of all seven linkages as SciPy and fastcluster grow them: 100 sets of buyers drawn at random
# (2 to 3,000 of them, 1 to 40 features, Gaussian, lognormal, uniform; every third with duplicates),
# of which some have weights, against the peers' trees of as many duplicates; USArrests, Mall and
# iris. Heights to 1e-9, the same clusters, the same cut. Among ties the peers do not agree with each
# other: there the peer is a search of all pairs by the house's tie rule. (The six cities are known
# by their distances only: test_hierarchical_published.c has them.) Skipped without the peers.
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
