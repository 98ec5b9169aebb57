/* watch.c - what of the links needs somebody: judged every second, told once when it begins and once when it ends. */
#include <string.h>

#include "base/log.h"
#include "ledger/trust.h"
#include "sync/sync_private.h"

#define WATCH_MS 1000
#define SAVE_MS 60000 /* a contact alone is kept this often; what the other holds, at once */
#define SILENCE_S 1800
#define STANDSTILL_S 1800
#define REFUSALS 5

static const struct {
        const char *name, *text, *remedy;
} alarms[LINK_ALARMS] = {
        [LINK_SILENT] = { "silent", N_("no contact"),
                          N_("No contact: ask that unit whether its node runs and its line works. Work goes on there and is sent once"
                             " it is back.") },
        [LINK_STUCK] = { "stuck", N_("the backlog does not shrink"),
                         N_("The backlog does not shrink: the table below says what was wrong last; where it says nothing, the log of"
                            " that node does.") },
        [LINK_REFUSED] = { "refused", N_("refused again and again"),
                           N_("Refused again and again: the reason stands in the table below. It has to be mended at the node that sends;"
                              " other links go on.") },
        [LINK_STOPPED] = { "stopped", N_("a stream has forked and stands still"),
                           N_("A stream has forked: the node that wrote it needs a new key, as said above.") },
};

const char *link_alarm_name(enum link_alarm a)
{
        return alarms[a].name;
}

const char *link_alarm_text(enum link_alarm a)
{
        return alarms[a].text;
}

const char *link_alarm_remedy(enum link_alarm a)
{
        return alarms[a].remedy;
}

struct rules {
        int64_t silence_ms, standstill_ms, refusals;
};

static void set_alarm(struct link_record *r, enum link_alarm a, bool is_on, moment now)
{
        static const char none[] = "no problem was told";
        bool was_on = (r->alarms & 1u << a) != 0;
        const char *told;
        int length = error_told(r->problem, LANGUAGE_EN, &told);

        if (is_on == was_on)
                return;
        r->alarms ^= 1u << a;
        r->alarm_since[a] = is_on ? now : 0;
        if (is_on)
                log_line(LOG_ALARM, "sync", "link to node %.12s…: %s begins (%lld entries it lacks, %lld we lack; %.*s)", r->key,
                         alarms[a].name, (long long)r->lacks, (long long)r->ahead,
                         length == 0 ? (int)strlen(none) : length, length == 0 ? none : told);
        else
                log_line(LOG_NOTE, "sync", "link to node %.12s…: %s has ended", r->key, alarms[a].name);
}

/* One link, under the lock. A node that never was in contact is no alarm: its office may not have installed it yet. */
static void judge(struct link_record *r, const struct rules *rules, bool is_stopped, bool is_own_stopped, moment now)
{
        int64_t steady = steady_now(), backlog = r->lacks + r->ahead;
        bool should_be_heard = r->is_upstream || r->last_contact != 0;

        if (backlog == 0 || backlog < r->least)
                r->shrank_at = steady;
        r->least = backlog;
        set_alarm(r, LINK_SILENT, should_be_heard && steady - r->heard_at > rules->silence_ms, now);
        set_alarm(r, LINK_STUCK, should_be_heard && backlog > 0 && steady - r->shrank_at > rules->standstill_ms, now);
        set_alarm(r, LINK_REFUSED, r->refusals >= rules->refusals, now);
        set_alarm(r, LINK_STOPPED, is_stopped || r->passes_us_over || (is_own_stopped && r->is_upstream), now);
}

static const char *const clock_alarm_names[CLOCK_ALARMS] = { [CLOCK_AHEAD] = "ahead", [CLOCK_UNHEARD] = "unheard" };

