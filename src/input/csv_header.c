/* The header of a CSV file, and what may be meant where it does not fit. */
#include "input/csv_feed.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A header that cannot be used; with what the dialect may be meant as, or else the usual fix. */
static bm_status bad_header(const bm_feed *feed, uint64_t line, const char *problem,
                            const char *fix, bm_error *err) {
    char advice[BM_SNIFF_ADVICE];
    const bm_csv_reader *csv = feed->self;
    uint64_t offset = csv->text.offset + csv->at;
    bm_feed_advise(feed, advice);
    const char *what = advice[0] != '\0' ? advice : fix;
    return bm_fail(err, BM_DATA, "%s:%llu: %s%s%s (at byte %llu)", feed->path,
                   (unsigned long long)line, problem, what != NULL ? "; " : "",
                   what != NULL ? what : "", (unsigned long long)offset);
}

static bm_status add_name(bm_feed *feed, bm_dictionary *seen, uint64_t line, bm_text name,
                          size_t column, bm_error *err) {
    char shown[BM_SHOWN_BUFFER], problem[BM_SHOWN_BUFFER + 80];
    if (name.length == 0) {
        snprintf(problem, sizeof problem, "column %zu has no name", column + 1);
        return bad_header(feed, line, problem,
                          "name it, or add --header no if the file has no header", err);
    }
    size_t before = seen->count;
    int32_t code;
    bm_status status = bm_dictionary_intern(seen, name, &code, err);
    if (status != BM_OK)
        return status;
    if (seen->count == before) {
        snprintf(problem, sizeof problem, "columns %d and %zu have the same name \"%s\"", code + 1,
                 column + 1, bm_shown(shown, name));
        return bad_header(feed, line, problem,
                          "rename one, or add --header no if the file has no header", err);
    }
    return bm_strings_add(&feed->names, bm_dictionary_string(seen, code), err);
}

/* A name in UTF-8, whatever the file is in. */
static bm_status clear_name(const bm_csv_reader *csv, bm_arena *arena, bm_text *name,
                            bm_error *err) {
    char *clear;
    if (csv->text.encoding == BM_UTF8)
        return BM_OK;
    bm_status status = bm_arena_take(arena, 3 * name->length, &clear, err);
    if (status != BM_OK)
        return status;
    size_t length = bm_latin_to_utf8(csv->text.encoding, *name, clear);
    if (length != SIZE_MAX)
        *name = (bm_text){clear, length};
    return BM_OK;
}

static bm_status add_names(bm_feed *feed, const bm_verdict *header, bm_error *err) {
    bm_status status = BM_OK;
    const bm_csv_reader *csv = feed->self;
    bm_dictionary seen = {0};
    bm_arena arena = {0};
    char number[32];
    for (size_t i = 0; i < header->fields; i++) {
        bm_text name = bm_text_of(&header->field[i]);
        if (!csv->dialect->header) {
            snprintf(number, sizeof number, "c%zu", i + 1);
            BM_TRY(bm_strings_add(&feed->names, number, err));
            continue;
        }
        BM_TRY(clear_name(csv, &arena, &name, err));
        if (!bm_utf8_valid(name)) {
            char problem[80];
            snprintf(problem, sizeof problem, "the name of column %zu is not UTF-8", i + 1);
            BM_TRY(bad_header(feed, csv->line, problem,
                              "add --encoding latin1 (or windows-1252) if that is what the file "
                              "is in",
                              err));
        }
        BM_TRY(add_name(feed, &seen, csv->line, name, i, err));
    }
cleanup:
    bm_dictionary_free(&seen);
    bm_arena_free(&arena);
    return status;
}

/* Steps over blank lines and comments; 0 when the text at hand holds nothing else that ends in it.
 */
