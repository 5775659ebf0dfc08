/* CSV records through libcsv, which is fed line by line. Up to where a fault shows, quotes come in
 * pairs, so nothing before that place can go wrong in the same way: every byte is parsed at most
 * twice and cost stays linear.
 *
 * libcsv knows no escape but the doubled quote. With another one, what follows it is hidden from
 * libcsv behind a letter, and put back into the fields; so an escaped end of a line ends nothing,
 * and the record goes on with the next line. */
#include "input/csv_judge.h"

#include "base/memory.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARSER_BLOCK = 64 * 1024 };
#ifndef BM_OWN_SIZES
enum { SEARCH_BLOCK = 4096 };
#endif

struct bm_judge {
    const bm_dialect *dialect;
    struct csv_parser parser;
    int parser_ready;
    size_t columns;
    char *text; /* of the fields, one after the other */
    size_t text_used, text_reserved;
    size_t *end; /* where each field ends in text */
    size_t fields, ends_reserved;
    int is_whole;
    int field_too_long;
    bm_status failure; /* libcsv's callbacks cannot fail, so it waits here */
    bm_error failure_text;
    bm_field *field;
    size_t fields_reserved;
    char *hidden; /* a line in which escaped characters are hidden */
    size_t hidden_reserved;
    char problem[80];
};

/* The length of a field, in which every hidden character takes two. */
static size_t length_shown(const bm_judge *judge, const char *text, size_t length) {
    size_t hidden = 0;
    if (judge->dialect->escape == '\0' || length <= BM_MAX_FIELD)
        return length;
    for (size_t i = 0; i + 1 < length; i++) {
        if (text[i] == judge->dialect->escape) {
            hidden++;
            i++;
        }
    }
    return length - hidden;
}

static void make_room(bm_judge *judge, size_t length, size_t column) {
    bm_error *err = &judge->failure_text;
    judge->failure = BM_GROW(&judge->text, &judge->text_reserved,
                             judge->text_used + length + BM_TEXT_PADDING + 1, "a record", err);
    if (judge->failure == BM_OK)
        judge->failure = BM_GROW(&judge->end, &judge->ends_reserved, column + 1, "a record", err);
}

static void on_field(void *data, size_t length, void *arg) {
    bm_judge *judge = arg;
    size_t column = judge->fields++;
    size_t most = judge->columns > 0 ? judge->columns : BM_MAX_COLUMNS;
    if (judge->failure != BM_OK || column >= most)
        return;
    if (length_shown(judge, data, length) > BM_MAX_FIELD) {
        judge->field_too_long = 1;
        return;
    }
    if (length + BM_TEXT_PADDING >= judge->text_reserved - judge->text_used ||
        column >= judge->ends_reserved)
        make_room(judge, length, column);
    if (judge->failure != BM_OK)
        return;
    if (length > 0)
        memcpy(judge->text + judge->text_used, data, length);
    judge->text_used += length;
    judge->end[column] = judge->text_used;
}

static void on_record(int terminator, void *arg) {
    bm_judge *judge = arg;
    (void)terminator;
    judge->is_whole = 1;
}

/* libcsv drops blanks around unquoted fields unless nothing is a blank. */
static int nothing_is_blank(unsigned char c) {
    (void)c;
    return 0;
}