/* The node's own clock: told once when it begins and once when it ends, as of a link. How many there are. */
static int judge_clock(struct links *l, const int64_t off_ms[CLOCK_ALARMS])
{
        int count = 0;

        for (int a = 0; a < CLOCK_ALARMS; a++) {
                bool is_on = off_ms[a] > 0, was_on = (l->clock_alarms & 1u << a) != 0;

                count += is_on;
                if (is_on == was_on)
                        continue;
                l->clock_alarms ^= 1u << a;
                if (!is_on)
                        log_line(LOG_NOTE, "sync", "clock of this node: %s has ended", clock_alarm_names[a]);
                else if (a == CLOCK_AHEAD)
                        log_line(LOG_ALARM, "sync", "clock of this node: ahead begins: what it writes is %lld s ahead of the clock of this machine, and others do not take it before that"
                                                    " time: see that the clock is right, then: caunoi key %s --rotate", (long long)off_ms[a] / 1000, node_folder(l->node));
                else
                        log_line(LOG_ALARM, "sync", "clock of this node: unheard begins: by it nothing of others was heard for %lld days: where it is wrong, set it right before anything is"
                                                    " written", (long long)(off_ms[a] / MOMENT_PER_DAY));
        }
        return count;
}

struct judging {
        const struct rules *rules;
        const struct peer *peer;
        bool is_stopped, is_own_stopped; /* a stream of the peer; of this node */
        moment now;
        int alarms;
};

static void judge_record(struct link_record *r, void *context)
{
        struct judging *j = context;

        if (j->peer != NULL && j->peer->is_revoked) { /* nobody waits for it any more */
                r->alarms = 0;
                return;
        }
        judge(r, j->rules, j->is_stopped, j->is_own_stopped, j->now);
        j->alarms += r->alarms != 0;
}

static bool is_known(struct links *l, const char *key)
{
        bool found = false;

        pthread_mutex_lock(&l->lock);
        for (const struct link_record *r = l->first; r != NULL && !found; r = r->next)
                found = strcmp(r->key, key) == 0;
        pthread_mutex_unlock(&l->lock);
        return found;
}

static bool look_over(struct work *w, void *argument)
{
        struct links *l = argument;
        const struct rules rules = {
                .silence_ms = sync_setting(w->node, "alarm_silence_s", SILENCE_S, 1, 8640000) * 1000,
                .standstill_ms = sync_setting(w->node, "alarm_standstill_s", STANDSTILL_S, 1, 8640000) * 1000,
                .refusals = sync_setting(w->node, "alarm_refusals", REFUSALS, 1, 1000000),
        };
        struct judging j = { .rules = &rules, .now = w->now };
        size_t peers, count, stopped = 0, left;
        struct stream_state *streams = ledger_streams(w, &count);
        struct peer *list = trust_list(w, &peers);

        if (!links_count(w))
                return false;
        j.alarms = judge_clock(l, (const int64_t[CLOCK_ALARMS]){ node_ahead(w->node), ledger_unheard(w, streams, count) });
        ledger_left(w, &left); /* told in the log when it was heard */
        j.alarms += left > 0;
        for (size_t s = 0; s < count; s++) /* of thousands hardly one: asked for each node each second */
                if (streams[s].is_stopped) {
                        j.is_own_stopped |= strcmp(streams[s].node, node_key(w->node)) == 0;
                        streams[stopped++] = streams[s];
                }
        for (size_t i = 0; i < peers; i++) {
                j.peer = &list[i];
                j.is_stopped = false;
                for (size_t s = 0; s < stopped; s++)
                        j.is_stopped |= strcmp(streams[s].node, list[i].key) == 0;
                if (j.is_stopped || is_known(l, list[i].key))
                        link_touch(w->node, list[i].key, judge_record, &j);
        }
        j.peer = NULL;
        j.is_stopped = false;
        if (is_known(l, UNKNOWN_NODE))
                link_touch(w->node, UNKNOWN_NODE, judge_record, &j);
        pthread_mutex_lock(&l->lock);
        l->alarms = j.alarms;
        pthread_mutex_unlock(&l->lock);
        return work_ok(w);
}

/* What another node holds has changed since it was kept last, or the contact is long ago. */
static bool should_save(struct links *l, int64_t saved_at, int64_t *saved_sum)
{
        int64_t sum = 0;
        bool is_new;

        pthread_mutex_lock(&l->lock);
        for (const struct link_record *r = l->first; r != NULL; r = r->next)
                sum = (int64_t)((uint64_t)sum * 31 + (uint64_t)r->theirs);
        pthread_mutex_unlock(&l->lock);
        is_new = sum != *saved_sum;
        *saved_sum = sum;
        return is_new || steady_now() - saved_at >= SAVE_MS;
}

