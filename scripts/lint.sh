#!/bin/sh
# Layout, layers, and what cppcheck sees. Exits with 1 when anything is found.
set -eu
cd "$(dirname "$0")/.."
status=0
files=$(find src include tests bench -name '*.[ch]' | sort)

# shellcheck disable=SC2086
clang-format --dry-run -Werror $files || status=1
sh scripts/check_layers.sh || status=1

# Switched off, and why:
#   missingIncludeSystem  system headers are not given to cppcheck; the compilers check them
#   unusedFunction        tests use what src/ exports, and cppcheck sees one program at a time
#   constParameter*, constVariablePointer
#                         callbacks (bm_chunk_fn, cmocka) fix their parameter types
#   knownConditionTrueFalse
#                         version 2.10 takes enum bounds and ternaries for constants
#   legacyUninitvar, nullPointerRedundantCheck
#                         it loses sight of designated initializers and of structs' own pointers;
#                         the compilers' and the sanitizers' checks stand in
#   unmatchedSuppression  this list serves several versions of cppcheck
#   variableScope         declarations at the top of a function keep BM_TRY's jump to cleanup legal
cppcheck --quiet --enable=warning,style,performance,portability --std=c11 --inline-suppr \
    --error-exitcode=1 -j 2 -Iinclude -Isrc -DBM_VERSION='""' \
    --suppress=missingIncludeSystem --suppress=unusedFunction --suppress=constParameter \
    --suppress=constParameterCallback --suppress=constVariablePointer --suppress=variableScope \
    --suppress=constParameterPointer --suppress=unmatchedSuppression \
    --suppress=knownConditionTrueFalse \
    --suppress=legacyUninitvar --suppress=nullPointerRedundantCheck src || status=1
[ "$status" -eq 0 ] && echo "lint: clean"
exit "$status"
