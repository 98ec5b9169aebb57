/* standing.c - what is asked of trust for entry after entry, remembered on the writer as long as nothing can change it (ledger_epoch).
 *
 * How a key stands, and whose place a unit has taken, changes only at certain moments: where words about the key begin to hold, and
 * where a succession takes effect or is undone. Between two of them one answer holds, whatever entry is asked about. */
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_private.h"

#define SLOTS 512   /* a power of two; what falls on one place displaces what was there */
#define UNIT_MOST 8 /* bytes of a code, with its NUL; others are asked for each time */
#define CODES_MOST 8

/* From after `after` up to and with `until` an answer is the same. */
struct stretch { stamp after, until; };

struct key_slot {
        int64_t epoch;
        char key[KEY_HEX], unit[UNIT_MOST];
        struct stretch holds;
        struct stand stand;
};

struct unit_slot {
        int64_t epoch;
        char unit[UNIT_MOST], codes[CODES_MOST][UNIT_MOST];
        struct stretch holds;
        enum unit_question question;
        size_t count;
};

struct standing {
        struct key_slot keys[SLOTS];
        struct unit_slot units[SLOTS];
        int64_t epoch;      /* of turns */
        stamp *turns;       /* when successions take effect or are undone, in order */
        size_t turn_count;
};

void standing_free(struct standing *s)
{
        if (s != NULL)
                free(s->turns);
        free(s);
}

static bool read_turns(struct work *w, struct standing *s)
{
        size_t room = 2 * (size_t)db_number(w->db, "SELECT COUNT(*) FROM succession", NO_ARGS, 0);
        stamp *turns = calloc(room + 1, sizeof *turns);
        struct rows *r;

        if (turns == NULL)
                return false;
        free(s->turns);
        s->turns = turns;
        s->turn_count = 0;
        s->epoch = ledger_epoch(w);
        r = db_query(w->db, "SELECT effect AS at FROM succession UNION SELECT undone_at FROM succession WHERE undone_at <> 0 ORDER BY at", NO_ARGS);
        while (s->turn_count < room && rows_next(r))
                s->turns[s->turn_count++] = rows_int(r, 0);
        rows_close(r);
        return work_ok(w);
}

/* What is remembered; NULL where nothing may be, or there is no memory for it: then it is asked each time. */
static struct standing *remembered(struct work *w)
{
        struct node *n = w->node;

        if (ledger_epoch(w) == 0)
                return NULL;
        if (n->standing == NULL)
                n->standing = calloc(1, sizeof *n->standing);
        if (n->standing == NULL || (n->standing->epoch != ledger_epoch(w) && !read_turns(w, n->standing)))
                return NULL;
        return n->standing;
}

static struct stretch between_turns(const struct standing *s, stamp at)
{
        size_t low = 0, high = s->turn_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (s->turns[middle] < at)
                        low = middle + 1;
                else
                        high = middle;
        }
        return (struct stretch){ low == 0 ? INT64_MIN : s->turns[low - 1], low == s->turn_count ? INT64_MAX : s->turns[low] };
}

static bool is_in(const struct stretch *s, stamp at)
{
        return s->after < at && at <= s->until;
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

static struct key_slot *slot_of_key(struct standing *s, const char *key)
{
        return &s->keys[map_hash(key, strlen(key)) % SLOTS];
}

bool standing_recall(struct work *w, const char *key, stamp at, struct stand *stand)
{
        struct standing *s = remembered(w);
        const struct key_slot *slot = s == NULL ? NULL : slot_of_key(s, key);

        if (slot == NULL || slot->epoch != s->epoch || strcmp(slot->key, key) != 0 || !is_in(&slot->holds, at))
                return false;
        *stand = slot->stand;
        stand->unit = slot->stand.unit == NULL ? NULL : arena_text(w->arena, slot->unit);
        return true;
}

void standing_keep(struct work *w, const char *key, stamp at, const struct stand *stand)
{
        struct standing *s = remembered(w);
        struct stretch holds;
        struct key_slot *slot;
        int64_t before, after;

        if (s == NULL || strlen(key) >= KEY_HEX || (stand->unit != NULL && strlen(stand->unit) >= UNIT_MOST))
                return;
        before = db_number(w->db, "SELECT MAX(at) FROM trust_event WHERE key = $1 AND counts > 0 AND at < $2", ARGS(v_text(key), v_int(at)), INT64_MIN);
        after = db_number(w->db, "SELECT MIN(at) FROM trust_event WHERE key = $1 AND counts > 0 AND at >= $2", ARGS(v_text(key), v_int(at)), INT64_MAX);
        if (!work_ok(w))
                return;
        holds = between_turns(s, at);
        slot = slot_of_key(s, key);
        *slot = (struct key_slot){ .epoch = s->epoch, .stand = *stand,
                                   .holds = { before > holds.after ? before : holds.after, after < holds.until ? after : holds.until } };
        strcpy(slot->key, key);
        if (stand->unit != NULL)
                strcpy(slot->unit, stand->unit);
}

/* ---- units ---------------------------------------------------------------------------------------------------- */

static struct unit_slot *slot_of_unit(struct standing *s, enum unit_question question, const char *unit)
{
        return &s->units[(map_hash(unit, strlen(unit)) + (uint64_t)question) % SLOTS];
}

bool standing_recall_units(struct work *w, enum unit_question question, const char *unit, stamp at, const char *const **codes)
{
        struct standing *s = remembered(w);
        const struct unit_slot *slot = s == NULL ? NULL : slot_of_unit(s, question, unit);
        const char **list;

        if (slot == NULL || slot->epoch != s->epoch || slot->question != question || strcmp(slot->unit, unit) != 0 || !is_in(&slot->holds, at))
                return false;
        *codes = NULL;
        if (slot->count > 0) {
                *codes = list = arena_array(w->arena, slot->count + 1, sizeof *list);
                for (size_t i = 0; i < slot->count; i++)
                        list[i] = arena_text(w->arena, slot->codes[i]);
        }
        return true;
}

void standing_keep_units(struct work *w, enum unit_question question, const char *unit, stamp at, const char *const *codes)
{
        struct standing *s = remembered(w);
        struct unit_slot *slot;
        size_t count = 0;

        for (; codes != NULL && codes[count] != NULL; count++)
                if (count == CODES_MOST || strlen(codes[count]) >= UNIT_MOST)
                        return;
        if (s == NULL || strlen(unit) >= UNIT_MOST || !work_ok(w))
                return;
        slot = slot_of_unit(s, question, unit);
        *slot = (struct unit_slot){ .epoch = s->epoch, .holds = between_turns(s, at), .question = question, .count = count };
        strcpy(slot->unit, unit);
        for (size_t i = 0; i < count; i++)
                strcpy(slot->codes[i], codes[i]);
}
