/* What the sniffer says of files that were meant otherwise, and that it holds its tongue. */
#include "scratch.h"

#include "input/sniff.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

static const char *sniff(scratch *s, const char *data, size_t size) {
    static char advice[BM_SNIFF_ADVICE];
    bm_sniff(data, size, 1, &s->dialect, advice, sizeof advice);
    return advice;
}

typedef struct example {
    const char *text, *advice;
} example;

static void expect(scratch *s, const example *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *advice = sniff(s, list[i].text, strlen(list[i].text));
        if (strcmp(advice, list[i].advice) != 0)
            fail_msg("of\n%s\nit says \"%s\", not \"%s\"", list[i].text, advice, list[i].advice);
    }
}
#define EXPECT(s, list) expect(s, list, sizeof list / sizeof list[0])

static void other_delimiters_and_number_marks_are_recognized(void **state) {
    static const example list[] = {
        {"id;x;y\n1;2,5;1\n2;3,5;2\n3;9,1;4\n",
         "looks like ';' with decimal comma: add --delimiter ';' --decimal ,"},
        {"id;x\n1;1.234,5\n2;2.345.678,25\n",
         "looks like ';' with decimal comma and thousands separator '.': add --delimiter ';' "
         "--decimal , --thousands ."},
        {"id;x\n1;\"a,b\"\n2;\"c\"\n", "looks like ';': add --delimiter ';'"},
        {"id\tx\n1\tu, v\n2\tw\n", "looks like tabs: add --delimiter tab"},
        {"id|x\n1|2\n", "looks like '|': add --delimiter '|'"},
        {"a;b;c\n", "looks like ';': add --delimiter ';'"},
        {"id^x^y\n1^2^5\n2^3^6\n3^4^7\n", "looks like '^': add --delimiter '^'"},
        {"t u v\n1 2 0.5\n3 4 1.5\n5 6 0\n", "looks like blanks: add --delimiter space"},
        {"id,x\n1,\"1,234.5\"\n2,\"2,000\"\n3,17\n",
         "looks like thousands separator ',': add --thousands ,"},
        {"id,x\n1,1 234.5\n2,12 000\n3,17\n",
         "looks like thousands separator ' ': add --thousands space"},
        {"id,x\n1,1'234.5\n2,12'000\n3,17\n",
         "looks like thousands separator ''': add --thousands \"'\""},
        {"id;x\n1;12,345\n2;1,234\n",
         "looks like ';' with decimal comma or thousands separator ',': add --delimiter ';' "
         "--decimal , or --thousands ,"},
        {"x\n1,5\n2,5\n3,7\n",
         "looks like ';' with decimal comma: add --delimiter ';' --decimal ,"},
        {"Name;Price, EUR;Number\nu;2,5;1\nv;3,5;2\nw;4,5;4\n",
         "looks like ';' with decimal comma: add --delimiter ';' --decimal ,"},
        {"sep=;\nid;x\n1;2\n", "looks like ';': add --delimiter ';'; the first line, sep=, is for "
                               "spreadsheets only: delete it"},
    };
    EXPECT(*state, list);
}

static void quotes_escapes_and_comments_are_recognized(void **state) {
    static const example list[] = {
        {"id,t\n1,'a,b'\n2,'c,d'\n3,e\n", "looks like single quotes: add --quote \"'\""},
        {"id,t\n1,\"say \\\"hi, you\\\"\"\n2,u\n3,v\n",
         "looks like backslash escapes: add --escape '\\'"},
        {"id,t\n1,12\" disk\n2,u\n3,v\n",
         "looks like quotes that are part of the text: add --quote none"},
        {"# from the shop\nid,x\n1,2\n2,3\n", "looks like comment lines: add --comment '#'"},
        {"# from the shop\nx\n1\n2\n", "looks like comment lines: add --comment '#'"},
        {"# a, b; c\n#\nid;x\n1;2\n2;3\n",
         "looks like ';' with comment lines: add --delimiter ';' --comment '#'"},
    };
    EXPECT(*state, list);
}

