/* arrange.c - mergers and splits recorded at a node, and withdrawn: caunoi units record, withdraw, recorded. */
#include "areas/definitions/arrange.h"

#include <string.h>

#include "base/file.h"
#include "catalogue/catalogue.h"
#include "form/form.h"
#include "format/jsonw.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "ledger/write.h"

#define FILE_MOST ((size_t)4 << 20)
#define NAME_MOST 64

/* "folder/chia-thanh-sen.csv" -> "chia-thanh-sen"; NULL for what cannot be a file's name in the catalogue. */
static const char *name_of_file(struct work *w, const char *path)
{
        const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
        size_t length = strlen(name);

        if (length > 4 && strcmp(name + length - 4, ".csv") == 0)
                length -= 4;
        if (length == 0 || length > NAME_MOST || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") < length)
                return NULL;
        return arena_copy(w->arena, name, length);
}

static const char *path_of(struct work *w, const char *name)
{
        return arena_print(w->arena, ARRANGEMENTS "%s.csv", name);
}

struct arranging {
        const char *path;
        const struct source *file; /* NULL: withdraw */
        const char *reason;        /* NULL: none is given */
        struct complaints complaints;
        size_t changed;
        int64_t waiting; /* entries more that wait: they bring figures of units for days on which these are no more */
        int64_t refused; /* entries more that are refused: their nodes' unit is another by the act, which these have not taken over */
        int64_t taken;   /* figures that were written before, of units whose code goes on, and now count for what these are since */
        const char *taken_by; /* their codes */
        const char *awaited; /* codes of units whose nodes then have only what they had before */
        bool is_trial, is_tried;
};

/* "40, 42": of the act, and of nodes that go on. */
static const char *awaited_by(struct work *w, const char *path)
{
        const struct catalogue *c = catalogue_of(w);
        size_t count;
        const struct peer *list = trust_list(w, &count);
        const char *codes = NULL;

        for (size_t i = 0; c != NULL && i < count && work_ok(w); i++) {
                const struct unit *now = unit_at(c, list[i].unit, day_of_moment(w->now));
                bool is_of_it = now == NULL || (now->act_file != NULL && strcmp(now->act_file, path) == 0);
                const struct unit_change *k = !is_of_it || list[i].is_revoked || trust_succeeded(w, list[i].key) != 0
                                                      ? NULL : catalogue_awaited(w, c, list[i].unit, trust_tenure(w, list[i].key));

                if (k != NULL && k->new->act_file != NULL && strcmp(k->new->act_file, path) == 0 && (i == 0 || strcmp(list[i - 1].unit, list[i].unit) != 0))
                        codes = codes == NULL ? list[i].unit : arena_print(w->arena, "%s, %s", codes, list[i].unit);
        }
        return codes;
}

/* Figures at units that the act made of others with their code: whoever wrote them could only mean the unit before. */
static bool count_taken(struct work *w, struct arranging *a)
{
        const struct catalogue *c = catalogue_of(w);
        size_t count = c == NULL ? 0 : unit_list_ever(c, NULL, 0);
        const struct unit **list = arena_array(w->arena, count + 1, sizeof *list);

        if (c == NULL)
                return false;
        unit_list_ever(c, list, count);
        for (size_t i = 0; i < count && work_ok(w); i++) {
                const struct unit *u = list[i];
                int64_t figures;

                if (u->act_file == NULL || strcmp(u->act_file, a->path) != 0 || unit_at(c, u->code, u->from - 1) == NULL)
                        continue;
                figures = figures_of_unit(w, u);
                if (figures > 0)
                        a->taken_by = a->taken_by == NULL ? u->code : arena_print(w->arena, "%s, %s", a->taken_by, u->code);
                a->taken += figures;
        }
        return work_ok(w);
}

/* Entries that wait, or were refused. */
static int64_t aside_now(struct work *w, bool is_waiting)
{
        size_t count;
        const struct set_aside *list = ledger_set_aside(w, &count);
        int64_t found = 0;

        for (size_t i = 0; list != NULL && i < count; i++)
                found += list[i].is_waiting == is_waiting;
        return found;
}

/* False and an error where what was recorded later rests on it. */
static bool rests_nothing_on(struct work *w, const char *path)
{
        const struct catalogue *c = catalogue_of(w);
        const char **list, *names = NULL;
        size_t count;

        if (c == NULL)
                return false;
        list = unit_acts_resting(w->arena, c, path, &count);
        for (size_t i = 0; i < count; i++)
                names = names == NULL ? name_of_file(w, list[i]) : arena_print(w->arena, "%s, %s", names, name_of_file(w, list[i]));
        if (names == NULL)
                return true;
        error_set(&w->err, ERR_CONFLICT, "\"%s\" cannot be withdrawn: what was recorded later rests on it (%s)", name_of_file(w, path), names);
        return error_hint(&w->err, "withdraw first: %s", names);
}

static bool arrange(struct work *w, void *argument)
{
        struct arranging *a = argument;
        int64_t waited = aside_now(w, true), refused = aside_now(w, false);

        if (a->file != NULL ? !catalogue_load(w, a->file, 1, a->reason, &a->complaints, &a->changed)
                            : !rests_nothing_on(w, a->path) || !catalogue_withdraw(w, a->path, a->reason, &a->complaints))
                return false;
        a->waiting = aside_now(w, true) - waited;
        a->refused = aside_now(w, false) - refused;
        a->awaited = awaited_by(w, a->path);
        if (a->file != NULL && a->changed > 0 && !count_taken(w, a))
                return false;
        a->is_tried = a->is_trial;
        return !a->is_trial; /* a job that fails leaves nothing */
}

/* Every complaint with its place, where the catalogue would not be whole. */
static bool arrange_and_tell(struct work *w, const struct call *call, struct arranging *a, const char *shown)
{
        form_register();
        a->complaints = (struct complaints){ .arena = w->arena, .language = w->language };
        if (ledger_write(w, arrange, a))
                return true;
        if (a->is_tried) {
                error_clear(&w->err);
                return true;
        }
        if (a->complaints.count == 0)
                return false;
        for (size_t i = 0; i < a->complaints.count; i++) {
                const struct complaint *k = &a->complaints.list[i];

                buf_print(call_out(call), "%s:%d:%d: %s\n", strcmp(k->file, a->path) == 0 ? shown : k->file, k->line, k->column, k->message);
        }
        error_clear(&w->err);
        error_set(&w->err, ERR_INVALID, "%zu complaints", a->complaints.count);
        return error_hint(&w->err, "correct the files and check again; nothing was changed");
}

bool run_units_record(struct work *w, const struct call *call)
{
        const char *path = call_argument(call, 1), *name = name_of_file(w, path);
        struct source file = { 0 };
        struct arranging a = { .file = &file, .reason = call_option(call, "reason", 0), .is_trial = call_has(call, "dry-run") };

        if (name == NULL)
                return error_set(&w->err, ERR_INVALID, "the file's name becomes that of the change: letters, digits, - and _, then .csv");
        file.text = file_read(w->arena, path, FILE_MOST, &file.length, &w->err);
        if (file.text == NULL)
                return false;
        if (file.length == 0)
                return error_set(&w->err, ERR_INVALID, "the file is empty");
        file.path = a.path = path_of(w, name);
        if (!arrange_and_tell(w, call, &a, path))
                return false;
        if (call_is_json(call)) {
                struct jsonw j;

                jsonw_init(&j, call_out(call));
                jsonw_object(&j);
                jsonw_member_text(&j, "name", name);
                jsonw_member_bool(&j, "recorded", !a.is_trial && a.changed > 0);
                jsonw_member_int(&j, "waiting", a.waiting);
                jsonw_member_int(&j, "refused", a.refused);
                jsonw_member_int(&j, "taken", a.taken);
                jsonw_end(&j);
                buf_char(call_out(call), '\n');
        } else {
                buf_print(call_out(call), a.is_trial ? work_text(w, "%s could be recorded") : a.changed > 0 ? work_text(w, "%s is recorded")
                                                                                        : work_text(w, "%s was recorded already"), name);
                buf_char(call_out(call), '\n');
        }
        if (a.waiting > 0 && !call_is_json(call)) {
                buf_print(call_out(call), work_text(w, "%lld entries then wait: they bring figures of units for days on which these are no more"),
                          (long long)a.waiting);
                buf_char(call_out(call), '\n');
        }
        if (a.refused > 0 && !call_is_json(call)) {
                buf_print(call_out(call), work_text(w, "%lld entries then no longer count: they speak for the unit that the act made, which their nodes have not taken over; they are kept, each with its"
                                                       " reason on the page of the exchange: file anew what they say once a node has taken over"),
                          (long long)a.refused);
                buf_char(call_out(call), '\n');
        }
        if (a.taken > 0 && !call_is_json(call)) {
                buf_print(call_out(call), work_text(w, "%lld figures of %s that were written before now count for what it is since that day, marked and compared with nothing: report anew what was meant for the unit before"),
                          (long long)a.taken, a.taken_by);
                buf_char(call_out(call), '\n');
        }
        if (a.awaited != NULL && !call_is_json(call)) {
                buf_print(call_out(call), work_text(w, "the nodes of %s then have only what they had before, until the ministry's node says who takes over: caunoi succeed"),
                          a.awaited);
                buf_char(call_out(call), '\n');
        }
        return work_ok(w);
}

bool run_units_withdraw(struct work *w, const struct call *call)
{
        const char *name = name_of_file(w, call_argument(call, 1));
        struct arranging a = { .reason = call_option(call, "reason", 0) };

        if (name == NULL)
                return error_set(&w->err, ERR_INVALID, "\"%s\" is no name of a change", call_argument(call, 1));
        a.path = path_of(w, name);
        if (!arrange_and_tell(w, call, &a, a.path)) {
                if (w->err.code != ERR_MISSING)
                        return false;
                error_clear(&w->err);
                error_set(&w->err, ERR_MISSING, "no change \"%s\" is recorded", name);
                return error_hint(&w->err, "caunoi units recorded lists them");
        }
        buf_print(call_out(call), work_text(w, "%s is withdrawn: everything is answered as if it had never been recorded"), name);
        buf_char(call_out(call), '\n');
        return work_ok(w);
}

bool run_units_recorded(struct work *w, const struct call *call)
{
        const struct catalogue *c = catalogue_of(w);
        const char *paths[1024];
        size_t count = c == NULL ? 0 : catalogue_paths(c, ".csv", paths, sizeof paths / sizeof *paths);
        struct jsonw j;

        if (c == NULL)
                return false;
        jsonw_init(&j, call_out(call));
        if (call_is_json(call))
                jsonw_array(&j);
        for (size_t i = 0; i < count && i < sizeof paths / sizeof *paths; i++) {
                const char *name;

                if (strncmp(paths[i], ARRANGEMENTS, strlen(ARRANGEMENTS)) != 0)
                        continue;
                name = name_of_file(w, paths[i]);
                if (call_is_json(call))
                        jsonw_text(&j, name);
                else
                        buf_print(call_out(call), "%s\n", name);
        }
        if (call_is_json(call)) {
                jsonw_end(&j);
                buf_char(call_out(call), '\n');
        }
        return work_ok(w);
}