static bool save(struct work *w, void *argument)
{
        (void)argument;
        return links_save(w);
}

void *links_watch(void *argument)
{
        struct links *l = argument;
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        int64_t saved_at = steady_now(), saved_sum = -1;
        struct work w;
        bool goes_on;

        if (a == NULL)
                return NULL;
        do {
                goes_on = links_pause(l, WATCH_MS);
                arena_reset(a);
                work_init(&w, a, NULL, LANGUAGE_EN);
                w.node = l->node;
                w.now = moment_now();
                w.db = node_reader(w.node, &w.err);
                if (w.db != NULL) {
                        db_attach_error(w.db, &w.err);
                        work_run(&w, look_over, l);
                        db_attach_error(w.db, NULL);
                        w.db = NULL;
                }
                if (work_ok(&w) && (should_save(l, saved_at, &saved_sum) || !goes_on)) {
                        work_run(&w, save, NULL);
                        saved_at = steady_now();
                }
                if (!work_ok(&w))
                        log_line(LOG_WARNING, "sync", "watching the links failed: %s", w.err.message);
        } while (goes_on);
        arena_close(a);
        return NULL;
}

/* ---- for Prometheus ------------------------------------------------------------------------------------ */

static void head(struct buf *o, const char *name, const char *help)
{
        buf_print(o, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void number(struct buf *o, const char *name, const struct link *k, const char *more, int64_t value)
{
        buf_print(o, "%s{unit=\"%s\",node=\"%.12s\"%s} %lld\n", name, k->unit, k->key, more, (long long)value);
}

bool links_metrics(struct work *w, struct buf *o)
{
        size_t count;
        struct link *list = sync_links(w, &count);
        const struct stream_state *streams;
        static const char alarm[] = "caunoi_link_alarm", lacks[] = "caunoi_link_backlog_entries";
        static const char connected[] = "caunoi_link_connected", contact[] = "caunoi_link_contact_timestamp_seconds";
        static const char entry[] = "caunoi_link_entry_timestamp_seconds", refusals[] = "caunoi_link_refusals";

        head(o, connected, "Whether the link is alive.");
        for (size_t i = 0; i < count; i++)
                number(o, connected, &list[i], "", list[i].is_connected);
        head(o, contact, "Last contact with that node; 0: never.");
        for (size_t i = 0; i < count; i++)
                number(o, contact, &list[i], "", list[i].last_contact / 1000);
        head(o, entry, "Last entry from or to that node; 0: never.");
        for (size_t i = 0; i < count; i++)
                number(o, entry, &list[i], "", list[i].last_entry / 1000);
        head(o, lacks, "Entries that node lacks (out), and this one lacks (in).");
        for (size_t i = 0; i < count; i++) {
                number(o, lacks, &list[i], ",direction=\"out\"", list[i].backlog);
                number(o, lacks, &list[i], ",direction=\"in\"", list[i].ahead);
        }
        head(o, refusals, "Refusals in a row, by either side.");
        for (size_t i = 0; i < count; i++)
                number(o, refusals, &list[i], "", list[i].refusals);
        head(o, alarm, "1 while the link needs somebody for that reason.");
        for (size_t i = 0; i < count; i++)
                for (int a = 0; a < LINK_ALARMS; a++)
                        number(o, alarm, &list[i], arena_print(w->arena, ",reason=\"%s\"", alarms[a].name),
                               (list[i].alarms >> a) & 1);
        head(o, "caunoi_clock_alarm", "1 while this node's own clock needs somebody for that reason.");
        streams = ledger_streams(w, &count);
        buf_print(o, "caunoi_clock_alarm{reason=\"%s\"} %d\n", clock_alarm_names[CLOCK_AHEAD], node_ahead(w->node) > 0);
        buf_print(o, "caunoi_clock_alarm{reason=\"%s\"} %d\n", clock_alarm_names[CLOCK_UNHEARD], ledger_unheard(w, streams, count) > 0);
        head(o, "caunoi_conflicts_open", "Conflicts between figures of nodes that had not seen each other, undecided.");
        buf_print(o, "caunoi_conflicts_open %lld\n", (long long)contests_open(w));
        return files_metrics(w, o);
}
