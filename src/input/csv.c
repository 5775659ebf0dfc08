/* CSV records through libcsv, in its strict mode.
 *
 * libcsv is fed line by line, so that the line and byte on which a record begins are known. A
 * record that cannot be split (a stray quote, a NUL byte, a line without end) costs the line on
 * which it begins: reading goes on with the next one, so one stray quote does not swallow the rest
 * of the file. Up to where the fault shows, quotes come in pairs, so nothing before that place can
 * go wrong in the same way: every byte is parsed at most twice and cost stays linear. */
#include "input/reading.h"

#include "base/memory.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARSER_BLOCK = 64 * 1024 };

/* Where the next byte of a kind stands, as far as that is known. */
typedef struct marks {
    size_t lf, cr, nul, high;
} marks;

typedef struct place {
    size_t at;
    uint64_t line;
    marks next;
} place;

typedef struct csv_reader {
    const bm_bytes *bytes;
    const bm_dialect *dialect;
    bm_log *log;
    struct csv_parser parser;
    int parser_ready;
    place here;
    place first;    /* where the rows begin */
    size_t columns; /* 0 until they are known */
    size_t reported;
    /* the record that libcsv is at */
    char *text; /* its fields, one after the other */
    size_t text_used, text_reserved;
    size_t *end; /* where each field ends in text */
    size_t fields, ends_reserved;
    int is_whole;
    int field_too_long;
    bm_status failure; /* libcsv's callbacks cannot fail, so it waits here */
    bm_error failure_text;
    bm_field *field;
    size_t fields_reserved;
    char problem[80];
} csv_reader;

static void make_room(csv_reader *reader, size_t length, size_t column) {
    bm_error *err = &reader->failure_text;
    reader->failure = BM_GROW(&reader->text, &reader->text_reserved, reader->text_used + length + 1,
                              "a record", err);
    if (reader->failure == BM_OK)
        reader->failure =
            BM_GROW(&reader->end, &reader->ends_reserved, column + 1, "a record", err);
}

static void on_field(void *data, size_t length, void *arg) {
    csv_reader *reader = arg;
    size_t column = reader->fields++;
    size_t most = reader->columns > 0 ? reader->columns : BM_MAX_COLUMNS;
    if (reader->failure != BM_OK || column >= most)
        return;
    if (length > BM_MAX_FIELD) {
        reader->field_too_long = 1;
        return;
    }
    if (length >= reader->text_reserved - reader->text_used || column >= reader->ends_reserved)
        make_room(reader, length, column);
    if (reader->failure != BM_OK)
        return;
    if (length > 0)
        memcpy(reader->text + reader->text_used, data, length);
    reader->text_used += length;
    reader->end[column] = reader->text_used;
}

static void on_record(int terminator, void *arg) {
    csv_reader *reader = arg;
    (void)terminator;
    reader->is_whole = 1;
}

/* libcsv drops blanks around unquoted fields unless nothing is a blank. */
static int nothing_is_blank(unsigned char c) {
    (void)c;
    return 0;
}

static size_t next_byte(const bm_bytes *bytes, size_t from, int byte, size_t known) {
    if (known != SIZE_MAX && known >= from)
        return known;
    const char *hit =
        from < bytes->size ? memchr(bytes->data + from, byte, bytes->size - from) : NULL;
    return hit != NULL ? (size_t)(hit - bytes->data) : bytes->size;
}

typedef struct line_of_bytes {
    size_t begin, end; /* without its terminator */
    size_t next;       /* where the next line begins */
} line_of_bytes;

/* The line that begins here; it ends with LF, CRLF or CR. */
static line_of_bytes find_line(csv_reader *reader) {
    const bm_bytes *bytes = reader->bytes;
    marks *next = &reader->here.next;
    size_t at = reader->here.at;
    next->lf = next_byte(bytes, at, '\n', next->lf);
    next->cr = next_byte(bytes, at, '\r', next->cr);
    line_of_bytes line = {.begin = at, .end = next->lf};
    if (next->cr < next->lf)
        line.end = next->cr;
    line.next = line.end < bytes->size ? line.end + 1 : line.end;
    if (line.end == next->cr && line.next == next->lf && line.next < bytes->size)
        line.next++;
    return line;
}

