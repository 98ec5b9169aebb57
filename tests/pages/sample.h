/* sample.h - what the template under test shows. */
#ifndef TESTS_PAGES_SAMPLE_H
#define TESTS_PAGES_SAMPLE_H

#include <stdbool.h>

struct sample {
        const char *name, *address, *code;
        int number;
        bool is_late;
        const char *finished; /* HTML */
};

#endif
