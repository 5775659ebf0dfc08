# The same bytes in every file but run.json for any number of threads; and twice the same.
set -eu
for threads in 1 2 7; do
    "$BUYERMAP" run "$DATASETS/weekly.yaml" --out "run$threads" --threads $threads --quiet >/dev/null
    for method in kmeans ward single centroid; do
        "$BUYERMAP" cluster "$DATASETS/buyers.csv" --categories region,role,company_size \
            --exclude segment --method $method --k 2:5 --out "$method$threads" --threads $threads \
            --quiet >/dev/null
        rm "$method$threads/run.json"
    done
    "$BUYERMAP" generate orders --buyers 3000 --out "orders$threads.csv.gz" --threads $threads \
        --quiet >/dev/null
    rm "run$threads/run.json"
done
for other in 2 7; do
    for name in run kmeans ward single centroid; do
        diff -r "${name}1" "$name$other"
    done
    cmp orders1.csv.gz "orders$other.csv.gz"
done
[ "$(ls run1 | wc -l)" -eq 22 ]
