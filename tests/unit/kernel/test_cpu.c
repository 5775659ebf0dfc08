/* What a CPU can do, against what the operating system says of it. */
#include "kernel/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void every_cpu_runs_what_needs_nothing(void **unused) {
    (void)unused;
    assert_int_equal(bm_cpu_any(), 1);
}

#if defined(__x86_64__)
/* " fpu vme … " of the first CPU; 0: there is no such file. */
static int read_flags(char *flags, size_t room) {
    FILE *file = fopen("/proc/cpuinfo", "r");
    int found = 0;
    while (file != NULL && !found && fgets(flags, (int)room, file) != NULL)
        found = strncmp(flags, "flags", 5) == 0;
    if (file != NULL)
        fclose(file);
    flags[strcspn(flags, "\n")] = ' ';
    return found;
}

/* Whether all of "avx2,fma" are among the flags, some of which have other names there. */
static int has_all(const char *flags, const char *sets) {
    static const char *const other[][2] = {
        {"bmi", "bmi1"}, {"pclmul", "pclmulqdq"}, {"avx512vbmi2", "avx512_vbmi2"}};
    char list[256], *rest = NULL;
    snprintf(list, sizeof list, "%s", sets);
    for (char *set = strtok_r(list, ",", &rest); set != NULL; set = strtok_r(NULL, ",", &rest)) {
        char word[32];
        const char *name = set;
        for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
            name = strcmp(set, other[i][0]) == 0 ? other[i][1] : name;
        snprintf(word, sizeof word, " %s ", name);
        if (strstr(flags, word) == NULL)
            return 0;
    }
    return 1;
}

static void a_kernel_runs_where_all_that_it_was_compiled_for_is_there(void **unused) {
    (void)unused;
    static const struct {
        const char *sets;
        int (*runs_here)(void);
    } kind[] = {
        {BM_CPU_SETS(BM_AVX2), bm_cpu_avx2},
        {BM_CPU_SETS(BM_AVX2_FMA), bm_cpu_avx2_fma},
        {BM_CPU_SETS(BM_AVX2_BITS), bm_cpu_avx2_bits},
        {BM_CPU_SETS(BM_AVX512), bm_cpu_avx512},
        {BM_CPU_SETS(BM_AVX512_DQ), bm_cpu_avx512_dq},
        {BM_CPU_SETS(BM_AVX512_VL_FMA), bm_cpu_avx512_vl_fma},
        {BM_CPU_SETS(BM_AVX512_VBMI), bm_cpu_avx512_vbmi},
        {BM_CPU_SETS(BM_AVX512_VBMI2), bm_cpu_avx512_vbmi2},
    };
    char flags[8192] = "";
    if (!read_flags(flags, sizeof flags))
        skip();
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        if (!kind[i].runs_here() != !has_all(flags, kind[i].sets))
            fail_msg("%s: %s", kind[i].sets, kind[i].runs_here() ? "runs" : "does not run");
    }
}

static void the_name_of_a_list_has_all_its_sets(void **unused) {
    (void)unused;
    assert_string_equal(BM_CPU_SETS(BM_AVX2_FMA), "avx2,fma");
    assert_string_equal(BM_CPU_SETS(BM_AVX512_VBMI2),
                        "avx512f,avx512bw,avx512vbmi2,avx2,bmi,popcnt,pclmul");
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cpu_runs_what_needs_nothing),
#if defined(__x86_64__)
        cmocka_unit_test(a_kernel_runs_where_all_that_it_was_compiled_for_is_there),
        cmocka_unit_test(the_name_of_a_list_has_all_its_sets),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
