/* Any body of an entry that is filed: a receipt that can be written as text, as JSON and for the public, or an error; never both and never neither. The first
 * byte chooses the kind and whether there is a catalogue; what follows is the body. */
#include <stdlib.h>
#include <string.h>

#include "areas/receipt/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct { const char *kind, *subject; } filed[] = {
        { "report.send", "report/monthly/42@2004-01-01/2026-10" },
        { "cluster.report", "cluster-report/01/0000000001-T1/2026-S1" },
        { "case.open", "case/7QW2M0KXTA" },
        { "case.act", "case/7QW2M0KXTA" },
        { "quality.answer", "quality/monthly/unit/retail_sales/42/2026-09//" },
        { "figures.settle", "figures" },
};
#define KINDS (sizeof filed / sizeof *filed)
#define NODE "8d5b1e92223110e993b497a428dec7aa9ef081fd9482b821203e5d0e571e755e"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

/* Read once in a process. */
static const struct catalogue *shipped(void)
{
        static const struct catalogue *c;

        if (c == NULL) {
                struct arena *a = arena_open((size_t)256 << 20);
                struct complaints complaints = { .arena = a };
                size_t count;
                const struct source *files = catalogue_shipped(&count);

                c = catalogue_parse(a, files, count, &complaints);
        }
        return c;
}

static void show(struct arena *a, const struct receipt *r)
{
        struct buf out;

        buf_init(&out, 0);
        receipt_write_text(a, r, LANGUAGE_VI, &out);
        receipt_write_json(r, false, &out);
        receipt_write_json(r, true, &out);
        require(buf_ok(&out) && out.length > 0);
        buf_clear(&out);
        require(*r->code != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        struct arena *a = arena_open((size_t)128 << 20);
        struct error err = { .language = LANGUAGE_EN };
        size_t kind = size == 0 ? 0 : bytes[0] % KINDS;
        const char *line = size == 0 ? "" : arena_print(a, "{\"stream\":\"" NODE "/42\",\"seq\":3,\"at\":\"2026-11-01T02:15:00.000Z/0\",\"author\":\"an\",\"role\":\"director\",\"kind\":\"%s\",\"subject\":\"%s\",\"prev\":\"" ZEROS
                                                         "\",\"body\":%.*s}", filed[kind].kind, filed[kind].subject, (int)(size - 1), (const char *)bytes + 1);
        struct proof p = { .entry = entry_parse(a, line, strlen(line), &err), .entries = 1, .sealed_seq = 3, .signature = "" };
        char code[RECEIPT_CODE_MAX];

        if (p.entry != NULL) {
                struct receipt *r;

                receipt_code(p.entry->hash, code);
                p.name = code;
                p.sealed_at = p.entry->at;
                r = receipt_of(a, LANGUAGE_VI, bytes[0] < 128 ? NULL : shipped(), &p, &err);
                require((r != NULL) == error_ok(&err));
                if (r != NULL)
                        show(a, r);
                else
                        require(err.message[0] != '\0');
        }
        arena_close(a);
        return 0;
}
