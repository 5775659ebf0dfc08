# Every way a CSV file may be written, through the binary: what is read of it, or the exit code and
# the message with the fix. The table that comes out is dialects.stdout.
set -u

# reads NAME FLAGS…: what inspect finds in the columns, or the exit code and the message.
reads() {
    echo "== $*"
    "$BUYERMAP" inspect "$@" --out seen --quiet >out 2>err
    code=$?
    if [ "$code" -eq 0 ]; then
        awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
            { print $at["column"], $at["type"], $at["missing"], $at["distinct"], $at["min"], $at["max"], $at["mean"] }' \
            seen/inspect.csv
    else
        echo "exit $code: $(sed -n 's/^buyermap: error: //p' err)"
    fi
    rm -rf seen
}

# ids NAME FLAGS…: the counts, and the ids byte for byte with their labels, as cluster writes them;
# or the exit code and the message.
ids() {
    echo "== ids $*"
    if "$BUYERMAP" cluster "$@" --k 2 --out seen --quiet >out 2>err; then
        sed 's/,"out".*//' out
        cut -d, -f1,2 seen/assignments.csv
    else
        code=$?
        # What the reader advises beside the fault is not looked at here.
        echo "exit $code: $(sed -n 's/ (.*--max-bad-rows.*//; s/; looks like.*//; s/^buyermap: error: //p' err)"
    fi
    rm -rf seen
}

# same NAME FLAGS…: read as the plain table is.
same() {
    reads "$@" >same.out
    sed 1d same.out | cmp - plain.out && echo "same: $*"
}

printf 'id,x,t\nA,1.5,u\nB,2,"v w"\n' >comma.csv
echo "=== the same table under every delimiter"
reads comma.csv | tee plain.all
sed 1d plain.all >plain.out
for mark in ';' '|' '^' '~' ':' '!'; do
    tr ',' "$mark" <comma.csv >t.csv
    same t.csv --delimiter "$mark"
done
for word in comma semicolon pipe; do
    case $word in comma) mark=, ;; semicolon) mark=';' ;; pipe) mark='|' ;; esac
    tr , "$mark" <comma.csv >t.csv
    same t.csv --delimiter $word
done
tr , '\t' <comma.csv >tab.tsv
for word in tab '\t' "$(printf '\t')"; do
    same tab.tsv --delimiter "$word"
done
tr , ' ' <comma.csv >space.txt
same space.txt --delimiter space
same space.txt --delimiter ' '
tr , '\001' <comma.csv >hive.txt
same hive.txt --delimiter "$(printf '\001')" | tr -d '\001'

echo "=== quotes"
printf "id,x,t\nA,1,'it''s'\nB,2,'a,b\nc'\nC,3,\"\n" >single.csv
ids single.csv --quote "'"
ids single.csv
printf 'id,x,t\n"A,1,12"\nB",2,"\n' >inches.csv
ids inches.csv --quote none
ids inches.csv

echo "=== numbers"
printf 'id;x\nA;1,5\nB;-0,25\nC;1e3\n' >comma_decimal.csv
reads comma_decimal.csv --delimiter ';' --decimal ,
printf 'id;x\nA;1.234,5\nB;-12.345.678\nC;9\n' >german.csv
reads german.csv --delimiter ';' --decimal , --thousands .
printf 'id,x\nA,"1,234.5"\nB,"12,345,678"\nC,9\n' >english.csv
reads english.csv --thousands ,
printf 'id,x\nA,1 234.5\nB,12 345 678\nC,9\n' >spaces.csv
reads spaces.csv --thousands space
printf "id,x\nA,1'234.5\nB,12'345'678\nC,9\n" >swiss.csv
reads swiss.csv --thousands "'"
printf 'id,x\nA,"1,23"\nB,5\nC,6\n' >groups.csv
ids groups.csv --thousands ,

echo "=== line ends, byte-order mark, blank lines"
for end in '\n' '\r\n' '\r'; do
    printf "id,x,t${end}A,1.5,u${end}${end}B,2,\"v w\"$end" >t.csv
    same t.csv
    printf "\357\273\277id,x,t${end}A,1.5,u${end}B,2,\"v w\"" >t.csv
    same t.csv
done
printf '\357\273\277"id";x\nA;1\nB;2\n' >bom.csv
ids bom.csv --delimiter ';' --id id

echo "=== comments"
printf '# from the shop\n#\nid,x\nA,1\n# half time, 3\nB,2#\nC,"\n#3"\n' >comments.csv
ids comments.csv --comment '#'
ids comments.csv
printf '%% one\nid,x\nA,1\nB,2\n' >percent.csv
reads percent.csv --comment %
printf '#id,x\nA,1\nB,2\n' >hash_name.csv
reads hash_name.csv
printf '# nothing\n#else\n' >only.csv
reads only.csv --comment '#'

echo "=== header"
printf 'A,1\nB,2\n' >none.csv
reads none.csv --header no
ids none.csv --header no
reads none.csv --header perhaps
printf 'id,x,x\nA,1,2\n' >twice.csv
reads twice.csv
printf 'id,,x\nA,1,2\n' >nameless.csv
reads nameless.csv
printf '# two lines\n\n"id",x,\n1,2,3\n' >late.csv
reads late.csv --comment '#'
printf 'id,x,x\nA,1,2\nB,2,3\n' >t.csv
reads t.csv --header no
printf 'id,x\n' >rowless.csv
reads rowless.csv
printf '\357\273\277\n\r\n' >blank.csv
reads blank.csv
printf 'სახელი;ფასი €\nანა;1\nბექა;2\n' >georgian.csv
ids georgian.csv --delimiter ';'
reads georgian.csv --delimiter ';'

echo "=== what is no CSV"
iconv -f UTF-8 -t UTF-16LE comma.csv >t.csv
reads t.csv
iconv -f UTF-8 -t UTF-16BE georgian.csv >t.csv
reads t.csv
printf '\377\376i\000d\000' >t.csv
reads t.csv
printf '\376\377\000i\000d' >t.csv
reads t.csv
printf '\377\376\000\000i\000\000\000' >t.csv
reads t.csv
iconv -f UTF-8 -t UTF-32BE comma.csv >t.csv
reads t.csv
iconv -f UTF-8 -t UTF-16LE comma.csv | gzip >t.csv
reads t.csv

echo "=== marks that make no sense"
for mark in ';;' § '' 5 a - . none; do
    reads comma.csv --delimiter "$mark"
done
reads comma.csv --quote ,
reads comma.csv --comment '"'
reads comma.csv --decimal ,
reads comma.csv --decimal x
reads comma.csv --thousands .
reads comma.csv --escape '"'
reads comma.csv --comment 1
reads comma.csv --encoding utf-16
reads comma.csv --encoding koi8-r
printf 'inputs: {buyers: {path: comma.csv}}\nreading: {delimiter: ";;"}\n' >job.yaml
"$BUYERMAP" run job.yaml --out seen --quiet 2>/dev/null | sed -n 's/.*"message":"\(.*\)"}$/\1/p'
printf 'inputs: {buyers: {path: german.csv, id: id}}\ncluster: {k: 2}\nreading: {delimiter: semicolon, decimal: ",", thousands: ".", quote: none, comment: "#", header: true}\n' >job.yaml
"$BUYERMAP" run job.yaml --out seen --quiet | sed 's/,"out".*//'
