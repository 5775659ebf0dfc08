/* A table for the benchmark of reading: id, date and 16 numbers of 6 digits, on stdout. The same
 * rows always give the same bytes. usage: write_table ROWS */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Sebastiano Vigna's splitmix64. */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Six digits with a point in one of four places, and every eighth with a sign. */
static void write_number(uint64_t random) {
    static const int unit[] = {10, 100, 1000, 10000};
    static const int digits[] = {1, 2, 3, 4};
    int which = (int)(random & 3), number = 100000 + (int)((random >> 8) % 900000);
    if ((random >> 2 & 7) == 0)
        putchar_unlocked('-');
    char text[16];
    int length = snprintf(text, sizeof text, "%d.%0*d", number / unit[which], digits[which],
                          number % unit[which]);
    fwrite(text, 1, (size_t)length, stdout);
}

int main(int argc, char **argv) {
    long long rows = argc > 1 ? atoll(argv[1]) : 1000000;
    uint64_t state = 1;
    printf("id,date");
    for (int column = 1; column <= 16; column++)
        printf(",v%d", column);
    putchar('\n');
    for (long long row = 1; row <= rows; row++) {
        uint64_t day = next_random(&state);
        printf("%lld,20%02d-%02d-%02d", row, (int)(day % 24), (int)(day / 24 % 12) + 1,
               (int)(day / 288 % 28) + 1);
        for (int column = 0; column < 16; column++) {
            putchar_unlocked(',');
            write_number(next_random(&state));
        }
        putchar_unlocked('\n');
    }
    return fflush(stdout) != 0 || ferror(stdout) ? 1 : 0;
}
