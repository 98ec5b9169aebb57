#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_private.h"

static bool no_memory(struct work *w)
{
        return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

/* Under the write lock. */
static bool remember(struct node *n, int64_t number, const char *key, size_t length)
{
        int64_t *place;
        char *copy;

        if (number >= n->symbols_room) {
                int64_t room = number < 512 ? 1024 : number * 2;
                char **texts = realloc(n->symbol_texts, (size_t)room * sizeof *texts);

                if (texts == NULL)
                        return false;
                memset(texts + n->symbols_room, 0, (size_t)(room - n->symbols_room) * sizeof *texts);
                n->symbol_texts = texts;
                n->symbols_room = room;
        }
        if (n->symbol_texts[number] == NULL) {
                copy = strndup(key, length);
                if (copy == NULL)
                        return false;
                n->symbol_texts[number] = copy;
        }
        if (number >= n->symbols_next) /* a number with a text is given to no other, also where what follows fails */
                n->symbols_next = number + 1;
        if (number > n->symbols_top)
                n->symbols_top = number;
        place = map_put(n->symbols, key, length, NULL);
        if (place == NULL)
                return false;
        *place = number;
        return true;
}

/* Under the write lock: read what the database has beyond what is known. */
static bool load(struct work *w)
{
        struct node *n = w->node;
        struct rows *r;

        if (n->symbols == NULL)
                n->symbols = map_open();
        if (n->symbols == NULL)
                return no_memory(w);
        if (n->symbols_next == 0)
                n->symbols_next = 1;
        r = db_query(w->db, "SELECT id, kind || text FROM symbol WHERE id > $1 ORDER BY id",
                     ARGS(v_int(n->symbols_seen)));
        while (rows_next(r)) {
                if (!remember(n, rows_int(r, 0), rows_text(r, 1), strlen(rows_text(r, 1)))) {
                        rows_close(r);
                        return no_memory(w);
                }
                n->symbols_seen = rows_int(r, 0);
        }
        n->symbols_loaded = work_ok(w);
        return n->symbols_loaded;
}

void symbols_free(struct node *n)
{
        for (int64_t i = 0; i < n->symbols_room; i++)
                free(n->symbol_texts[i]);
        free(n->symbol_texts);
        map_close(n->symbols);
        n->symbol_texts = NULL;
        n->symbols = NULL;
        n->symbols_room = n->symbols_next = n->symbols_top = n->symbols_seen = 0;
        n->symbols_loaded = false;
}

bool symbols_reload(struct work *w)
{
        struct node *n = w->node;
        bool ok;

        /* Texts handed out stay valid for the life of the node, so the numbers that were rolled back keep their texts;
         * only the way from text to number is made anew, at once and from the writer: a reader does not see what
         * other jobs of the transaction have made. */
        pthread_rwlock_wrlock(&n->symbols_lock);
        map_close(n->symbols);
        n->symbols = NULL;
        n->symbols_seen = n->symbols_top = 0;
        n->symbols_loaded = false;
        ok = load(w);
        pthread_rwlock_unlock(&n->symbols_lock);
        return ok;
}

int64_t symbols_mark(struct work *w)
{
        struct node *n = w->node;
        int64_t mark = 0;

        pthread_rwlock_wrlock(&n->symbols_lock);
        if (n->symbols_loaded || load(w))
                mark = n->symbols_top;
        pthread_rwlock_unlock(&n->symbols_lock);
        return mark;
}

void symbols_back_to(struct node *n, int64_t mark)
{
        pthread_rwlock_wrlock(&n->symbols_lock);
        for (; n->symbols_top > mark; n->symbols_top--) {
                const char *key = n->symbol_texts[n->symbols_top];
                int64_t *place = key == NULL ? NULL : map_get(n->symbols, key, strlen(key));

                if (place != NULL && *place == n->symbols_top)
                        *place = -n->symbols_top;
        }
        pthread_rwlock_unlock(&n->symbols_lock);
}

/* The number of a text; 0 where it has none; negative one that was taken back. */
static int64_t lookup(struct node *n, const char *key, size_t length)
{
        int64_t *place = n->symbols == NULL ? NULL : map_get(n->symbols, key, length);

        return place == NULL ? 0 : *place;
}

/* Under the write lock: give a number to a text that has none; 0 and an error on failure. taken_back: what it once had, or 0. It has
 * that again where no row has a higher one: who reads the table asks for the numbers beyond the highest it knows. */
static int64_t make(struct work *w, const char *key, size_t length, int64_t taken_back)
{
        struct node *n = w->node;
        int64_t number = taken_back > n->symbols_top ? taken_back : n->symbols_next;

        n->symbols_changed = true;
        if (!db_exec(w->db, "INSERT INTO symbol (id, kind, text) VALUES ($1, $2, $3)",
                     ARGS(v_int(number), v_text_n(key, 1), v_text_n(key + 1, length - 1))))
                return 0;
        if (!remember(n, number, key, length)) {
                no_memory(w);
                return 0;
        }
        return number;
}

static int64_t find(struct work *w, const char *key, size_t length, bool must_make)
{
        struct node *n = w->node;
        int64_t number;
        bool is_loaded;

        pthread_rwlock_rdlock(&n->symbols_lock);
        is_loaded = n->symbols_loaded;
        number = is_loaded ? lookup(n, key, length) : 0;
        pthread_rwlock_unlock(&n->symbols_lock);
        if (number > 0)
                return number;
        if (is_loaded && !must_make && n->mode == NODE_WRITE)
                return -1;
        pthread_rwlock_wrlock(&n->symbols_lock);
        number = load(w) ? lookup(n, key, length) : 0;
        if (number <= 0 && must_make && work_ok(w))
                number = make(w, key, length, -number);
        pthread_rwlock_unlock(&n->symbols_lock);
        return number > 0 ? number : -1;
}

static size_t key_of(char out[SYMBOL_TEXT_MAX + 1], char kind, const char *text, size_t length)
{
        out[0] = kind;
        memcpy(out + 1, text, length);
        return length + 1;
}

int64_t symbol_make(struct work *w, char kind, const char *text, size_t length)
{
        char key[SYMBOL_TEXT_MAX + 1];

        if (length == 0)
                return 0;
        if (length > SYMBOL_TEXT_MAX) {
                error_set(&w->err, ERR_INVALID, "a code of %zu bytes is too long", length);
                return -1;
        }
        return find(w, key, key_of(key, kind, text, length), true);
}

int64_t symbol_find(struct work *w, char kind, const char *text)
{
        char key[SYMBOL_TEXT_MAX + 1];
        size_t length = strlen(text);

        if (length == 0)
                return 0;
        if (length > SYMBOL_TEXT_MAX)
                return -1;
        return find(w, key, key_of(key, kind, text, length), false);
}

const char *symbol_text(struct work *w, int64_t number)
{
        struct node *n = w->node;
        const char *text = NULL;

        if (number == 0)
                return "";
        pthread_rwlock_rdlock(&n->symbols_lock);
        if (number > 0 && number < n->symbols_room && n->symbol_texts[number] != NULL)
                text = n->symbol_texts[number] + 1;
        pthread_rwlock_unlock(&n->symbols_lock);
        if (text != NULL)
                return text;
        pthread_rwlock_wrlock(&n->symbols_lock);
        if (load(w) && number > 0 && number < n->symbols_room && n->symbol_texts[number] != NULL)
                text = n->symbol_texts[number] + 1;
        pthread_rwlock_unlock(&n->symbols_lock);
        if (text == NULL)
                error_set(&w->err, ERR_DAMAGED, "symbol %lld is not known on this node", (long long)number);
        return text;
}
