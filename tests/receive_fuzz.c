/* A node takes a stream of lines, as over the network and from a bundle. Bytes that begin like zstd are taken as they are. Others
 * are lines of a shorthand from which entries are made that are hashed, chained and sealed as by the nodes of
 * tests/hand_made.h, so that what is mutated is what they say:
 *
 *   WRITER AUDIENCE|AUTHOR|ROLE|KIND|SUBJECT|BODY    "0*|||node.trust|node/@1|{"key":"@1","unit":"25"}"
 *   !…                                               the same, an hour before
 *   s                                                seal all streams
 *   {…                                               the line itself
 *
 * In all of them @0 to @5 are the keys of the writers and @r the hash of the last report that was sent. All streams are
 * sealed at the end, unless the last line is "x".
 *
 * Whatever comes: refused, and nothing is there; or taken, and every hash, chain, seal and table is right. */
#include "tests/hand_made.h"

#include <zstd.h>

#include "areas/program.h"
#include "base/hex.h"
#include "base/log.h"
#include "sync/sync_private.h"

#define PARTS 6
#define HOUR ((moment)3600000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

/* ---- the shorthand becomes lines ------------------------------------------------------------------------------- */

struct chain {
        char name[KEY_HEX + 24], hash[HASH_HEX];
        int writer;
        int64_t seq, sealed;
        stamp at;
};

struct script {
        struct arena *arena;
        struct chain chains[STREAMS_MOST];
        size_t count;
        moment now;
        char sent[HASH_HEX];
        struct buf out;
        long lines;
};

static void put_line(struct script *x, const char *line, size_t length)
{
        buf_put(&x->out, line, length);
        buf_char(&x->out, '\n');
        x->lines++;
}

/* @0 … @5 and @r replaced. */
static char *filled(struct script *x, const char *text, size_t length)
{
        struct buf out;
        char *kept;

        buf_init(&out, 0);
        for (size_t i = 0; i < length; i++)
                if (text[i] == '@' && i + 1 < length && text[i + 1] >= '0' && text[i + 1] < '0' + WRITERS)
                        buf_text(&out, node_key(writers[text[++i] - '0'].node));
                else if (text[i] == '@' && i + 1 < length && text[i + 1] == 'r')
                        i++, buf_text(&out, x->sent);
                else
                        buf_char(&out, text[i]);
        kept = arena_copy(x->arena, out.data == NULL ? "" : out.data, out.length);
        buf_clear(&out);
        return kept;
}

static struct chain *chain_of(struct script *x, int writer, const char *audience)
{
        char *name = arena_print(x->arena, "%s/%.20s", node_key(writers[writer].node), audience);
        struct chain *c = x->chains;

        while (c < x->chains + x->count && strcmp(c->name, name) != 0)
                c++;
        if (c == x->chains + STREAMS_MOST)
                return NULL;
        if (c == x->chains + x->count) {
                x->count++;
                *c = (struct chain){ .writer = writer };
                strcpy(c->name, name);
                memset(c->hash, '0', HASH_HEX - 1);
        }
        return c;
}

static void seal(struct script *x, struct chain *c)
{
        char *text;

        if (c->sealed == c->seq)
                return;
        text = hand_made_seal(x->arena, writers[c->writer].node, c->name, c->seq, c->hash, c->at);
        put_line(x, text, strlen(text));
        c->sealed = c->seq;
}

/* A stream is closed by a seal before another one begins. */
static void seal_others(struct script *x, const struct chain *but)
{
        for (size_t i = 0; i < x->count; i++)
                if (&x->chains[i] != but)
                        seal(x, &x->chains[i]);
}

static void add_entry(struct script *x, char *line)
{
        bool is_early = line[0] == '!';
        char *parts[PARTS] = { 0 }, *rest = line + is_early;
        unsigned char hash[HASH_BYTES];
        char at[STAMP_TEXT_MAX];
        struct chain *c;
        struct buf text;

        for (int i = 0; i < PARTS; i++) {
                parts[i] = i + 1 < PARTS ? strsep(&rest, "|") : rest;
                if (parts[i] == NULL)
                        return;
        }
        if (parts[0][0] < '0' || parts[0][0] >= '0' + WRITERS || (c = chain_of(x, parts[0][0] - '0', parts[0] + 1)) == NULL)
                return;
        seal_others(x, c);
        x->now += 1000;
        c->at = stamp_next(c->at, x->now - (is_early ? HOUR : 0));
        stamp_write(at, c->at);
        buf_init(&text, 0);
        entry_compose_head(&text, c->name, ++c->seq, at, parts[1], parts[2], parts[3], parts[4], c->hash);
        buf_text(&text, parts[5]);
        buf_char(&text, '}');
        ledger_digest(text.data, text.length, hash);
        hex_write(c->hash, hash, HASH_BYTES);
        if (strcmp(parts[3], "report.send") == 0)
                memcpy(x->sent, c->hash, HASH_HEX);
        put_line(x, text.data, text.length);
        buf_clear(&text);
}

static void play(struct script *x, const char *text, size_t size)
{
        bool ends_open = size >= 2 && memcmp(text + size - 2, "\nx", 2) == 0;
        const char *end = text + size - (ends_open ? 1 : 0);

        x->lines = 0;
        buf_print(&x->out, "{\"caunoi\":1,\"node\":\"%s\",\"unit\":\"VN\",\"for\":\"VN\"}\n", node_key(writers[MINISTRY].node));
        x->lines++;
        while (text < end) {
                const char *stop = memchr(text, '\n', (size_t)(end - text));
                size_t length = (size_t)((stop == NULL ? end : stop) - text);
                char *line = filled(x, text, length);

                if (line[0] == '{')
                        put_line(x, line, strlen(line));
                else if (strcmp(line, "s") == 0)
                        seal_others(x, NULL);
                else
                        add_entry(x, line);
                text += length + 1;
        }
        if (!ends_open)
                seal_others(x, NULL);
        buf_print(&x->out, "{\"end\":%ld}\n", x->lines);
}