static int find_header(bm_csv_reader *csv) {
    const bm_csv_text *text = &csv->text;
    while (csv->at < text->size) {
        bm_line line = bm_find_line(text->data, csv->at, text->size, text->is_last);
        char comment = csv->dialect->comment;
        int is_comment = comment != '\0' && text->data[csv->at] == comment;
        if (line.end > csv->at && !is_comment)
            return 1;
        if (line.is_open)
            return 0;
        csv->at = line.next;
        csv->line++;
    }
    return 0;
}

/* The first record, over as many windows as it takes. */
static bm_status find_first(bm_feed *feed, bm_verdict *first, bm_error *err) {
    bm_status status;
    bm_csv_reader *csv = feed->self;
    for (;;) {
        const bm_csv_text *text = &csv->text;
        *first = (bm_verdict){.is_incomplete = 1};
        if (find_header(csv))
            BM_TRY(bm_judge_record(csv->scratch[0].judge, text->data, csv->at, text->size,
                                   text->is_last, 0, first, err));
        else if (text->is_last)
            return bm_fail(err, BM_DATA, "%s: the file is empty; was it written to its end?",
                           feed->path);
        if (!first->is_incomplete)
            return BM_OK;
        /* A comment may be longer than what can be left over. */
        if (text->size - csv->at > BM_MAX_RECORD) {
            csv->skips_line = 1;
            csv->line++;
            BM_TRY(bm_csv_skip_line(csv, err));
        } else {
            BM_TRY(bm_csv_load_window(csv, err));
        }
    }
cleanup:
    return status;
}

/* The first record names the columns, or only counts them. */
static bm_status read_header(bm_feed *feed, bm_error *err) {
    bm_status status;
    bm_csv_reader *csv = feed->self;
    bm_verdict first;
    csv->line = 1;
    if (csv->text.size >= 3 && memcmp(csv->text.data, "\xef\xbb\xbf", 3) == 0)
        csv->at = 3;
    BM_TRY(bm_judge_new(&csv->scratch[0].judge, csv->dialect, err));
    BM_TRY(find_first(feed, &first, err));
    if (first.problem != NULL)
        BM_TRY(bad_header(feed, csv->line, first.problem, bm_usual_fix(first.problem), err));
    BM_TRY(add_names(feed, &first, err));
    csv->text.columns = first.fields;
    if (csv->dialect->header) {
        csv->at = first.next;
        csv->line += first.lines;
    }
    csv->rows.offset = csv->text.offset + csv->at;
    csv->rows.line = csv->line;
cleanup:
    return status;
}

/* The beginning of the file is kept for it, for it is asked when something is amiss. */
static void advise(const bm_feed *feed, char advice[BM_SNIFF_ADVICE]) {
    const bm_csv_reader *csv = feed->self;
    bm_sniff(csv->sample, csv->sample_size, csv->sample_is_whole, csv->dialect, advice,
             BM_SNIFF_ADVICE);
}

static bm_status keep_sample(bm_csv_reader *csv, bm_error *err) {
    size_t size = csv->text.size < BM_SNIFF_SAMPLE ? csv->text.size : BM_SNIFF_SAMPLE;
    bm_status status = BM_NEW(&csv->sample, size, "a CSV reader", err);
    if (status != BM_OK)
        return status;
    memcpy(csv->sample, csv->text.data, size);
    csv->sample_size = size;
    csv->sample_is_whole = csv->text.is_last && size == csv->text.size;
    return BM_OK;
}

/* A header that does not fit is told of. What may be meant is never applied. */
static void doubt_header(const bm_feed *feed, bm_log *log) {
    char advice[BM_SNIFF_ADVICE];
    if (feed->names.count > 1)
        return;
    bm_feed_advise(feed, advice);
    if (advice[0] != '\0')
        bm_warn(log, "%s: the header is one column; the file %s", feed->path, advice);
}

bm_status bm_csv_read_header(bm_feed *feed, bm_log *log, bm_error *err) {
    bm_status status;
    BM_TRY(keep_sample(feed->self, err));
    feed->advise = advise;
    BM_TRY(read_header(feed, err));
    doubt_header(feed, log);
cleanup:
    return status;
}
