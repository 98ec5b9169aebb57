#include "figure/own.h"

#include <assert.h>
#include <string.h>

#include "figure/contest_private.h"
#include "ledger/symbol.h"
#include "ledger/trust.h"

#define OWN_MOST 8

static const struct figure_own *registered[OWN_MOST];
static size_t count_registered;

void figure_own_register(const struct figure_own *own)
{
        assert(count_registered < OWN_MOST);
        registered[count_registered++] = own;
}

const struct indicator *figure_own_topic(const char *id)
{
        for (size_t i = 0; i < count_registered; i++)
                for (const struct indicator *t = registered[i]->topics; t->id != NULL; t++)
                        if (strcmp(t->id, id) == 0)
                                return t;
        return NULL;
}

const struct figure_own *figure_own_of(const struct indicator *topic)
{
        for (size_t i = 0; i < count_registered; i++)
                for (const struct indicator *t = registered[i]->topics; t->id != NULL; t++)
                        if (t == topic)
                                return registered[i];
        return NULL;
}

enum applied figures_witness(struct work *w, const struct entry *e, int64_t count, struct error *why)
{
        const struct peer *writer = trust_writer(w, e);

        if (!work_ok(w))
                return FAILED;
        if (writer == NULL) {
                error_set(why, ERR_DENIED, "nobody enrolled its node");
                return REFUSED;
        }
        return witness_keep(w, e, writer->unit, count, why);
}

enum applied figures_witness_kept(struct work *w, const struct entry *e, const char *unit, struct error *why)
{
        return db_number(w->db, "SELECT COUNT(*) FROM figure_entry WHERE entry = $1", ARGS(v_int(e->id)), 0) > 0 ? APPLIED : witness_keep(w, e, unit, 0, why);
}

int64_t own_record_value(const char *text)
{
        unsigned char hash[HASH_BYTES];
        int64_t value = 0;

        ledger_digest(text, strlen(text), hash);
        for (int i = 0; i < 8; i++)
                value = (value & (INT64_MAX >> 8)) << 8 | hash[i];
        return value;
}

void contest_cell_key(struct work *w, const struct indicator *topic, const struct unit *u, period p, int64_t item, int64_t partner, int64_t cell[6])
{
        const char *province = province_key(u);

        cell[F_PROVINCE] = symbol_make(w, 'u', province, strlen(province));
        cell[F_INDICATOR] = symbol_make(w, 'i', topic->id, strlen(topic->id));
        cell[F_PERIOD] = p;
        cell[F_UNIT] = symbol_make(w, 'u', u->key, strlen(u->key));
        cell[F_ITEM] = item;
        cell[F_PARTNER] = partner;
}