static void step_over(csv_reader *reader, line_of_bytes line) {
    reader->here.at = line.next;
    reader->here.line++;
}

static int has_nul(csv_reader *reader, line_of_bytes line) {
    size_t *nul = &reader->here.next.nul;
    *nul = next_byte(reader->bytes, line.begin, '\0', *nul);
    return *nul < line.end;
}

static int has_broken_utf8(csv_reader *reader, line_of_bytes line) {
    size_t *high = &reader->here.next.high;
    const bm_bytes *bytes = reader->bytes;
    if (*high == SIZE_MAX || *high < line.begin)
        *high = bm_find_high_byte(bytes->data, line.begin, bytes->size);
    return *high < line.end &&
           !bm_utf8_valid((bm_text){bytes->data + line.begin, line.end - line.begin});
}

static void begin_record(csv_reader *reader) {
    reader->text_used = 0;
    reader->fields = 0;
    reader->is_whole = 0;
    reader->field_too_long = 0;
}

/* csv_fini in lenient mode leaves the parser at the start of a record, whatever it was in. */
static void abandon_record(csv_reader *reader) {
    csv_set_opts(&reader->parser, 0);
    csv_fini(&reader->parser, NULL, NULL, NULL);
    csv_set_opts(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
}

/* Feeds one line to libcsv; *problem is what it, or a limit, has against it. */
static bm_status feed_line(csv_reader *reader, line_of_bytes line, const char **problem,
                           bm_error *err) {
    struct csv_parser *parser = &reader->parser;
    *problem = NULL;
    if (line.end - line.begin > BM_MAX_LINE) {
        *problem = "line over 2,000,000 bytes";
        return BM_OK;
    }
    if (has_nul(reader, line)) {
        *problem = "NUL byte";
        return BM_OK;
    }
    size_t length = line.next - line.begin;
    size_t fed =
        csv_parse(parser, reader->bytes->data + line.begin, length, on_field, on_record, reader);
    int failed = fed < length;
    int is_open = 0;
    if (!failed && line.next == reader->bytes->size && !reader->is_whole) {
        failed = csv_fini(parser, on_field, on_record, reader) != 0;
        is_open = failed;
    }
    if (reader->failure != BM_OK)
        return bm_fail(err, reader->failure, "%s", reader->failure_text.message);
    if (failed && csv_error(parser) != CSV_EPARSE)
        return bm_fail(err, BM_NOMEM, "out of memory: a CSV record");
    if (failed)
        *problem = is_open          ? "quote that is never closed"
                   : parser->quoted ? "text after a closing quote"
                                    : "quote inside an unquoted field";
    else if (reader->field_too_long || (!reader->is_whole && parser->entry_pos > BM_MAX_FIELD))
        *problem = "field over 1 MiB";
    return BM_OK;
}

static const char *check_count(csv_reader *reader) {
    if (reader->columns == 0 && reader->fields > BM_MAX_COLUMNS)
        return "over 16,384 columns";
    if (reader->columns == 0 || reader->fields == reader->columns)
        return NULL;
    snprintf(reader->problem, sizeof reader->problem, "%zu field%s instead of %zu", reader->fields,
             reader->fields == 1 ? "" : "s", reader->columns);
    return reader->problem;
}

/* Turns what the callbacks have gathered into fields. */
static bm_status give_fields(csv_reader *reader, bm_record *record, int broken, bm_error *err) {
    bm_status status = BM_GROW(&reader->field, &reader->fields_reserved, reader->fields + 1,
                               "the fields of a record", err);
    if (status != BM_OK)
        return status;
    size_t begin = 0;
    for (size_t i = 0; i < reader->fields; i++) {
        bm_text text = {reader->text + begin, reader->end[i] - begin};
        reader->field[i] = bm_field_of(text);
        if (broken && record->not_utf8 == BM_NO_COLUMN && !bm_utf8_valid(text))
            record->not_utf8 = i;
        begin = reader->end[i];
    }
    record->field = reader->field;
    return BM_OK;
}

/* Reads the record that begins here, over as many lines as its quotes span. */
static bm_status read_record(csv_reader *reader, bm_record *record, bm_error *err) {
    bm_status status;
    line_of_bytes line = find_line(reader), opening = line;
    place restart = reader->here;
    const char *problem = NULL;
    int broken = 0;
    *record = (bm_record){.line = reader->here.line,
                          .byte_offset = line.begin,
                          .raw = {reader->bytes->data + line.begin, line.end - line.begin},
                          .not_utf8 = BM_NO_COLUMN};
    begin_record(reader);
    for (;;) {
        BM_TRY(feed_line(reader, line, &problem, err));
        if (problem != NULL)
            break;
        broken |= has_broken_utf8(reader, line);
        step_over(reader, line);
        if (reader->is_whole)
            break;
        line = find_line(reader);
    }
    if (problem != NULL) {
        abandon_record(reader);
        reader->here = restart;
        step_over(reader, opening);
    } else {
        problem = check_count(reader);
    }
    record->problem = problem;
    if (problem == NULL)
        status = give_fields(reader, record, broken, err);
cleanup:
    return status;
}

/* A blank line is nothing, but in a file of one column it is a missing value. */
static int skips(const csv_reader *reader, line_of_bytes line) {
    char comment = reader->dialect->comment;
    if (line.begin == line.end)
        return reader->columns != 1;
    return comment != '\0' && reader->bytes->data[line.begin] == comment;
}

static bm_status report(csv_reader *reader, bm_error *err) {
    if (reader->here.at - reader->reported < BM_READ_BLOCK && reader->here.at > reader->reported)
        return BM_OK;
    reader->reported = reader->here.at;
    bm_progress(reader->log, "read", reader->here.at, reader->bytes->size, "bytes");
    return bm_check_interrupt(err);
}

static bm_status next_record(bm_records *records, bm_record *record, int *more, bm_error *err) {
    csv_reader *reader = records->self;
    bm_status status = report(reader, err);
    if (status != BM_OK)
        return status;
    *more = 0;
    while (reader->here.at < reader->bytes->size) {
        line_of_bytes line = find_line(reader);
        if (skips(reader, line)) {
            step_over(reader, line);
            continue;
        }
        *more = 1;
        if (line.begin < line.end)
            return read_record(reader, record, err);
        begin_record(reader);
        on_field(NULL, 0, reader);
        *record = (bm_record){.line = reader->here.line, .byte_offset = line.begin};
        record->not_utf8 = BM_NO_COLUMN;
        step_over(reader, line);
        if (reader->failure != BM_OK)
            return bm_fail(err, reader->failure, "%s", reader->failure_text.message);
        return give_fields(reader, record, 0, err);
    }
    bm_progress(reader->log, "read", reader->bytes->size, reader->bytes->size, "bytes");
    return BM_OK;
}

static bm_status rewind_records(bm_records *records, bm_error *err) {
    csv_reader *reader = records->self;
    (void)err;
    reader->here = reader->first;
    reader->reported = 0;
    return BM_OK;
}

static void free_reader(bm_records *records) {
    csv_reader *reader = records->self;
    if (reader->parser_ready)
        csv_free(&reader->parser);
    free(reader->text);
    free(reader->end);
    free(reader->field);
    free(reader);
}

static bm_status add_name(bm_records *records, bm_dictionary *seen, const char *path,
                          const bm_record *record, size_t column, bm_error *err) {
    bm_text text = bm_text_of(&record->field[column]);
    if (text.length == 0)
        return bm_fail(err, BM_DATA, "%s:%llu: column %zu has no name", path,
                       (unsigned long long)record->line, column + 1);
    size_t before = seen->count;
    int32_t code;
    bm_status status = bm_dictionary_intern(seen, text, &code, err);
    if (status != BM_OK)
        return status;
    char shown[BM_SHOWN_BUFFER];
    if (seen->count == before)
        return bm_fail(err, BM_DATA, "%s:%llu: columns %d and %zu have the same name \"%s\"", path,
                       (unsigned long long)record->line, code + 1, column + 1,
                       bm_shown(shown, text));
    return bm_strings_add(&records->names, bm_dictionary_string(seen, code), err);
}

/* The first record names the columns, or only counts them. */
static bm_status read_names(bm_records *records, csv_reader *reader, bm_error *err) {
    bm_status status;
    bm_dictionary seen = {0};
    const char *path = reader->bytes->path;
    bm_record record;
    char name[32];
    int more;
    reader->first = reader->here;
    BM_TRY(next_record(records, &record, &more, err));
    if (!more)
        BM_TRY(bm_fail(err, BM_DATA, "%s: the file is empty", path));
    if (record.problem != NULL)
        BM_TRY(bm_fail(err, BM_DATA, "%s:%llu: %s", path, (unsigned long long)record.line,
                       record.problem));
    if (record.not_utf8 != BM_NO_COLUMN && reader->dialect->header)
        BM_TRY(bm_fail(err, BM_DATA,
                       "%s:%llu: the name of column %zu is not UTF-8 (convert the file, perhaps "
                       "with iconv -f WINDOWS-1252 -t UTF-8)",
                       path, (unsigned long long)record.line, record.not_utf8 + 1));
    for (size_t i = 0; i < reader->fields; i++) {
        if (reader->dialect->header) {
            BM_TRY(add_name(records, &seen, path, &record, i, err));
            continue;
        }
        snprintf(name, sizeof name, "c%zu", i + 1);
        BM_TRY(bm_strings_add(&records->names, name, err));
    }
    reader->columns = reader->fields;
    if (reader->dialect->header)
        reader->first = reader->here;
    records->rows_expected = 1;
cleanup:
    bm_dictionary_free(&seen);
    return status;
}

/* A header that is one column full of another mark was written with that mark. Never applied. */
static void suggest_delimiter(const csv_reader *reader, const bm_strings *names, const char *path) {
    static const struct {
        char mark;
        const char *word;
    } usual[] = {{';', "semicolon"}, {'\t', "tab"}, {'|', "pipe"}, {',', "comma"}};
    for (size_t i = 0; names->count == 1 && i < sizeof usual / sizeof usual[0]; i++) {
        size_t held = 0;
        for (const char *c = names->item[0]; *c != '\0'; c++)
            held += *c == usual[i].mark;
        if (held > 0 && usual[i].mark != reader->dialect->delimiter) {
            bm_warn(reader->log,
                    "%s: the header is one column that holds %zu times '%s': --delimiter %s may be "
                    "meant",
                    path, held, usual[i].mark == '\t' ? "\\t" : (const char[]){usual[i].mark, 0},
                    usual[i].word);
            return;
        }
    }
}

bm_status bm_csv_open(bm_records *records, const bm_bytes *bytes, const bm_dialect *dialect,
                      const bm_context *context, bm_error *err) {
    bm_status status;
    csv_reader *reader = NULL;
    *records = (bm_records){.lines = 1};
    BM_TRY(bm_check_kind(bytes->path, bytes->data, bytes->size, err));
    BM_TRY(BM_NEW(&reader, 1, "a CSV reader", err));
    *records = (bm_records){.self = reader,
                            .lines = 1,
                            .rewind = rewind_records,
                            .next = next_record,
                            .free = free_reader};
    reader->bytes = bytes;
    reader->dialect = dialect;
    reader->log = context != NULL ? context->log : NULL;
    if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        BM_TRY(bm_fail(err, BM_INTERNAL, "libcsv cannot be set up"));
    reader->parser_ready = 1;
    csv_set_delim(&reader->parser, (unsigned char)dialect->delimiter);
    csv_set_quote(&reader->parser, (unsigned char)dialect->quote);
    csv_set_space_func(&reader->parser, nothing_is_blank);
    csv_set_blk_size(&reader->parser, PARSER_BLOCK);
    reader->here = (place){.line = 1, .next = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX}};
    if (bytes->size >= 3 && memcmp(bytes->data, "\xef\xbb\xbf", 3) == 0)
        reader->here.at = 3;
    BM_TRY(read_names(records, reader, err));
    suggest_delimiter(reader, &records->names, bytes->path);
    records->rows_expected = bm_count_lines(bytes, reader->first.at);
cleanup:
    return status;
}

#define TEXT_OF(number) #number
#define VERSION(major, minor, release)                                                             \
    "libcsv " TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(release)

const char *bm_input_version(void) {
    return VERSION(CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
}
