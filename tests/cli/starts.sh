set -u
# Ways to draw the first centroids, with the same bytes whatever the threads; a word that is none is a path.
"$BUYERMAP" generate buyers --buyers 3000 --columns 3 --segments 5 --out t.csv --quiet >log
for init in kmeans++ 'kmeans||' random; do
    for threads in 1 7; do
        "$BUYERMAP" cluster t.csv --id buyer_id --columns c1,c2,c3 --truth segment --k 5 \
            --init "$init" --threads "$threads" --out "map$threads" --quiet >log
    done
    cmp map1/result.h5 map7/result.h5
    echo "$init: $(grep -o '"init": *"[^"]*"' map1/run.json), $(wc -l <map1/segments.csv) lines of segments"
done
"$BUYERMAP" cluster t.csv --k 5 --init 'kmeans|' --out nowhere --quiet 2>&1 >/dev/null
echo "exit $?"
