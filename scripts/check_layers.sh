#!/bin/sh
# Layers and doors (see CONTRIBUTING.md): which folder may include what. Prints every breach.
set -eu
cd "$(dirname "$0")/.."
awk '
function breach(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    bad = 1
}
function door(header, pattern, folders) {
    if (header ~ pattern && (" " folders " ") !~ (" " folder " "))
        breach("<" header "> is for " folders " only")
}
FNR == 1 {
    split(FILENAME, part, "/")
    folder = part[1] == "include" ? "data" : part[2]
    is_stage = folder ~ /^(input|feature|normalize|cluster|profile|lifetime|funnel|movement|outreach|generate|output)$/
}
/^ *# *include *"/ {
    split($0, quoted, "\"")
    split(quoted[2], to, "/")
    target = to[1]
    if (target == "buyermap" || target == folder || target == "base")
        next
    if (folder == "main.c" || folder == "cli")
        next
    if (folder == "job" && target != "cli")
        next
    if (is_stage && (target == "data" || target == "kernel"))
        next
    breach(folder "/ may not include " quoted[2])
}
/^ *# *include *</ {
    split($0, angled, /[<>]/)
    header = angled[2]
    door(header, "^hdf5", "input output")
    door(header, "^csv.h$", "input")
    door(header, "^(cblas|openblas_config)", "kernel")
    door(header, "^yaml.h$", "job")
    door(header, "^zlib.h$", "input output")
    door(header, "^jansson.h$", "output cli")
    door(header, "^sodium", "outreach output")
    door(header, "^openssl/", "base")
    door(header, "^omp.h$", "base")
    if (header ~ /^gsl\// && folder ~ /^(cli|job|input|output)$/)
        breach("<" header "> is not for " folder "/")
}
folder != "cli" && /(^|[^a-z_])(printf|puts|exit|getenv|abort)\(/ && !/^ *(\/?\*)/ {
    breach("nothing below cli/ prints, exits or reads the environment")
}
/(^|[^a-z_])(atoi|atof|strcpy|sprintf|strtok|rand)\(/ {
    breach("not used here: unchecked or unbounded")
}
END { exit bad }
' $(find src include -name '*.[ch]' | sort)
