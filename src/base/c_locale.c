#include "base/c_locale.h"

#include <pthread.h>

static locale_t c_locale;
static pthread_once_t c_locale_made = PTHREAD_ONCE_INIT;

static void make_c_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

locale_t bm_c_locale(void) {
    pthread_once(&c_locale_made, make_c_locale);
    return c_locale;
}
