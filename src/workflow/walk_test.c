/* Cases that wander at random through every regime that is shipped, by whoever may act, with whatever is asked of them: no deadline comes earlier
 * by what is done, nothing leads out of an end but an appeal, every regime comes to an end. Some are events alone, on days on which the regime was in
 * force: they fold to the same in any order. Others are written to a ledger today: the tables made anew from it are those that were kept meanwhile.
 * A new regime is tested by being there. */
#include "tests/support.h"

#include "base/log.h"
#include "figure/figure.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "workflow/case_private.h"

#define REGIMES_MOST 200
#define WALKS 24 /* of each regime */
#define STEPS 50
#define TRIES 6  /* to fill in what the checks ask for */

static const struct entry_kind *const kinds[] = { trust_kinds, succession_kinds, catalogue_kinds, case_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, case_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static struct node *node;
static struct arena *arena, *kept; /* for one write; for the whole test */
static struct work w;
static const struct workflow *all[REGIMES_MOST];
static size_t count;
static uint64_t seed = 88172645463325252u;

static unsigned draw(unsigned below)
{
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return (unsigned)(seed >> 33) % below;
}

static void begin(const struct user *user)
{
        arena_reset(arena);
        work_init(&w, arena, NULL, LANGUAGE_EN);
        w.db = node_reader(node, &w.err);
        assert_non_null(w.db);
        w.node = node;
        w.user = user;
}

static bool load(struct work *work, void *argument)
{
        struct complaints complaints = { .arena = work->arena, .language = LANGUAGE_EN };
        static const char *const folders[] = { "units/", "calendar/", "workflows/" };
        size_t changed, file_count, some_count = 0;
        const struct source *files = catalogue_shipped(&file_count);
        struct source *some = arena_array(kept, file_count, sizeof *some);

        (void)argument;
        for (size_t i = 0; i < file_count; i++)
                for (size_t k = 0; k < sizeof folders / sizeof *folders; k++)
                        if (strncmp(files[i].path, folders[k], strlen(folders[k])) == 0)
                                some[some_count++] = files[i];
        for (size_t i = 0; i < some_count; i++) {
                struct complaints none = { .arena = kept, .language = LANGUAGE_EN };
                const size_t length = strlen(some[i].path);

                if (length < 9 || strcmp(some[i].path + length - 9, ".workflow") != 0)
                        continue;
                assert_true(count < REGIMES_MOST);
                all[count++] = workflow_parse(kept, &some[i], &none);
                assert_int_equal(none.count, 0);
        }
        return catalogue_load(work, some, some_count, NULL, &complaints, &changed);
}

static int setup(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        const char *folder = test_path("node");

        (void)state;
        log_set_level(LOG_ALARM);
        case_register();
        arena = arena_open(WORK_MEMORY_USUAL);
        kept = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(folder, "VN", test_store(), &schema, &err) || (node = node_open(folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s", err.message);
        begin(&user_operator);
        if (!ledger_write(&w, load, NULL))
                fail_msg("%s", w.err.message);
        return count >= 3 ? 0 : -1;
}

static int teardown(void **state)
{
        (void)state;
        node_close(node);
        arena_close(arena);
        arena_close(kept);
        return 0;
}

/* ---- one act ----------------------------------------------------------------------------------------------------- */

struct walk {
        const struct workflow *flow;
        bool is_live;                    /* written to the ledger, today; otherwise events alone, each on its day */
        struct case_event events[STEPS * TRIES + 2];
        size_t event_count;
        const struct unit *unit, *asked; /* of the case; that may be asked */
        char id[CASE_ID_MAX];
        day on, today;                   /* today: on which it is written */
        bool is_divided;
        int state;
        day due[200];                    /* of each limit, as it was before; DAY_NONE none */
        int due_count;
};

struct writing { const char *id; enum case_act act; json_t *body; char written[CASE_ID_MAX]; };

static bool write_it(struct work *work, void *argument)
{
        struct writing *x = argument;
        const char *id = case_write(work, x->id, x->act, x->body);

        snprintf(x->written, sizeof x->written, "%s", id == NULL ? "" : id);
        return id != NULL;
}

static const char *typed(const struct workflow_field *field, const struct walk *walk)
{
        static const char *const numbers[] = { "0", "1", "2", "5", "10", "30", "50", "70", "90", "1000" };
        static const char *const money[] = { "0", "1", "1000000", "50000000", "200000000", "1000000000", "900000000000" };
        char *day_text = arena_alloc(arena, DAY_TEXT_MAX);

        switch (field->kind) {
        case FIELD_NUMBER: return numbers[draw(sizeof numbers / sizeof *numbers)];
        case FIELD_MONEY: return money[draw(sizeof money / sizeof *money)];
        case FIELD_CHOICE: return field->choices[draw((unsigned)field->choice_count)].id;
        case FIELD_YES_NO: return draw(8) > 0 ? "yes" : "no";
        case FIELD_DAY: day_write(day_text, walk->on - (day)draw(3)); return day_text;
        case FIELD_YEAR: day_write(day_text, walk->on); return arena_copy(arena, day_text, 4);
        default: return "chu";
        }
}

static json_t *body_of(const struct walk *walk, const bool *documents, const bool *fields)
{
        const struct workflow *flow = walk->flow;
        json_t *body = json_object(), *papers = json_object(), *told = json_object();
        char on[DAY_TEXT_MAX];

        day_write(on, walk->on);
        json_object_set_new(body, "on", json_string(on));
        for (int i = 0; i < flow->document_count; i++)
                if (documents[i])
                        json_object_set_new(papers, flow->documents[i].id, json_pack("{s:s, s:s}", "number", "1", "on", on));
        for (int i = 0; i < flow->field_count; i++)
                if (fields[i])
                        json_object_set_new(told, flow->fields[i].id, json_string(typed(&flow->fields[i], walk)));
        json_object_set_new(body, "documents", papers);
        json_object_set_new(body, "fields", told);
        return body;
}

static json_t *act_body(const struct walk *walk, const struct workflow_action *a)
{
        json_t *body = body_of(walk, a->documents, a->fields), *points;

        json_object_set_new(body, "action", json_string(a->id));
        json_object_set_new(body, "reason", json_string("vì"));
        if (a->kind == ACTION_EXTEND)
                json_object_set_new(body, "days", json_integer(1 + draw(3)));
        if (a->kind == ACTION_ASK)
                json_object_set_new(body, "units", json_pack("[s]", walk->asked->code));
        if (a->kind == ACTION_ANSWER)
                json_object_set_new(body, "opinion", json_string(draw(2) == 0 ? "agree" : "disagree"));
        if (a->kind == ACTION_SCORE) {
                json_object_set_new(body, "candidate", json_string("A"));
                json_object_set_new(body, "points", points = json_object());
                for (int i = 0; i < walk->flow->criterion_count; i++)
                        json_object_set_new(points, walk->flow->criteria[i].id, json_integer(walk->flow->criteria[i].most - draw(2)));
        }
        return body;
}

static day map_day(const struct walk *walk)
{
        return walk->is_live ? walk->today : walk->on;
}

/* Somebody of one of the actors: which of them, by chance; another person each time, as members of a committee are. */
static bool somebody(const struct walk *walk, const bool *by, struct user *user)
{
        static char login[30];
        int actors[WORKFLOW_LIST_MAX], found = 0, roles[ROLE_COUNT], role_count = 0;
        const struct unit *unit = walk->unit;

        for (int i = 0; i < walk->flow->actor_count; i++)
                if (by[i] && walk->flow->actors[i].relation != RELATION_NAMED) /* no register here names anybody */
                        actors[found++] = i;
        if (found == 0)
                return false;
        found = actors[draw((unsigned)found)];
        for (int r = 0; r < ROLE_COUNT; r++)
                if (walk->flow->actors[found].roles & 1u << r)
                        roles[role_count++] = r;
        switch (walk->flow->actors[found].relation) {
        case RELATION_PROVINCE: unit = unit->province; break;
        case RELATION_COUNTRY: while (unit->parent != NULL) unit = unit->parent; break;
        case RELATION_ASKED: unit = walk->asked; break;
        case RELATION_BELOW: unit = unit_at(catalogue_of(&w), "18073", map_day(walk)); break;
        default: break;
        }
        snprintf(login, sizeof login, "u%u", draw(1000000));
        *user = (struct user){ login, login, (enum role)roles[draw((unsigned)role_count)], unit->code, false };
        return true;
}

static void release(void *json)
{
        json_decref(json);
}

static struct case_file *folded(const struct walk *walk, const struct case_event *events)
{
        struct case_event *copy = arena_array(arena, walk->event_count, sizeof *copy);

        memcpy(copy, events, walk->event_count * sizeof *copy);
        return case_fold(arena, catalogue_of(&w), "CASE000001", copy, walk->event_count, NULL, 0);
}

/* An event more; taken away again where it does not count. */
static bool add_event(struct walk *walk, const struct user *user, const struct writing *x)
{
        static unsigned char hash[HASH_BYTES];
        int64_t number = (int64_t)walk->event_count + 1;
        const struct case_file *f;

        begin(&user_operator);
        arena_on_free(kept, release, json_incref(x->body));
        walk->events[walk->event_count++] = (struct case_event){
                .act = x->act, .at = (stamp)((uint64_t)(moment_of_day(walk->on) + 43200000) << 16) + number, .node = "n", .hash = hash, .entry = number,
                .by = arena_text(kept, user->login), .author = arena_text(kept, user->login), .role = role_name(user->role),
                .unit = unit_at(catalogue_of(&w), user->unit, walk->on), .body = x->body, .on = walk->on };
        f = folded(walk, walk->events);
        for (size_t i = 0; i < walk->event_count; i++)
                if (f->events[i].entry == number && f->events[i].fault == FAULT_NONE)
                        return true;
        walk->event_count--;
        return false;
}

static bool write_as(struct walk *walk, const struct user *user, struct writing *x)
{
        bool is_done;

        if (walk->is_live) {
                begin(user);
                is_done = ledger_write(&w, write_it, x);
        } else
                is_done = add_event(walk, user, x);
        json_decref(x->body);
        return is_done;
}

/* ---- walks ------------------------------------------------------------------------------------------------------- */

static void look(struct walk *walk, const struct workflow_action *done)
{
        const struct case_file *f;

        begin(&user_operator);
        f = walk->is_live ? case_load(&w, walk->id) : folded(walk, walk->events);
        if (f == NULL)
                fail_msg("%s: %s", walk->flow->path, w.err.message);
        if (walk->state >= 0 && walk->flow->states[walk->state].kind == STATE_END && f->state != walk->state && (done == NULL || done->kind != ACTION_APPEAL))
                fail_msg("%s: \"%s\" leads out of the end \"%s\"", walk->flow->path, done == NULL ? "" : done->id, walk->flow->states[walk->state].id);
        assert_int_equal(f->ended != DAY_NONE, walk->flow->states[f->state].kind == STATE_END);
        for (int i = 0; i < f->clock_count && i < 200; i++) {
                const struct case_clock *k = &f->clocks[i];

                if (i < walk->due_count && walk->due[i] != DAY_NONE && k->due != DAY_NONE && k->due < walk->due[i] && k->limit->month == 0)
                        fail_msg("%s: \"%s\" brings the limit \"%s\" forward", walk->flow->path, done == NULL ? "" : done->id, k->limit->id);
                assert_true(k->stopped >= 0 && k->off >= 0 && k->days >= k->limit->days);
                walk->due[i] = k->due == DAY_NONE && i < walk->due_count ? walk->due[i] : k->due; /* stands still: the last one known */
        }
        walk->due_count = f->clock_count < 200 ? f->clock_count : 200;
        walk->state = f->state;
        walk->is_divided = case_home(catalogue_of(&w), f->unit, map_day(walk)) == NULL;
}

static bool start(struct walk *walk)
{
        for (int i = 0; i < TRIES * 4; i++) {
                struct writing x = { .act = CASE_OPEN, .body = body_of(walk, walk->flow->first_documents, walk->flow->first_fields) };
                struct user user;
                bool is_done;

                assert_true(somebody(walk, walk->flow->opened_by, &user));
                json_object_set_new(x.body, "workflow", json_string(walk->flow->id));
                json_object_set_new(x.body, "case_unit", json_string(walk->unit->key));
                json_object_set_new(x.body, "title", json_string("Đi"));
                is_done = write_as(walk, &user, &x);
                memcpy(walk->id, x.written, sizeof walk->id);
                if (is_done)
                        return true;
        }
        return false;
}

static bool act(struct walk *walk, const struct workflow_action *a)
{
        for (int i = 0; i < TRIES; i++) {
                struct writing x = { .id = walk->id, .act = CASE_ACT, .body = act_body(walk, a) };
                struct user user;

                assert_true(somebody(walk, a->by, &user));
                if (write_as(walk, &user, &x))
                        return true;
        }
        return false;
}

/* A unit of a level in Hà Tĩnh, or above it, on a day. */
static const struct unit *unit_of(enum unit_level level, day on)
{
        const struct catalogue *c = catalogue_of(&w);
        const struct unit *list[400];
        const struct unit *province = unit_at(c, "42", on);
        size_t found;

        if (level == LEVEL_COUNTRY || level == LEVEL_PROVINCE)
                return level == LEVEL_COUNTRY ? unit_at(c, "VN", on) : province;
        if (level == LEVEL_COMMUNE)
                return unit_at(c, "18073", on);
        found = unit_list(c, level, on, list, 400);
        for (size_t i = 0; i < found && i < 400; i++)
                if (list[i]->province == province)
                        return list[i];
        return NULL;
}

/* The events of a walk give the same case in whatever order they come. */
static void shuffle(const struct walk *walk)
{
        const struct case_file *f, *other;
        struct case_event *mixed;

        begin(&user_operator);
        f = folded(walk, walk->events);
        mixed = arena_array(arena, walk->event_count, sizeof *mixed);
        memcpy(mixed, walk->events, walk->event_count * sizeof *mixed);
        for (size_t i = walk->event_count; i > 1; i--) {
                size_t k = draw((unsigned)i);
                struct case_event one = mixed[k];

                mixed[k] = mixed[i - 1];
                mixed[i - 1] = one;
        }
        other = folded(walk, mixed);
        assert_true(f->state == other->state && f->ended == other->ended && f->unit == other->unit && f->clock_count == other->clock_count);
        for (int i = 0; i < f->clock_count; i++)
                assert_true(f->clocks[i].due == other->clocks[i].due && f->clocks[i].stopped == other->clocks[i].stopped);
        for (int i = 0; i < walk->flow->field_count; i++)
                assert_true(f->values[i].is_known == other->values[i].is_known && f->values[i].number == other->values[i].number);
        for (size_t i = 0; i < walk->event_count; i++)
                assert_true(f->events[i].entry == other->events[i].entry && f->events[i].fault == other->events[i].fault);
}

/* A day to begin on: early enough for what is to come, where the regime is. DAY_NONE: none has come yet. */
static day first_day(const struct walk *walk)
{
        day last = walk->flow->to < walk->today ? walk->flow->to : walk->today, on = (last - 400 < walk->flow->from ? walk->flow->from : last - 400) + (day)draw(5);

        return walk->is_live && on > walk->today ? DAY_NONE : on;
}

/* One of those that a state allows, mostly what leads on; -1 none. What withdraws is rare, or most walks would be short. */
static int next_action(const struct workflow *flow, int state)
{
        unsigned weights[WORKFLOW_LIST_MAX] = { 0 }, sum = 0, chosen;

        for (int i = 0; i < flow->action_count; i++) {
                const struct workflow_action *a = &flow->actions[i];

                if (a->from[state])
                        weights[i] = a->kind == ACTION_WITHDRAW ? 1 : workflow_step_rank(flow, a, state) >= 4 ? 24 : 4;
                sum += weights[i];
        }
        chosen = sum == 0 ? 0 : draw(sum);
        for (int i = 0; i < flow->action_count; chosen -= weights[i++])
                if (chosen < weights[i])
                        return i;
        return -1;
}

/* How far one walk comes: marks the actions it takes; whether it ends. */
static bool go(const struct workflow *flow, bool is_live, bool *taken)
{
        static struct walk walk;
        bool has_ended = false;
        day last;

        begin(&user_operator);
        walk = (struct walk){ .flow = flow, .is_live = is_live, .state = -1, .today = day_of_moment(w.now) };
        walk.on = first_day(&walk);
        if (walk.on == DAY_NONE)
                return true; /* not yet in force where the clock stands */
        walk.unit = unit_of(flow->level, walk.on);
        walk.asked = unit_at(catalogue_of(&w), draw(2) == 0 ? "42" : "VN", walk.on);
        assert_non_null(walk.unit);
        if (is_live && walk.unit->to < walk.today)
                return false; /* nobody acts for it any more */
        if (!start(&walk))
                fail_msg("%s: cannot be opened: %s", flow->path, w.err.message);
        look(&walk, NULL);
        for (int i = 0; i < STEPS; i++) {
                int a = next_action(flow, walk.state);
                static const int days[] = { 0, 0, 1, 3, 15, 35 };

                if (walk.is_divided)
                        break; /* nobody acts until it is assigned, which case_test.c tells of */
                if (a < 0)
                        break; /* an end that nothing leaves */
                walk.on += is_live || draw(12) > 0 ? days[draw(6)] : 800;
                last = is_live ? walk.today : walk.unit->to; /* as long as somebody acts for it */
                walk.on = walk.on > last ? last : walk.on;
                if (!act(&walk, &flow->actions[a]))
                        continue;
                taken[a] = true;
                look(&walk, &flow->actions[a]);
                has_ended |= flow->states[walk.state].kind == STATE_END;
        }
        if (!is_live)
                shuffle(&walk);
        return has_ended;
}

static void every_regime_is_walked_to_an_end_and_replayed_to_the_same_tables(void **state)
{
        const size_t walks = test_store() == NULL ? WALKS : 3; /* how cases go is the same whatever keeps them */
        size_t actions = 0, all_taken = 0, acts;
        int64_t entries;

        (void)state;
        for (size_t i = 0; i < count; i++) {
                bool taken[WORKFLOW_LIST_MAX] = { false };
                size_t ended = 0, used = 0;

                for (size_t n = 0; n < walks; n++)
                        ended += go(all[i], n % 3 == 0, taken);
                for (int k = 0; k < all[i]->action_count; k++)
                        used += taken[k];
                actions += (size_t)all[i]->action_count;
                all_taken += used;
                if (walks == WALKS && (ended == 0 || used * 2 < (size_t)all[i]->action_count))
                        fail_msg("%s: %zu of %d walks came to an end, %zu of %d actions were taken", all[i]->path, ended, WALKS, used, all[i]->action_count);
        }
        begin(&user_operator);
        acts = (size_t)db_number(w.db, "SELECT COUNT(*) FROM case_event", NO_ARGS, 0);
        print_message("# told: %zu acts in %zu regimes, %zu of %zu actions taken\n", acts, count, all_taken, actions);
        if (!ledger_rebuild_check(&w, &entries))
                fail_msg("%s (%s)", w.err.message, w.err.context);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(every_regime_is_walked_to_an_end_and_replayed_to_the_same_tables) };

        return cmocka_run_group_tests(tests, setup, teardown);
}