static void a_header_that_is_missing_or_denied_is_noticed(void **state) {
    scratch *s = *state;
    static const example list[] = {
        {"u,5.1\nv,4.9\nw,4.7\n", "the first line looks like data: add --header no"},
        {"5.1\n4.9\n4.7\n", "the first line looks like data: add --header no"},
        {"u;5,1\nv;4,9\nw;4,7\n",
         "looks like ';' with decimal comma and no header: add --delimiter ';' --decimal , "
         "--header no"},
        /* Names may be numbers. */
        {"country,2019,2020\nGE,1,2\nAM,3,4\n", ""},
        {"1,2,3\n5,5,5\n7,9,8\n", ""},
        {"id,10,20,30\n1,5,5,5\n2,7,9,8\n", ""},
        {"u,v\nx,y\nz,w\n", ""},
    };
    EXPECT(s, list);
    s->dialect.header = 0;
    static const example denied[] = {
        {"id,x\n1,5.1\n2,4.9\n", "the first line looks like column names: leave out --header no"},
        {"1,5.1\n2,4.9\n", ""},
    };
    EXPECT(s, denied);
}

static void encodings_are_recognized(void **state) {
    scratch *s = *state;
    static const example list[] = {
        {"id,t\n1,caf\xe9\n2,M\xfcller\n", "looks like Latin-1 text: add --encoding latin1"},
        {"id,t\n1,10 \x80\n2,M\xfcller\n",
         "looks like windows-1252 text: add --encoding windows-1252"},
        /* Russian in windows-1251, and UTF-8 with one broken byte. */
        {"id,t\n1,\xcf\xf0\xe8\xe2\xe5\xf2\n",
         "the text is in another encoding than UTF-8: convert the file with iconv -f ENCODING -t "
         "UTF-8"},
        {"id,t\n1,caf\xc3\xa9\n2,\xe1\x83\x90\n3,\xe9\n", ""},
        {"id,t\n1,\xe1\x83\x90\xe1\x83\x91\n", ""},
    };
    EXPECT(s, list);
    s->dialect.encoding = "latin1";
    static const example told[] = {{"id,t\n1,caf\xe9\n2,M\xfcller\n", ""}};
    EXPECT(s, told);
    /* A sample that is cut inside a character is not broken. */
    char advice[BM_SNIFF_ADVICE];
    s->dialect.encoding = "utf-8";
    bm_sniff("id,t\n1,u\n2,\xe1\x83", 13, 0, &s->dialect, advice, sizeof advice);
    assert_string_equal(advice, "");
}

static void ordinary_files_are_left_alone(void **state) {
    static const example list[] = {
        {"", ""},
        {"\n\n", ""},
        {"x\n1\n2\n3\n", ""},
        {"x\n", ""},
        {"name\n\"Smith, John\"\n\"Doe, Jane\"\n", ""},
        {"name\nSmith; John\nDoe; Jane\n", ""},
        {"full name\nJohn Smith\nJane Doe\nAnn 5\n", ""},
        {"order date\n2024-01-02 10:30\n2024-01-03 11:30\n2024-01-04 12:30\n", ""},
        {"hh:mm\n10:30\n11:30\n12:45\n", ""},
        {"id,note\n1,a; b; c\n2,d; e; f\n3,g; h; i\n", ""},
        {"id,tags;more\n1,a;b\n2,c;d\n3,e;f\n", ""},
        {"id,when\n1,01/02/2024\n2,02/02/2024\n", ""},
        {"id,when\n1,01.02.2024\n2,02.02.2024\n", ""},
        {"id,tel\n1,0555 123 456\n2,0555 987 654\n", ""},
        {"#id,x\n1,2\n2,3\n", ""},
        {"id,t\n1,it's\n2,'tis\n", ""},
        {"id,path\n1,C:\\new\n2,\"D:\\a, b\\\"\n", ""},
        {"id,x\n1,2\n2,3,4\n3\n4,5\n5,6\n", ""},
        {"id,t\n1,\"never closed\n2,u\n", ""},
        {"id,x,y\n1,NA,2.5\n2,,3\n", ""},
    };
    EXPECT(*state, list);
}

/* What is told is measured against what is said now. */
static void the_dialect_of_now_is_what_others_are_measured_against(void **state) {
    scratch *s = *state;
    s->dialect.delimiter = ';';
    s->dialect.decimal = ',';
    static const example list[] = {
        {"id;x\n1;2,5\n2;3,5\n", ""},
        {"id,x\n1,2.5\n2,3.5\n",
         "looks like ',' with decimal point: add --delimiter , --decimal ."},
        {"id;x\n1;2.5\n2;3.5\n", "looks like decimal point: add --decimal ."},
    };
    EXPECT(s, list);
}

