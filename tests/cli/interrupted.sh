# Ctrl-C and SIGTERM: 130 and 143, at once, nothing written.
set -u
printf 'id,a\n' >t.csv
awk 'BEGIN { srand(7); for (i = 0; i < 15000; i++) print i "," rand() }' >>t.csv
for signal in INT:130 TERM:143; do
    "$BUYERMAP" cluster t.csv --method centroid --k 3 --threads 1 --out o >out 2>err &
    pid=$!
    sleep 0.5
    kill -"${signal%:*}" $pid
    wait $pid
    [ $? -eq "${signal#*:}" ] || exit 1
    [ ! -e o ] && [ -z "$(ls -A | grep -v -e '^t.csv$' -e '^out$' -e '^err$')" ] || exit 2
    grep -q "\"code\":${signal#*:}" out || exit 3
done
