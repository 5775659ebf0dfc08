/* The C locale, for what the C library reads and prints: the process may have set another. */
#ifndef BM_BASE_C_LOCALE_H
#define BM_BASE_C_LOCALE_H

#include <locale.h>

/* Made at the first call, from any thread, and kept; (locale_t)0 when the C library has none. */
locale_t bm_c_locale(void);

#endif
