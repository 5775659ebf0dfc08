# On a terminal: a bar while an input is read, cleared at the end; colour, unless NO_COLOR is set;
# nothing with --quiet. Skipped without Python, which has the terminal.
set -eu
python=/usr/bin/python3
"$python" -c 'import pty' 2>/dev/null || { echo "no $python" >&2; exit 77; }
# 70 MB of rows in members of a few KB.
echo a,b,c | gzip >rows.csv.gz
yes 1,2,3 | head -c 1200000 | gzip -1 >member.gz
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do cat member.gz member.gz member.gz member.gz member.gz; done >>rows.csv.gz
cat >check.py <<'END_OF_PYTHON'
import os, pty, re, subprocess, sys

def stderr_of(*words, **environment):
    """What the program writes to a terminal that is its stderr, and its exit code."""
    ours, theirs = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    run = subprocess.Popen([os.environ["BUYERMAP"], *words], stdout=subprocess.DEVNULL, stderr=theirs,
                           env={**clean, **environment})
    os.close(theirs)
    written = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError: # the other side is closed
            break
        if not block:
            break
        written += block
    os.close(ours)
    return written.decode(), run.wait()

def check(holds, *words):
    if not holds:
        sys.exit(" ".join(map(repr, words)))

bar = r"\r\x1b\[Kread: (\d+) % \((\d+) of \d+ MB, (\d+) rows\), \d+ MB/s, \d+ rows/s(, \d+ s left)?"
text, code = stderr_of("inspect", "rows.csv.gz")
shares = [int(m[1]) for m in re.finditer(bar, text)]
check(code == 0 and shares and shares == sorted(shares) and shares[-1] <= 100, code, text)
check(text.endswith("\r\x1b[K"), "the bar stays:", text[-80:])
check(re.sub(bar, "", text) == "\r\x1b[K", "more than the bar:", text)
for words in (["--quiet"], ["--progress", "none"]):
    text, code = stderr_of("inspect", "rows.csv.gz", *words)
    check(code == 0 and text == "", words, text)
text, code = stderr_of("inspect", "nowhere.csv")
check(code == 66 and text == "buyermap: \x1b[31merror:\x1b[0m nowhere.csv: No such file or directory\r\n", text)
text, code = stderr_of("inspect", "nowhere.csv", NO_COLOR="1")
check(code == 66 and text == "buyermap: error: nowhere.csv: No such file or directory\r\n", text)
text, code = stderr_of("inspect", "nowhere.csv", NO_COLOR="")
check("\x1b[31m" in text, "an empty NO_COLOR is none:", text)
END_OF_PYTHON
"$python" check.py
