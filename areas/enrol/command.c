/* command.c - enrolling, revoking and successions on the command line. */
#include <string.h>

#include "areas/enrol/enrol.h"
#include "ledger/write.h"

/* ---- nodes ----------------------------------------------------------------------------------------- */

static bool run_trust(struct work *w, const struct call *c)
{
        struct enrolling t = { .key = call_argument(c, 1), .unit = call_option(c, "unit", 0) };
        const char *effect;

        if (t.unit == NULL) {
                error_set(&w->err, ERR_USAGE, "--unit is missing");
                return error_hint(&w->err, "the code of the unit that the other node speaks for");
        }
        if (!ledger_write(w, enrol_node, &t))
                return false;
        effect = enrol_effect(w, &t);
        if (call_is_json(c))
                buf_print(call_out(c), "{\"node\":\"%s\",\"unit\":\"%s\"}\n", t.key, t.unit);
        else
                buf_print(call_out(c), work_text(w, "node %s is enrolled for %s\n"), t.key, t.unit);
        if (effect != NULL && !call_is_json(c))
                buf_print(call_out(c), "%s\n", effect);
        return true;
}

static bool run_revoke(struct work *w, const struct call *c)
{
        char *key = arena_text(w->arena, call_argument(c, 1));

        if (!ledger_write(w, enrol_revoke, key))
                return false;
        if (call_is_json(c))
                buf_print(call_out(c), "{\"node\":\"%s\",\"is_revoked\":true}\n", key);
        else
                buf_print(call_out(c), work_text(w, "node %s is no longer trusted\n"), key);
        return true;
}

