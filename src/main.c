/* buyermap: turns lists of buyers into a map of the market. */
#include "cli/verb.h"

int main(int argc, char **argv) {
    return bm_main(argc, argv);
}
