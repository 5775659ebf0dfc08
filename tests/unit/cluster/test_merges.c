/* Merges of rows in order. */
#include "cluster/merges.h"
#include "dataset.h"

#include "base/parallel.h"
#include "buyermap/context.h"

#include <signal.h>

/* More than are sorted in one run, with ties in heights and in lower rows. */
enum { MERGES = 150001 };

static bm_merge *make_merges(void) {
    bm_merge *merge = malloc(MERGES * sizeof *merge);
    assert_non_null(merge);
    uint64_t drawn = 1;
    for (size_t m = 0; m < MERGES; m++) {
        drawn = drawn * 6364136223846793005U + 1442695040888963407U;
        merge[m] = (bm_merge){.left = drawn >> 40 & 7,
                              .right = 8 + m,
                              .height = (double)(drawn >> 50 & 1023) / 3,
                              .size = m};
    }
    return merge;
}

static int is_before(const bm_merge *a, const bm_merge *b) {
    if (a->height < b->height || a->height > b->height)
        return a->height < b->height;
    return a->left != b->left ? a->left < b->left : a->right < b->right;
}

/* Each merge once, as it was. */
static void assert_all_are_there(const bm_merge *merge) {
    bm_merge *made = make_merges();
    for (size_t m = 0; m < MERGES; m++) {
        bm_merge *was = &made[merge[m].right - 8];
        assert_memory_equal(was, &merge[m], sizeof *was);
        was->left = SIZE_MAX;
    }
    free(made);
}

static void merges_are_ordered_by_height_and_then_by_rows(void **unused) {
    (void)unused;
    for (int threads = 1; threads < 4; threads++) {
        bm_merge *merge = make_merges();
        bm_set_threads(threads);
        assert_int_equal(bm_order_merges(&merge, MERGES, NULL), BM_OK);
        for (size_t m = 1; m < MERGES; m++)
            assert_true(is_before(&merge[m - 1], &merge[m]));
        assert_all_are_there(merge);
        free(merge);
    }
    bm_set_threads(0);
}

static void no_merges_are_in_order(void **unused) {
    (void)unused;
    bm_merge *merge = NULL;
    assert_int_equal(bm_order_merges(&merge, 0, NULL), BM_OK);
}

static void an_interrupt_loses_no_merge(void **unused) {
    (void)unused;
    bm_merge *merge = make_merges();
    bm_interrupt(SIGINT);
    assert_int_equal(bm_order_merges(&merge, MERGES, NULL), BM_INTERRUPTED);
    bm_interrupt(0);
    assert_all_are_there(merge);
    free(merge);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_are_ordered_by_height_and_then_by_rows),
        cmocka_unit_test(no_merges_are_in_order),
        cmocka_unit_test(an_interrupt_loses_no_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
