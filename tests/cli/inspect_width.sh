# The table lines up by display width, cuts long texts, and lets nothing steer the terminal.
set -eu
printf 'n,city,note\n1,北京,a\033[31mb\n2,თბილისი,%s\n3,Gori,x\n1,北京,e\314\201\n' \
    "$(printf '長%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30)" >t.csv
"$BUYERMAP" inspect t.csv
printf 'when,n\n2024-01-01,1\nsoon\033[2J,2\n2024-01-03,3\n,4\n' >bad.csv
"$BUYERMAP" inspect bad.csv --max-bad-rows 1
"$BUYERMAP" inspect bad.csv --max-bad-rows 1 | { ! grep -q "$(printf '\033')"; }