void enrol_nodes_json(struct jsonw *j, const struct peer *list, size_t count)
{
        jsonw_array(j);
        for (size_t i = 0; i < count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "node", list[i].key);
                jsonw_member_text(j, "unit", list[i].unit);
                jsonw_member_bool(j, "is_revoked", list[i].is_revoked);
                jsonw_member_text(j, "successor", list[i].successor);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static bool run_trust_list(struct work *w, const struct call *c)
{
        struct buf *out = call_out(c);
        size_t count;
        struct peer *list = trust_list(w, &count);
        struct jsonw j;

        if (call_is_json(c)) {
                jsonw_init(&j, out);
                enrol_nodes_json(&j, list, count);
                buf_char(out, '\n');
                return work_ok(w);
        }
        for (size_t i = 0; i < count; i++)
                buf_print(out, "%s %s%s\n", list[i].key, list[i].unit,
                          list[i].successor != NULL ? arena_print(w->arena, work_text(w, " replaced by %s"), list[i].successor)
                          : list[i].is_revoked      ? work_text(w, " revoked")
                                                    : "");
        return work_ok(w);
}

/* ---- successions ----------------------------------------------------------------------------------- */

static bool run_succeed(struct work *w, const struct call *c)
{
        struct succession s = { .unit = call_option(c, "unit", 0), .from = call_option(c, "from", 0), .act = call_option(c, "act", 0),
                                .day = call_option(c, "day", 0), .node = call_option(c, "node", 0) };

        if (s.unit == NULL || s.from == NULL || s.act == NULL || s.act[0] == '\0' || s.day == NULL) {
                error_set(&w->err, ERR_USAGE, "--unit, --from, --act and --day are needed");
                return error_hint(&w->err, "for instance: --unit 24 --from 24,27 --act \"NQ 202/2025/QH15\" --day 2025-07-01");
        }
        if (s.node == NULL)
                s.node = "";
        if (!ledger_write(w, enrol_succeed, &s))
                return false;
        if (call_is_json(c))
                buf_print(call_out(c), "{\"unit\":\"%s\",\"from\":\"%s\",\"day\":\"%s\"}\n", s.unit, s.from, s.day);
        else
                buf_print(call_out(c), work_text(w, "the node of %s takes over from those of %s\n"), s.unit, s.from);
        return true;
}

static bool run_succeed_undo(struct work *w, const struct call *c)
{
        struct undoing u = { .hash = call_argument(c, 1), .act = call_option(c, "act", 0) };
        const struct succession *beside;

        if (u.act == NULL || u.act[0] == '\0') {
                error_set(&w->err, ERR_USAGE, "--act is missing");
                return error_hint(&w->err, "the legal act by which the takeover is undone");
        }
        if (!ledger_write(w, enrol_undo, &u))
                return false;
        beside = trust_succession_beside(w, u.hash);
        if (call_is_json(c))
                buf_print(call_out(c), "{\"undone\":\"%s\",\"stands\":%s%s%s}\n", u.hash, beside == NULL ? "" : "\"", beside == NULL ? "null" : beside->hash, beside == NULL ? "" : "\"");
        else
                buf_print(call_out(c), work_text(w, "succession %s is undone\n"), u.hash);
        if (beside != NULL && !call_is_json(c))
                buf_print(call_out(c), "%s\n", enrol_beside(w, u.hash));
        return work_ok(w);
}

void enrol_successions_json(struct jsonw *j, const struct succession *list, size_t count)
{
        char text[MOMENT_TEXT_MAX];

        jsonw_array(j);
        for (size_t i = 0; i < count; i++) {
                const struct succession *s = &list[i];

                jsonw_object(j);
                jsonw_member_text(j, "succession", s->hash);
                jsonw_member_text(j, "unit", s->unit);
                jsonw_member_text(j, "from", s->from);
                jsonw_member_text(j, "act", s->act);
                jsonw_member_text(j, "day", s->day);
                jsonw_member_text(j, "node", s->node[0] == '\0' ? NULL : s->node);
                moment_write(text, stamp_moment(s->effect));
                jsonw_member_text(j, "effect", text);
                moment_write(text, stamp_moment(s->undone_at));
                jsonw_member_text(j, "undone", s->undone_at == 0 ? NULL : text);
                jsonw_member_text(j, "undone_act", s->undone_act[0] == '\0' ? NULL : s->undone_act);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static bool run_succeed_list(struct work *w, const struct call *c)
{
        struct buf *out = call_out(c);
        size_t count;
        struct succession *list = trust_successions(w, &count);
        struct jsonw j;

        if (call_is_json(c)) {
                jsonw_init(&j, out);
                enrol_successions_json(&j, list, count);
                buf_char(out, '\n');
                return work_ok(w);
        }
        for (size_t i = 0; i < count; i++)
                buf_print(out, "%.12s %s <- %s %s %s%s%s%s\n", list[i].hash, list[i].unit, list[i].from, list[i].day, list[i].act,
                          list[i].undone_at != 0 ? work_text(w, " undone") : "", list[i].undone_act[0] == '\0' ? "" : ": ", list[i].undone_act);
        return work_ok(w);
}

static const struct option unit_option[] = {
        { "unit", "CODE", false, N_("the unit: VN, a province's or a commune's code") },
        { NULL, NULL, false, NULL },
};
static const struct option succeed_options[] = {
        { "unit", "CODE", false, N_("the unit whose node takes over") },
        { "from", "CODE,CODE", false, N_("the units whose nodes it takes over, by commas; codes as they were") },
        { "act", "TEXT", false, N_("the legal act") },
        { "day", "DATE", false, N_("from which day on") },
        { "node", "PUBLIC-KEY", false, N_("of the keys of those units, the one that goes on") },
        { NULL, NULL, false, NULL },
};
static const struct option undo_options[] = {
        { "act", "TEXT", false, N_("the legal act") },
        { NULL, NULL, false, NULL },
};

const struct command enrol_commands[] = {
        { "trust", "NODE PUBLIC-KEY", 2, 2, COMMAND_WRITES, unit_option, run_trust, N_("enrol another node"),
          N_("Entries of the other node count here from now on, for its unit's territory. Nodes below are made known"
             " to all others. While serve runs: the page /nodes.") },
        { "trust list", "NODE", 1, 1, COMMAND_READS, NULL, run_trust_list, N_("list the enrolled nodes"), NULL },
        { "trust revoke", "NODE PUBLIC-KEY", 2, 2, COMMAND_WRITES, NULL, run_revoke,
          N_("stop trusting another node's key"), N_("What was written under it until now counts, nothing later does. While serve runs: the page /nodes.") },
        { "succeed", "NODE", 1, 1, COMMAND_WRITES, succeed_options, run_succeed,
          N_("let the node of a unit take over from those of others (a merger)"),
          N_("On the ministry's node. From the day on (or from now, where it has passed) the unit's node reads and keeps what"
             " its predecessors wrote and speaks for them; their keys end. While serve runs: the page /successions.") },
        { "succeed list", "NODE", 1, 1, COMMAND_READS, NULL, run_succeed_list, N_("list the successions"), NULL },
        { "succeed undo", "NODE SUCCESSION", 2, 2, COMMAND_WRITES, undo_options, run_succeed_undo, N_("undo a succession"),
          N_("By a further entry, with its legal act: from now on the predecessors' keys count again, and the successor no longer gets what they"
             " write for themselves. What it holds already it keeps. While serve runs: the page /successions.") },
        { NULL, NULL, 0, 0, COMMAND_ALONE, NULL, NULL, NULL, NULL },
};