bm_status bm_judge_new(bm_judge **out, const bm_dialect *dialect, bm_error *err) {
    bm_status status;
    bm_judge *judge;
    BM_TRY(BM_NEW(&judge, 1, "a CSV reader", err));
    *out = judge;
    judge->dialect = dialect;
    if (csv_init(&judge->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        BM_TRY(bm_fail(err, BM_INTERNAL, "libcsv cannot be set up"));
    judge->parser_ready = 1;
    csv_set_delim(&judge->parser, (unsigned char)dialect->delimiter);
    /* libcsv always has a quote: where the dialect has none it is NUL, which it never gets. */
    csv_set_quote(&judge->parser, (unsigned char)dialect->quote);
    csv_set_space_func(&judge->parser, nothing_is_blank);
    csv_set_blk_size(&judge->parser, PARSER_BLOCK);
cleanup:
    return status;
}

void bm_judge_free(bm_judge *judge) {
    if (judge == NULL)
        return;
    if (judge->parser_ready)
        csv_free(&judge->parser);
    free(judge->text);
    free(judge->end);
    free(judge->field);
    free(judge->hidden);
    free(judge);
}

/* Block by block, so that a file without one kind of line end is not searched to its end for it. */
bm_line bm_find_line(const char *data, size_t at, size_t end, int is_last) {
    for (size_t from = at; from < end; from += SEARCH_BLOCK) {
        size_t size = end - from < SEARCH_BLOCK ? end - from : SEARCH_BLOCK;
        const char *lf = memchr(data + from, '\n', size);
        const char *cr = memchr(data + from, '\r', lf != NULL ? (size_t)(lf - data) - from : size);
        if (cr != NULL) {
            size_t place = (size_t)(cr - data);
            int is_pair = place + 1 < end && data[place + 1] == '\n';
            return (bm_line){place, place + 1 + (size_t)is_pair, place + 1 == end && !is_last};
        }
        if (lf != NULL)
            return (bm_line){(size_t)(lf - data), (size_t)(lf - data) + 1, 0};
    }
    return (bm_line){end, end, !is_last};
}

/* csv_fini in lenient mode leaves the parser at the start of a record, whatever it was in. */
static void abandon_record(bm_judge *judge) {
    csv_set_opts(&judge->parser, 0);
    csv_fini(&judge->parser, NULL, NULL, NULL);
    csv_set_opts(&judge->parser, CSV_STRICT | CSV_STRICT_FINI);
}

/* The escaped characters that libcsv shall not see, each as the escape and this letter; of any
 * other one the escape goes, and 0 is given. */
static char hidden_letter(const bm_dialect *dialect, char escaped) {
    return escaped == dialect->quote       ? 'q'
           : escaped == dialect->delimiter ? 'd'
           : escaped == dialect->escape    ? 'e'
           : escaped == '\n'               ? 'n'
           : escaped == '\r'               ? 'r'
                                           : '\0';
}

static char hidden_character(const bm_dialect *dialect, char letter) {
    return letter == 'q'   ? dialect->quote
           : letter == 'd' ? dialect->delimiter
           : letter == 'e' ? dialect->escape
           : letter == 'n' ? '\n'
                           : '\r';
}

/* Hides them in a line. A carriage return and the line feed behind it are one end of a line: both
 * are escaped. An escape that ends the file is text. */
static bm_status hide_escapes(bm_judge *judge, const char **line, size_t *length, bm_error *err) {
    const bm_dialect *dialect = judge->dialect;
    size_t used = 0, room;
    if (dialect->escape == '\0' || memchr(*line, dialect->escape, *length) == NULL)
        return BM_OK;
    if (!bm_add(*length, 3, &room)) /* "\r\n" takes one byte more than it did, and is the end */
        return bm_fail(err, BM_NOMEM, "out of memory: a record");
    bm_status status = BM_GROW(&judge->hidden, &judge->hidden_reserved, room, "a record", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < *length; i++) {
        char c = (*line)[i];
        int is_escaped = c == dialect->escape && i + 1 < *length;
        c = is_escaped ? (*line)[++i] : c;
        char letter = is_escaped ? hidden_letter(dialect, c) : '\0';
        if (letter != '\0')
            judge->hidden[used++] = dialect->escape;
        judge->hidden[used++] = letter != '\0' ? letter : c;
        if (letter == 'r' && i + 1 < *length) {
            judge->hidden[used++] = dialect->escape;
            judge->hidden[used++] = 'n';
            i++;
        }
    }
    *line = judge->hidden;
    *length = used;
    return BM_OK;
}

/* Puts the escaped characters back; gives the new length. */
static size_t reveal_escapes(const bm_judge *judge, char *text, size_t length) {
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == judge->dialect->escape && i + 1 < length)
            c = hidden_character(judge->dialect, text[++i]);
        text[used++] = c;
    }
    return used;
}

/* Feeds one line to libcsv; *problem is what it, or a limit, has against it. */
static bm_status feed_line(bm_judge *judge, const char *line, size_t length, int ends_file,
                           const char **problem, bm_error *err) {
    struct csv_parser *parser = &judge->parser;
    bm_status status = hide_escapes(judge, &line, &length, err);
    if (status != BM_OK)
        return status;
    int failed = csv_parse(parser, line, length, on_field, on_record, judge) < length;
    int is_open = 0;
    if (!failed && ends_file && !judge->is_whole) {
        failed = csv_fini(parser, on_field, on_record, judge) != 0;
        is_open = failed;
    }
    if (judge->failure != BM_OK)
        return bm_fail(err, judge->failure, "%s", judge->failure_text.message);
    if (failed && csv_error(parser) != CSV_EPARSE)
        return bm_fail(err, BM_NOMEM, "out of memory: a CSV record");
    if (failed)
        *problem = is_open          ? "quote that is never closed"
                   : parser->quoted ? "text after a closing quote"
                                    : "quote inside an unquoted field";
    else if (judge->field_too_long ||
             (!judge->is_whole && length_shown(judge, (const char *)parser->entry_buf,
                                               parser->entry_pos) > BM_MAX_FIELD))
        *problem = "field over 1 MiB";
    return BM_OK;
}

