/* Records and fields of a sample under any marks, as far as they can be made out: the sniffer asks
 * how well marks fit, so faults are noted and scanning goes on. */
#include "input/sniff_parts.h"

/* A quote that is never closed costs a look at the rest of the sample: no more than so many. And
 * one that opens this near to the end of a cut sample may well be closed behind it. */
enum { MOST_UNCLOSED = 8, MAY_CLOSE = 4096 };

void bm_sniff_begin(bm_sniff_scan *scan, const bm_sample *sample, bm_marks marks) {
    *scan = (bm_sniff_scan){.sample = *sample, .marks = marks};
}

static int is_end(char c) {
    return c == '\n' || c == '\r';
}

static size_t line_end(const bm_sniff_scan *scan, size_t at) {
    while (at < scan->sample.size && !is_end(scan->sample.data[at]))
        at++;
    return at;
}

int bm_sniff_record(bm_sniff_scan *scan) {
    const char *data = scan->sample.data;
    size_t size = scan->sample.size;
    for (; scan->at < size; scan->at++) {
        if (scan->marks.comment != '\0' && data[scan->at] == scan->marks.comment)
            scan->at = line_end(scan, scan->at);
        if (scan->at < size && !is_end(data[scan->at]))
            break;
    }
    scan->is_over = scan->is_cut = scan->has_fault = 0;
    scan->opened = scan->quoted = scan->escapes = 0;
    if (scan->at >= size || scan->unclosed > MOST_UNCLOSED)
        return 0;
    scan->begins = data[scan->at];
    return 1;
}

/* Where an unquoted field that begins here ends. */
static size_t plain_end(bm_sniff_scan *scan, size_t at) {
    const char *data = scan->sample.data;
    const bm_marks *marks = &scan->marks;
    for (; at < scan->sample.size; at++) {
        char c = data[at];
        if (c == marks->delimiter || is_end(c))
            break;
        if (marks->escape != '\0' && c == marks->escape) {
            scan->escapes++;
            at++;
        } else if (marks->quote != '\0' && c == marks->quote) {
            scan->has_fault = 1;
        }
    }
    return at < scan->sample.size ? at : scan->sample.size;
}

/* Where the field whose quote opens before here is closed; the size when it is not. */
static size_t closing_quote(bm_sniff_scan *scan, size_t at) {
    const char *data = scan->sample.data;
    const bm_marks *marks = &scan->marks;
    size_t size = scan->sample.size;
    for (; at < size; at++) {
        char c = data[at];
        if (marks->escape != '\0' && c == marks->escape) {
            scan->escapes++;
            at++;
        } else if (c == marks->quote) {
            if (at + 1 >= size || data[at + 1] != marks->quote)
                return at;
            at++;
        }
    }
    return size;
}

static size_t read_quoted(bm_sniff_scan *scan, bm_text *field) {
    const bm_sample *sample = &scan->sample;
    size_t begin = scan->at + 1, end = closing_quote(scan, begin);
    *field = (bm_text){sample->data + begin, end - begin};
    if (end < sample->size) {
        size_t next = plain_end(scan, end + 1);
        if (next > end + 1)
            scan->has_fault = 1;
        else
            scan->quoted++;
        return next;
    }
    if (!sample->is_whole && sample->size - begin < MAY_CLOSE)
        return sample->size;
    scan->has_fault = 1;
    scan->unclosed++;
    end = line_end(scan, begin);
    *field = (bm_text){sample->data + begin, end - begin};
    return end;
}

int bm_sniff_field(bm_sniff_scan *scan, bm_text *field) {
    const bm_sample *sample = &scan->sample;
    if (scan->is_over)
        return 0;
    size_t begin = scan->at, end;
    if (begin < sample->size && scan->marks.quote != '\0' &&
        sample->data[begin] == scan->marks.quote) {
        scan->opened++;
        end = read_quoted(scan, field);
    } else {
        end = plain_end(scan, begin);
        *field = (bm_text){sample->data + begin, end - begin};
    }
    scan->at = end;
    if (end < sample->size && sample->data[end] == scan->marks.delimiter) {
        scan->at++;
        return 1;
    }
    scan->is_over = 1;
    scan->is_cut = end >= sample->size && !sample->is_whole;
    return 1;
}

void bm_sniff_shape(const bm_sample *sample, bm_marks marks, bm_shape *shape) {
    bm_sniff_scan scan;
    bm_text field;
    *shape = (bm_shape){0};
    bm_sniff_begin(&scan, sample, marks);
    while (bm_sniff_record(&scan)) {
        size_t fields = 0;
        int is_hash =
            scan.begins == '#' && scan.at + 1 < sample->size && sample->data[scan.at + 1] == ' ';
        while (bm_sniff_field(&scan, &field))
            fields++;
        if (scan.is_cut && shape->records > 0)
            break;
        if (shape->records++ == 0) {
            shape->columns = fields;
            shape->begins_with_hash = is_hash;
        }
        shape->good += fields == shape->columns && !scan.has_fault;
        shape->opened += scan.opened;
        shape->quoted += scan.quoted;
        shape->escapes += scan.escapes;
    }
}