/* ---- the node --------------------------------------------------------------------------------------------------------- */

static struct script told; /* before anything else */
static struct desk node;
static char pattern[512];
static int64_t entries_before;

/* Whom to trust, what figures are about: every input finds this. */
static const char prologue[] =
        "0*|||node.trust|node/@1|{\"key\":\"@1\",\"unit\":\"25\"}\n"
        "0*|||node.trust|node/@2|{\"key\":\"@2\",\"unit\":\"42\"}\n"
        "0*|||catalogue.file|catalogue/units/kinds.csv|{\"path\":\"units/kinds.csv\",\"text\":"
        "\"kind,level,label_vi,label_en\\nquoc_gia,country,,\\ntinh,province,,\\nxa,commune,,\\n\"}\n"
        "0*|||catalogue.file|catalogue/units/all.csv|{\"path\":\"units/all.csv\",\"text\":\"code,kind,name_vi,name_en,parent,from,to\\n"
        "VN,quoc_gia,V,V,,1945-09-02,\\n25,tinh,P,P,VN,2004-01-01,\\n42,tinh,H,H,VN,2004-01-01,\\n25001,xa,M,M,25,2020-01-01,\\n\"}\n"
        "0*|||catalogue.file|catalogue/indicators/all.yaml|{\"path\":\"indicators/all.yaml\",\"text\":\"indicators:\\n  - id: output\\n"
        "    name: {vi: S, en: O}\\n    unit: {vi: t, en: t}\\n    decimals: 1\\n    additive: flow\\n\"}\n";

struct taking {
        const char *bytes;
        size_t length;
        struct received got;
};

static bool take(struct work *w, void *argument)
{
        struct taking *t = argument;
        struct line_reader *lines = lines_open(w, -1, t->bytes, t->length);
        struct refusal refusal = { .stream = "" };

        return lines != NULL && lines_take(w, lines, NULL, &refusal, &t->got) && refusal_tell(w, &refusal, &t->got);
}

static bool deliver_bytes(struct taking *t)
{
        desk_work(&node);
        return ledger_write(&node.w, take, t);
}

static bool deliver_packed(const struct buf *lines, struct taking *t)
{
        size_t room = ZSTD_compressBound(lines->length);
        char *packed = malloc(room);
        bool ok;

        require(packed != NULL && buf_ok(lines));
        t->bytes = packed;
        t->length = ZSTD_compress(packed, room, lines->data, lines->length, 1);
        ok = deliver_bytes(t);
        free(packed);
        return ok;
}

static int64_t count_entries(void)
{
        desk_work(&node);
        return db_number(node.w.db, "SELECT COUNT(*) FROM ledger_entry", NO_ARGS, -1);
}

/* The node as it was at first. */
static void open_again(void)
{
        struct error err = { .language = LANGUAGE_EN };
        char command[1200];

        snprintf(command, sizeof command, "rm -rf %s && cp -R %s %s", node.folder, pattern, node.folder);
        require(system(command) == 0);
        node.node = node_open(node.folder, NODE_WRITE, program_schema(), &err);
        require(node.node != NULL);
}

static void start(void)
{
        struct taking t = { 0 };

        log_set_level(LOG_ALARM + 1);
        require(open_writers(NULL) == 0);
        desk_open(&node, NULL);
        told.arena = arena_open(WORK_MEMORY_USUAL);
        told.now = moment_now() - MOMENT_PER_DAY;
        buf_init(&told.out, 0);
        play(&told, prologue, sizeof prologue - 1);
        require(deliver_packed(&told.out, &t) && t.got.entries_new == 5 && t.got.entries_refused == 0);
        entries_before = count_entries();
        buf_clear(&told.out);
        node_close(node.node);
        snprintf(pattern, sizeof pattern, "%s-pattern", node.folder);
        require(rename(node.folder, pattern) == 0);
        open_again();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static bool is_started;
        struct taking t = { .bytes = (const char *)bytes, .length = size };
        struct script x;
        bool ok;

        if (!is_started)
                start();
        is_started = true;
        if (size >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0) {
                ok = deliver_bytes(&t);
        } else {
                x = told;
                x.arena = arena_open(WORK_MEMORY_USUAL);
                buf_init(&x.out, 0);
                play(&x, (const char *)bytes, size);
                ok = deliver_packed(&x.out, &t);
                buf_clear(&x.out);
                arena_close(x.arena);
        }
        require(ok == work_ok(&node.w) && (ok || node.w.err.message[0] != '\0'));
        if (!ok)
                t.got.entries_new = 0;
        require(count_entries() == entries_before + t.got.entries_new);
        if (ok && t.got.entries_new > 0) {
                struct verified v;
                int64_t entries;

                desk_work(&node);
                if (!ledger_verify(&node.w, &v) || !ledger_rebuild_check(&node.w, &entries)) {
                        fprintf(stderr, "%s: %s\n", node.w.err.context, node.w.err.message);
                        abort();
                }
                node_close(node.node);
                open_again();
        }
        return 0;
}