static const char *check_count(bm_judge *judge) {
    if (judge->columns == 0 && judge->fields > BM_MAX_COLUMNS)
        return "over 16,384 columns";
    if (judge->columns == 0 || judge->fields == judge->columns)
        return NULL;
    snprintf(judge->problem, sizeof judge->problem, "%zu field%s instead of %zu", judge->fields,
             judge->fields == 1 ? "" : "s", judge->columns);
    return judge->problem;
}

/* Turns what the callbacks have gathered into fields. */
static bm_status give_fields(bm_judge *judge, bm_verdict *verdict, bm_error *err) {
    bm_status status = BM_GROW(&judge->field, &judge->fields_reserved, judge->fields + 1,
                               "the fields of a record", err);
    if (status != BM_OK)
        return status;
    size_t begin = 0;
    for (size_t i = 0; i < judge->fields; i++) {
        size_t length = judge->end[i] - begin;
        if (judge->dialect->escape != '\0')
            length = reveal_escapes(judge, judge->text + begin, length);
        judge->field[i] = bm_field_of((bm_text){judge->text + begin, length});
        begin = judge->end[i];
    }
    verdict->field = judge->field;
    verdict->fields = judge->fields;
    verdict->text = (bm_text){judge->text, begin};
    return BM_OK;
}

/* A line that ends too late, or somewhere beyond what is at hand. */
static int is_too_long(size_t at, bm_line line) {
    return line.end - at > BM_MAX_LINE;
}

/* The line costs no more than itself. */
static void condemn(bm_verdict *verdict, bm_line first, const char *problem) {
    *verdict =
        (bm_verdict){.next = first.next, .line_end = first.end, .lines = 1, .problem = problem};
}

bm_status bm_judge_record(bm_judge *judge, const char *data, size_t at, size_t end, int is_last,
                          size_t columns, bm_verdict *verdict, bm_error *err) {
    bm_status status = BM_OK;
    const bm_line first = bm_find_line(data, at, end, is_last);
    bm_line line = first;
    const char *problem = NULL;
    *verdict = (bm_verdict){.line_end = first.end};
    judge->columns = columns;
    judge->text_used = judge->fields = 0;
    judge->is_whole = judge->field_too_long = 0;
    for (size_t begin = at;; begin = line.next, line = bm_find_line(data, begin, end, is_last)) {
        /* What is told of a line must not depend on how much of it is at hand. */
        if (begin > at && line.end - at > BM_MAX_RECORD)
            problem = "record over 4 MiB";
        else if (is_too_long(begin, line) && (begin == at || !line.is_open))
            problem = "line over 2,000,000 bytes";
        else if (line.is_open)
            verdict->is_incomplete = 1;
        else if (memchr(data + begin, '\0', line.end - begin) != NULL)
            problem = "NUL byte";
        else
            BM_TRY(feed_line(judge, data + begin, line.next - begin, is_last && line.next == end,
                             &problem, err));
        verdict->lines++;
        if (problem != NULL || verdict->is_incomplete || judge->is_whole)
            break;
    }
    if (problem != NULL || verdict->is_incomplete)
        abandon_record(judge);
    verdict->next = line.next;
    if (problem == NULL && !verdict->is_incomplete)
        problem = check_count(judge);
    else if (problem != NULL) {
        condemn(verdict, first, problem);
        verdict->is_cut = first.is_open && is_too_long(at, first);
        if (verdict->is_cut) /* before a carriage return, the line feed of which is yet to come */
            verdict->next = first.end;
    }
    verdict->problem = problem;
    if (problem == NULL && !verdict->is_incomplete)
        status = give_fields(judge, verdict, err);
cleanup:
    return status;
}

#define TEXT_OF(number) #number
#define VERSION(major, minor, release)                                                             \
    "libcsv " TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(release)

const char *bm_input_version(void) {
    return VERSION(CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
}
