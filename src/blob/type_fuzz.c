/* type_fuzz.c - what a file is does not depend on how its bytes are cut. The first byte says how. */
#include <stdlib.h>
#include <string.h>

#include "blob/blob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
        struct arena *a = arena_open((size_t)1 << 20);
        struct blob_sniffer *whole, *cut;
        size_t step;

        if (a == NULL || length == 0) {
                arena_close(a);
                return 0;
        }
        step = data[0] + (size_t)1;
        data++;
        length--;
        whole = blob_sniff_begin(a);
        cut = blob_sniff_begin(a);
        blob_sniff(whole, data, length);
        for (size_t at = 0; at < length; at += step)
                blob_sniff(cut, data + at, length - at < step ? length - at : step);
        if (blob_sniff_end(whole, "a.csv") != blob_sniff_end(cut, "a.csv"))
                abort();
        arena_close(a);
        return 0;
}