static char *load(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *data = malloc(BM_SNIFF_SAMPLE + 1);
    assert_non_null(file);
    assert_non_null(data);
    *size = fread(data, 1, BM_SNIFF_SAMPLE + 1, file);
    fclose(file);
    return data;
}

static void files_of_the_world_that_read_well_are_left_alone(void **state) {
    scratch *s = *state;
    static const char *const folder[] = {"attributes", "clv", "funnel", "transactions"};
    const char *base = getenv("BUYERMAP_DATA");
    struct stat facts;
    if (base == NULL || stat(base, &facts) != 0)
        skip();
    size_t files = 0;
    for (size_t i = 0; i < sizeof folder / sizeof folder[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", base, folder[i]);
        DIR *all = opendir(path);
        for (struct dirent *entry; all != NULL && (entry = readdir(all)) != NULL;) {
            size_t length = strlen(entry->d_name), size;
            if (length < 5 || strcmp(entry->d_name + length - 4, ".csv") != 0)
                continue;
            snprintf(path, sizeof path, "%s/%s/%.200s", base, folder[i], entry->d_name);
            char *data = load(path, &size);
            const char *advice = sniff(s, data, size);
            if (advice[0] != '\0')
                fail_msg("%s: %s", path, advice);
            free(data);
            files++;
        }
        if (all != NULL)
            closedir(all);
    }
    assert_true(files >= 15);
}

/* Whatever the bytes, the advice is text that a terminal can show, and fits. Mutated from a table,
 * so that it gets past the first look. */
static void any_bytes_will_do(void **state) {
    scratch *s = *state;
    static const char seed[] = "# a\nid;\"x, y\";t\n1;2,5;'u'\n2;\"3\\\"\";v\n3;1.000,5;w\xe9\n";
    uint64_t random = 12345;
    char text[sizeof seed], advice[BM_SNIFF_ADVICE];
    for (int round = 0; round < 20000; round++) {
        memcpy(text, seed, sizeof seed);
        for (int i = 0; i < 1 + round % 6; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            static const char marks[] = "\n\r\",;\t|'\\#. 0";
            size_t at = (random >> 33) % (sizeof seed - 1);
            text[at] = (random >> 20 & 3) != 0 ? marks[(random >> 24) % (sizeof marks - 1)]
                                               : (char)(random >> 24);
        }
        size_t size = (random >> 40) % sizeof seed, room = 1 + (random >> 50) % sizeof advice;
        char *exact = malloc(size > 0 ? size : 1); /* so that a sanitizer sees a read beyond it */
        assert_non_null(exact);
        memcpy(exact, text, size);
        s->dialect.header = round % 2;
        memset(advice, 1, sizeof advice);
        bm_sniff(exact, size, round % 3 > 0, &s->dialect, advice, room);
        free(exact);
        assert_true(strlen(advice) < room);
        for (const char *c = advice; *c != '\0'; c++)
            assert_true(*c >= ' ' && *c < 127);
    }
}

/* Quotes that never close would each cost a look at all the rest. */
static void hostile_quotes_cost_linear_time(void **state) {
    scratch *s = *state;
    char *text = malloc(BM_SNIFF_SAMPLE);
    assert_non_null(text);
    for (size_t i = 0; i < BM_SNIFF_SAMPLE; i++)
        text[i] = "\n\"\"a"[i % 4];
    struct timespec begin, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    sniff(s, text, BM_SNIFF_SAMPLE);
    memset(text, ',', BM_SNIFF_SAMPLE);
    sniff(s, text, BM_SNIFF_SAMPLE);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    free(text);
    /* Some 20 ms; a look at the rest for each of the 16,384 quotes would be minutes. */
    assert_true(end.tv_sec - begin.tv_sec < 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(other_delimiters_and_number_marks_are_recognized),
        SCRATCH_TEST(quotes_escapes_and_comments_are_recognized),
        SCRATCH_TEST(a_header_that_is_missing_or_denied_is_noticed),
        SCRATCH_TEST(encodings_are_recognized),
        SCRATCH_TEST(ordinary_files_are_left_alone),
        SCRATCH_TEST(the_dialect_of_now_is_what_others_are_measured_against),
        SCRATCH_TEST(files_of_the_world_that_read_well_are_left_alone),
        SCRATCH_TEST(any_bytes_will_do),
        SCRATCH_TEST(hostile_quotes_cost_linear_time),
    };
    return cmocka_run_group_tests_name("input: sniff", tests, NULL, NULL);
}
