/* The advice: what a sample looks like, and the flags that read it so. */
#include "input/sniff_parts.h"

#include "input/encoding.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct advice {
    char what[192], flags[192], clauses[256];
    int pieces, has_delimiter;
} advice;

static void append(char *text, size_t room, const char *piece) {
    size_t used = strlen(text);
    snprintf(text + used, room - used, "%s", piece);
}

static void add(advice *to, const char *what, const char *flag, const char *value) {
    const char *joint = to->pieces == 0                        ? ""
                        : to->pieces == 1 && to->has_delimiter ? " with "
                                                               : " and ";
    to->has_delimiter |= strcmp(flag, "--delimiter") == 0;
    to->pieces++;
    append(to->what, sizeof to->what, joint);
    append(to->what, sizeof to->what, what);
    append(to->flags, sizeof to->flags, to->flags[0] == '\0' ? "" : " ");
    append(to->flags, sizeof to->flags, flag);
    append(to->flags, sizeof to->flags, " ");
    append(to->flags, sizeof to->flags, value);
}

static void add_clause(advice *to, const char *clause) {
    append(to->clauses, sizeof to->clauses, to->clauses[0] == '\0' ? "" : "; ");
    append(to->clauses, sizeof to->clauses, clause);
}

/* A mark as one types it in a shell. */
static const char *typed(char buffer[8], char c) {
    switch (c) {
    case '\0':
        return "none";
    case '\t':
        return "tab";
    case ' ':
        return "space";
    case '\'':
        return "\"'\"";
    case ',':
    case '.':
    case ':':
        snprintf(buffer, 8, "%c", c);
        return buffer;
    default:
        snprintf(buffer, 8, "'%c'", c);
        return buffer;
    }
}

static void advise_marks(advice *to, bm_marks marks, const bm_dialect *now) {
    char buffer[8], what[16];
    if (marks.delimiter != now->delimiter) {
        snprintf(what, sizeof what, "'%c'", marks.delimiter);
        add(to,
            marks.delimiter == '\t'  ? "tabs"
            : marks.delimiter == ' ' ? "blanks"
                                     : what,
            "--delimiter", typed(buffer, marks.delimiter));
    }
    if (marks.quote != now->quote)
        add(to,
            marks.quote == '\0'  ? "quotes that are part of the text"
            : marks.quote == '"' ? "double quotes"
                                 : "single quotes",
            "--quote", typed(buffer, marks.quote));
    if (marks.escape != now->escape)
        add(to, "backslash escapes", "--escape", typed(buffer, marks.escape));
    if (marks.comment != now->comment)
        add(to, "comment lines", "--comment", typed(buffer, marks.comment));
}

static void advise_numbers(advice *to, bm_number_marks marks, const bm_dialect *now,
                           int is_ambiguous) {
    char buffer[8], what[40];
    if (marks.decimal != now->decimal)
        add(to,
            is_ambiguous           ? "decimal comma or thousands separator ','"
            : marks.decimal == ',' ? "decimal comma"
                                   : "decimal point",
            "--decimal", is_ambiguous ? ", or --thousands ," : typed(buffer, marks.decimal));
    if (marks.thousands == now->thousands)
        return;
    snprintf(what, sizeof what,
             marks.thousands == '\0' ? "no thousands separator" : "thousands separator '%c'",
             marks.thousands);
    add(to, what, "--thousands", typed(buffer, marks.thousands));
}

/* The first line: names or data? */
static void advise_header(advice *to, int first, const bm_dialect *now) {
    if (first == 1 && now->header && to->what[0] == '\0')
        add_clause(to, "the first line looks like data: add --header no");
    else if (first == 1 && now->header)
        add(to, "no header", "--header", "no");
    else if (first == -1 && !now->header)
        add_clause(to, "the first line looks like column names: leave out --header no");
}

/* What is not UTF-8 is Latin-1 or windows-1252 when its letters above ASCII stand alone in words,
 * as in Western languages, and something else when they follow each other. */
