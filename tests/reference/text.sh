# Ids, categories and column names in many scripts come out of CSV and HDF5 as they went in, byte for
# byte, however long; what is cut is cut between characters; and tables on a terminal line up by the
# widths that Python's Unicode tables give. Skipped where Debian's Python lacks h5py or pandas.
set -eu
python=/usr/bin/python3
"$python" -c 'import pandas, tables, h5py' 2>/dev/null ||
    { echo "no $python with pandas, tables and h5py" >&2; exit 77; }
cat >make.py <<'END_OF_PYTHON'
import csv, random
random.seed(3)
scripts = ["აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ", "العربيةمكةالرياضجدة", "北京東京서울漢字", "éüñßøÅ", "😀𠀀𝄞🇬🇪",
           "e\u0301o\u0308a\u20dd", "नमस्ते", "a,\"b \n'c\t"]
def word(most):
    letters = random.choice(scripts)
    return "".join(random.choice(letters) for _ in range(random.randint(1, most)))
with open("buyers.csv", "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n")
    out.writerow(["სახელი", "城市", "مدينة", "e\u0301te\u0301 😀", "ფასი"])
    for i in range(400):
        name = word(70000 if i == 7 else 40) + str(i)
        out.writerow([name, random.choice(["北京", "თბილისი", "الرياض", "ა" * 2000]),
                      random.choice(["كبير", "o\u0308", "\u200fא"]), i * i % 97, i % 7])
with open("orders.csv", "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n")
    out.writerow(["მყიდველი", "日期", "المبلغ"])
    for i in range(400):
        out.writerow([word(6) + str(i % 100), "2024-0%d-%02d" % (i % 9 + 1, i % 28 + 1), i % 50 + 1])
with open("bad.csv", "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n")
    out.writerow(["id", "ფასი"])
    for i in range(201):
        out.writerow([i, word(120) if i % 2 else i])
END_OF_PYTHON
"$python" make.py
"$BUYERMAP" cluster buyers.csv --id სახელი --categories 城市,مدينة --k 3 --out c --quiet >/dev/null
"$BUYERMAP" rfm orders.csv --buyer მყიდველი --date 日期 --amount المبلغ --out r --quiet >/dev/null
"$BUYERMAP" cluster bad.csv --id id --columns ფასი --missing drop --max-bad-rows 200 --k 2 --out b --quiet >/dev/null
"$BUYERMAP" inspect buyers.csv >shown

cat >check.py <<'END_OF_PYTHON'
import csv, os, sys, unicodedata
import h5py, pandas as pd
csv.field_size_limit(10**9)

def rows(path):
    return list(csv.DictReader(open(path, newline="", encoding="utf-8")))

def fail(*words):
    sys.exit(" ".join(map(str, words)))

def column(folder, table, name):
    """The texts of a column in the CSV, in h5py and in pandas, which must be the same."""
    written = [r[name] for r in rows(folder + "/" + table + ".csv")]
    with h5py.File(folder + "/result.h5", "r") as f:
        raw = [v.decode("utf-8") for v in f[table][name]]
    frame = [v.decode("utf-8") if isinstance(v, bytes) else v
             for v in pd.read_hdf(folder + "/result.h5", table)[name]]
    if written != raw or written != frame:
        fail(folder, table, name, "differs between CSV and HDF5")
    return written

buyers = rows("buyers.csv")
names = list(buyers[0])
if column("c", "assignments", "buyer_id") != [b[names[0]] for b in buyers]:
    fail("the ids of buyers are not those of the file")
features = set(column("c", "segment_profile", "feature"))
for name in names[1:]:
    numeric = name in names[3:]
    wanted = {name} if numeric else {name + "=" + b[name] for b in buyers}
    if not wanted <= features:
        fail("missing in the profile:", sorted(w[:40] for w in wanted - features))
orders = rows("orders.csv")
if set(column("r", "rfm", "buyer_id")) != {o["მყიდველი"] for o in orders}:
    fail("the ids of orders are not those of the file")

# What is cut is the beginning of the text, whole characters of it.
bad = [r["ფასი"] for i, r in enumerate(rows("bad.csv")) if i % 2]
texts = column("b", "rejected", "text")
cut = 0
for text, whole in zip(texts, bad):
    if not whole.startswith(text) or len(text) > 80:
        fail("not the beginning of the text at fault:", ascii(text))
    if text != whole:
        cut += 1
        if len(text) != 80:
            fail("cut too early:", ascii(text))
if len(texts) != 100 or cut == 0:
    fail(len(texts), "rejected texts,", cut, "of them cut")

def width(character):
    if character in "\u200d\ufe0f" or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

def starts(line, at):
    """What stands in a line from that place of the terminal on."""
    for i, character in enumerate(line):
        if at <= 0:
            return line[i:] if at == 0 else ""
        at -= width(character)
    return ""

# Cells of a column begin where its heading does.
table = open("shown", encoding="utf-8").read().split("\n\n")[1].split("\n")
for heading, known in (("type", ("text", "category", "integer")), ("used_as", ("id", "category", "feature"))):
    at = sum(map(width, table[0][:table[0].index(heading)]))
    for line in table[1:]:
        if line and not starts(line, at).startswith(known):
            fail("does not line up:", line)
END_OF_PYTHON
"$python" -W ignore check.py
