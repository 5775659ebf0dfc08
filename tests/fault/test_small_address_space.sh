# A small address space ends in results or a message, and ends: OpenBLAS's own threads must not spin.
set -u
case ${ASAN_OPTIONS:-}${TSAN_OPTIONS:-} in ?*) echo "sanitizers need address space" >&2; exit 77 ;; esac
for kilobytes in 100000 130000 160000 200000 400000; do
    (ulimit -v $kilobytes
     timeout -k 5 60 "$BUYERMAP" run "$DATASETS/weekly.yaml" --out o --quiet >out 2>err)
    code=$?
    case $code in
    0) [ -e o/assignments.csv ] || exit 1 ;;
    71 | 127) ;; # out of memory, or the loader had none
    *) echo "ulimit -v $kilobytes: exit $code: $(cat err)" >&2; exit 2 ;;
    esac
done
