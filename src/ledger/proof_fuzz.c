/* Any bytes: a proof that verifies under the key of the example, or an error; never both and never neither. What
 * verifies must be composed of lines that parse on their own. */
#include <stdlib.h>
#include <string.h>

#include "ledger/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The public key of the examples in tests/corpus/proof. */
static const char key[] = "8d5b1e92223110e993b497a428dec7aa9ef081fd9482b821203e5d0e571e755e";

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        struct arena *a = arena_open((size_t)128 << 20);
        struct error err = { .language = LANGUAGE_EN };
        struct proof *p = proof_read(a, (const char *)bytes, size, key, &err);

        require((p != NULL) == error_ok(&err));
        if (p != NULL) {
                require(strcmp(p->entry->node, key) == 0 && p->entries >= 1);
                require(p->sealed_seq == p->entry->seq + p->entries - 1 && p->sealed_at >= p->entry->at);
                require(strlen(p->signature) == 128 && strlen(p->name) <= PROOF_NAME_MAX);
        } else {
                require(err.message[0] != '\0');
        }
        arena_close(a);
        return 0;
}
