# Escapes, Latin-1 and windows-1252, and advice where a file does not fit. The table that comes out is
# dialects_escape.stdout; its cells are those that Python's csv module finds in the same files.
set -u

# ids NAME FLAGS…: the counts, and the ids byte for byte with their labels, as cluster writes them;
# or the exit code and the message. What the advice is comes last.
ids() {
    echo "== $*"
    if "$BUYERMAP" cluster "$@" --k 2 --out seen >out 2>err; then
        sed 's/,"out".*//' out
        cut -d, -f1,2 seen/assignments.csv
    else
        code=$?
        echo "exit $code: $(sed -n 's/ (.*--max-bad-rows[^)]*)//; s/^buyermap: error: //p' err)"
    fi
    # A warning of advice, as on a header of a single column.
    sed -n 's/^buyermap: warning: .*\(looks like .*\)/warning: \1/p' err
    rm -rf seen
}

echo "=== escapes"
printf 'id,x\n"A \\"one\\"",1\nB\\,two,2\n"C\\\\",9\n"D\\n",10\n' >escape.csv
ids escape.csv --escape '\' --id id
printf 'inputs: {buyers: {path: escape.csv, id: id}}\ncluster: {k: 2}\nreading: {escape: "\\\\"}\n' >job.yaml
"$BUYERMAP" run job.yaml --out seen --quiet | sed 's/,"out".*//'
cut -d, -f1,2 seen/assignments.csv
rm -rf seen
# The escape may take the end of a line into a field, and is text where it is doubled.
printf 'id,x\n"A\\\nB",1\nC,2\nD,9\n' >line.csv
ids line.csv --escape '\' --id id
printf 'id,x\nA\\\nB,1\nC\\\\,2\n\\\n,oops\nD,9\n' >line.csv
ids line.csv --escape '\' --id id
"$BUYERMAP" cluster line.csv --escape '\' --id id --k 2 --max-bad-rows 1 --out seen --quiet |
    sed 's/,"out".*//'
cat seen/rejected.csv
rm -rf seen
# Without quotes, too; and where they end with two characters both are escaped.
printf 'id,x\nA\\,"\\\nB,1\n\\"C,2\nD,9\n' >line.csv
ids line.csv --escape '\' --quote none --id id
printf 'id,x\r\nA\\\r\nB,1\r\nC,2\r\nD,9\r\n' >line.csv
ids line.csv --escape '\' --id id | tr '\r' '^'
# Many of them, read in pieces: no record is lost, and the bad ones are where they are.
awk 'BEGIN {
    print "id,x" >"pieces.csv"
    offset = 5
    line = 2
    for (i = 0; i < 60000; i++) {
        form = i * 7919 % 4
        id = form == 0 ? "a\\\n" i : form == 1 ? "\"\\\"\n,\\\n" i "\"" : form == 2 ? "b\\,\\\"" i : "c" i
        text = id "," (i % 9973 == 5 ? "bad" : i) "\n"
        if (i % 9973 == 5)
            print "pieces.csv," line "," offset ",x,not a number,bad" >"wanted"
        printf "%s", text >"pieces.csv"
        offset += length(text)
        line += gsub(/\n/, "", text)
    }
}'
"$BUYERMAP" cluster pieces.csv --escape '\' --id id --k 1 --quality none --max-bad-rows 7 --out seen --quiet |
    sed 's/,"out".*//'
sed 1d seen/rejected.csv | cmp - wanted && echo "same: $(wc -l <wanted) bad rows"
rm -rf seen
# Doubled quotes are still quotes; another escape than the backslash.
printf 'id,x\n"A ""one"" ^" two",1\nB,2\nC,9\n' >caret.csv
ids caret.csv --escape '^' --id id
# Without the flag the backslash is text.
printf 'id,x\nC:\\new,1\nB\\,2\nD,9\n' >paths.csv
ids paths.csv --id id

echo "=== encodings"
printf 'id,x,caf\351\nM\374ller,1,1\nSe\361or,2,2\n\337\377,9,9\n' >latin1.csv
for name in latin1 ISO-8859-1 Latin-1 windows-1252; do
    ids latin1.csv --encoding $name --id id
done
printf 'id,x\n10 \200,1\n\223q\224,2\n\214uvre,9\n' >cp1252.csv
ids cp1252.csv --encoding cp1252 --id id
printf 'id,x\nA\201,1\nB,2\nC,9\n' >undefined.csv
ids undefined.csv --encoding windows-1252 --id id
"$BUYERMAP" cluster undefined.csv --encoding windows-1252 --max-bad-rows 1 --id id --k 2 --out seen --quiet |
    sed 's/,"out".*//'
rm -rf seen
# The same bytes as UTF-8 by iconv give the same results.
iconv -f LATIN1 -t UTF-8 latin1.csv >utf8.csv
"$BUYERMAP" cluster latin1.csv --encoding latin1 --id id --k 2 --out a --quiet >/dev/null
"$BUYERMAP" cluster utf8.csv --id id --k 2 --out b --quiet >/dev/null
cmp a/assignments.csv b/assignments.csv && cmp a/segment_profile.csv b/segment_profile.csv && echo same
# All 256 bytes but the marks, as ids, against iconv.
i=32
printf 'id,x\n' >bytes.csv
while [ $i -lt 256 ]; do
    case $i in 34 | 44 | 127) ;; *) printf "a\\$(printf %o $i)b,$i\n" >>bytes.csv ;; esac
    i=$((i + 1))
done
"$BUYERMAP" cluster bytes.csv --encoding latin1 --id id --k 2 --out c --quiet >/dev/null
iconv -f LATIN1 -t UTF-8 bytes.csv | sed '1d; s/,.*//' >wanted
sed '1d; s/,.*//' c/assignments.csv | cmp - wanted && echo "same: 221 bytes"
gzip -c latin1.csv >latin1.csv.gz
ids latin1.csv.gz --encoding latin1 --id id

echo "=== advice"
printf 'id;x;y\n1;2,5;1\n2;3,5;2\n3;9,1;4\n' >t.csv
ids t.csv
printf 'id\tx\n1\t2\n2\t3\n' >t.csv
ids t.csv
printf 'id,x\n1,2\n2,12" disk\n3,4\n' >t.csv
ids t.csv
printf "id,x,t\n1,2,'a,b'\n2,3,'c,d'\n3,4,e\n" >t.csv
ids t.csv
printf 'id,x,t\n1,2,"say \\"hi, you\\""\n2,3,u\n3,4,v\n' >t.csv
ids t.csv
printf '# from the shop\nid,x\n1,2\n2,3\n' >t.csv
ids t.csv
printf 'id,t\n1,5\nM\374ller,6\n' >t.csv
ids t.csv
printf '5,7,5\n6,8,1\n7,9,2\n' >t.csv
ids t.csv
printf 'id;x\n1;2,5\n2;3,5\n' >t.csv
ids t.csv --delimiter ';'
printf 'id,x\n1,"1,234.5"\n2,"2,000"\n3,17\n4,18\n5,19\n' >t.csv
ids t.csv
# Rows that are simply bad: no advice.
printf 'id,x\n1,2\n2\n3,4\n4,5\n5,6\n' >t.csv
ids t.csv
printf 'id,x\n1,2\n2,word\n3,4\n4,5\n5,6\n' >t.csv
ids t.csv
