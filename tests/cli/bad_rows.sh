# Every kind of bad row: the message with its place and the fix, exit code 65; and with
# --max-bad-rows the row in `rejected` and counts that add up. The table that comes out is
# bad_rows.stdout; places and texts in it were checked by hand.
set -u
. "$(dirname "$0")/bad_rows.inc"

# buyers NAME FORMAT: a table of four good rows around what is bad.
buyers() {
    printf "id,x,t\nA,1,one\nB,2,two\n$2C,8,three\nD,9,four\n" >$1
    bad $1 cluster --id id --k 2
}

buyers few.csv 'E,3\n'
buyers many.csv 'E,3,a,b\n'
buyers open.csv 'E,3,"ab\n'
buyers behind.csv 'E,3,"a"b\n'
buyers inside.csv 'E,3,a"b\n'
buyers nul.csv 'E,3,a\000b\n'
buyers utf8.csv 'E,3,caf\351\n'
buyers utf8_id.csv 'CAF\351,3,x\n'
buyers number.csv 'E,three,x\n'
buyers comma.csv 'E,"3,5",x\n'
buyers range.csv 'E,1e999,x\n'
buyers twice.csv 'B,3,x\n'
buyers nobody.csv ',3,x\n'
buyers several.csv 'E,3\nB,3,x\nE,y,x\n,4,x\n'
echo "== the text is cut at 80 characters"
georgian=აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ
emoji=a😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀
buyers long.csv "E,$georgian$georgian$georgian,x\n"
buyers short.csv "E,$georgian${georgian}12345678901234,x\n"
buyers emoji.csv "E,$emoji$emoji$emoji$emoji,x\n"
buyers record.csv "E,5,6,7,8,9,b$georgian$georgian$georgian\n"
echo "== an encoding of one byte a character"
printf 'id,x,caf\351\nA,1,\351t\351\nB,2,b\nE,3\351\nC,8,\201\nD,9,\200\n' >latin.csv
bad latin.csv cluster --id id --k 2 --encoding windows-1252
