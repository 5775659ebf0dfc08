# help VERB is VERB --help; an unknown verb is told with the nearest one.
set -eu
"$BUYERMAP" help inspect >a
"$BUYERMAP" inspect --help >b
cmp a b
"$BUYERMAP" help >c
"$BUYERMAP" --help >d
cmp c d
code=0
"$BUYERMAP" help inspct 2>/dev/null || code=$?
[ "$code" -eq 64 ]
