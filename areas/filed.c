/* filed.c - what areas share to say what was filed. */
#include "areas/filed.h"

#include <string.h>

#include "base/decimal.h"

const struct receipt_kind *receipt_kind_of(const char *kind)
{
        for (const struct area *const *a = areas; *a != NULL; a++)
                for (const struct receipt_kind *k = (*a)->receipts; k != NULL && k->kind != NULL; k++)
                        if (strcmp(k->kind, kind) == 0)
                                return k;
        return NULL;
}

bool receipt_proves(const char *kind)
{
        return receipt_kind_of(kind) != NULL;
}

const char *filed_text(const struct entry *e, const char *member)
{
        const char *value = json_string_value(json_object_get(e->body, member));

        return value == NULL ? "" : value;
}

void filed_unit(const struct filing *f, const char *key, struct receipt *r)
{
        const struct unit *u = f->catalogue == NULL ? NULL : unit_by_key(f->catalogue, key);

        r->unit_key = key;
        r->unit = arena_copy(f->arena, key, strcspn(key, "@"));
        if (u == NULL)
                r->unit_name = r->unit;
        else if (u->level == LEVEL_PROVINCE)
                r->unit_name = arena_print(f->arena, text(f->language, "Department of Industry and Trade of %s"), text_in(f->language, u->name_vi, u->name_en));
        else
                r->unit_name = text_in(f->language, u->full_name_vi, u->full_name_en);
}

void filed_period(const struct filing *f, period p, struct receipt *r)
{
        char out[64];

        period_write(out, p);
        r->period = arena_text(f->arena, out);
        period_write_shown(out, sizeof out, p, f->language);
        r->period_name = arena_text(f->arena, out);
}

void filed_fact(const struct filing *f, struct receipt *r, const char *name, const char *title, const char *plain, const char *value)
{
        if (*value == '\0')
                return;
        r->facts = arena_room(f->arena, r->facts, r->fact_count, sizeof *r->facts);
        r->facts[r->fact_count++] = (struct filed_fact){ name, title, plain, value };
}

const char *filed_number(const struct filing *f, const char *plain, int usual)
{
        const char *point = strchr(plain, '.');
        int decimals = point == NULL ? 0 : (int)strlen(point + 1);
        char out[DECIMAL_TEXT_MAX];
        int64_t value;

        if (decimals < usual)
                decimals = usual;
        if (decimals > DECIMAL_MAX_DECIMALS || decimal_read(plain, strlen(plain), decimals, &value, NULL) != DECIMAL_OK)
                return plain;
        decimal_write_shown(out, value, decimals, decimals, f->language);
        return arena_text(f->arena, out);
}