static void advise_encoding(advice *to, const bm_sample *sample, const bm_dialect *now) {
    bm_encoding encoding;
    size_t characters = 0, broken = 0, high = 0, in_runs = 0, run = 0, controls = 0;
    if (bm_encoding_find(now->encoding, &encoding, NULL) != BM_OK || encoding != BM_UTF8)
        return;
    for (size_t at = 0; at < sample->size;) {
        bm_text rest = {sample->data + at, sample->size - at};
        unsigned char c = (unsigned char)sample->data[at];
        size_t length = c < 0x80 ? 1 : bm_text_character(rest);
        if (length == 0 && rest.length < 4 && !sample->is_whole)
            break;
        for (size_t i = 0; i < (length > 0 ? length : 1); i++, at++) {
            c = (unsigned char)sample->data[at];
            run = c >= 0x80 ? run + 1 : 0;
            high += c >= 0x80;
            controls += c >= 0x80 && c < 0xa0;
            in_runs += run == 3 ? 3 : run > 3;
        }
        characters += length > 1;
        broken += length == 0;
    }
    if (broken == 0 || characters >= broken)
        return;
    char out[3];
    int is_1252 = controls > 0;
    for (size_t at = 0; at < sample->size && is_1252; at++)
        is_1252 =
            bm_latin_to_utf8(BM_WINDOWS_1252, (bm_text){sample->data + at, 1}, out) != SIZE_MAX;
    if (in_runs * 3 > high || (controls > 0 && !is_1252))
        add_clause(to, "the text is in another encoding than UTF-8: convert the file with iconv -f "
                       "ENCODING -t UTF-8");
    else if (is_1252)
        add(to, "windows-1252 text", "--encoding", "windows-1252");
    else
        add(to, "Latin-1 text", "--encoding", "latin1");
}

/* Over the byte-order mark, and over Excel's line sep=; */
static void skip_front(advice *to, bm_sample *sample) {
    size_t skipped = sample->size >= 3 && memcmp(sample->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    const char *line = sample->data + skipped;
    if (sample->size - skipped >= 6 && strncasecmp(line, "sep=", 4) == 0 &&
        (line[5] == '\n' || line[5] == '\r')) {
        add_clause(to, "the first line, sep=, is for spreadsheets only: delete it");
        skipped += 5;
    }
    sample->data += skipped;
    sample->size -= skipped;
}

static void advise(advice *to, bm_sample sample, const bm_dialect *now) {
    bm_values values;
    bm_shape shape;
    size_t other;
    skip_front(to, &sample);
    bm_marks marks = bm_sniff_marks(&sample, now, &shape);
    advise_marks(to, marks, now);
    if (shape.records > 1 && shape.good * 10 >= shape.records * 9) {
        bm_sniff_values(&sample, marks, now, &values);
        size_t best = bm_sniff_number_marks(&values, marks.delimiter, &other);
        advise_numbers(to, values.marks[best], now, other != 0);
        advise_header(to, bm_sniff_first_record(&values, best), now);
    }
    advise_encoding(to, &sample, now);
}

void bm_sniff(const char *data, size_t size, int is_whole, const bm_dialect *now, char *text,
              size_t room) {
    advice found = {.what = ""};
    bm_sample sample = {data, size, is_whole};
    if (room == 0)
        return;
    text[0] = '\0';
    if (size > BM_SNIFF_SAMPLE) {
        sample.size = BM_SNIFF_SAMPLE;
        sample.is_whole = 0;
    }
    if (size == 0 || memchr(sample.data, '\0', sample.size) != NULL)
        return;
    advise(&found, sample, now);
    int both = found.what[0] != '\0' && found.clauses[0] != '\0';
    snprintf(text, room, "%s%s%s%s%s%s", found.what[0] != '\0' ? "looks like " : "", found.what,
             found.what[0] != '\0' ? ": add " : "", found.flags, both ? "; " : "", found.clauses);
}
