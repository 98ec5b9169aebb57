/* draw.c - a definition in the language of Graphviz. */
#include "workflow/workflow.h"

/* A text inside double quotes, where references to characters are read as in HTML; lines are cut where they get long. */
static void put(struct buf *out, const char *s)
{
        size_t width = 0;

        for (; *s != '\0'; s++) {
                if (*s == '"' || *s == '\\')
                        buf_char(out, '\\');
                if (*s == ' ' && width > 24) {
                        buf_text(out, "\\n");
                        width = 0;
                } else {
                        if (*s == '&')
                                buf_text(out, "&amp;");
                        else
                                buf_char(out, *s == '\n' ? ' ' : *s);
                        width += (*s & 0xC0) != 0x80;
                }
        }
}

/* Whether it leaves the case in its state. */
static bool stays(const struct workflow_action *a)
{
        return a->to < 0 && a->kind != ACTION_CONTINUE;
}

/* What is done, and by whom. */
static void put_act(const struct workflow *w, const struct workflow_action *a, enum language language, struct buf *out)
{
        bool is_first = true;

        put(out, text_in(language, a->title_vi, a->title_en));
        buf_text(out, "\\n(");
        for (int i = 0; i < w->actor_count; i++) {
                if (!a->by[i])
                        continue;
                buf_text(out, is_first ? "" : ", ");
                put(out, text_in(language, w->actors[i].title_vi, w->actors[i].title_en));
                is_first = false;
        }
        buf_char(out, ')');
}

void days_put(struct buf *out, enum language language, int days, bool is_working)
{
        buf_print(out, text(language, is_working ? days == 1 ? N_("%d working day") : N_("%d working days") : days == 1 ? N_("%d day") : N_("%d days")), days);
}

static void draw_state(const struct workflow *w, int state, enum language language, struct buf *out)
{
        static const char *const shapes[] = { "box", "box, style=bold", "box, style=dashed", "box, peripheries=2" };
        const struct workflow_state *s = &w->states[state];

        buf_print(out, "  \"%s\" [shape=%s, label=\"", s->id, shapes[s->kind]);
        put(out, text_in(language, s->title_vi, s->title_en));
        for (int i = 0; i < w->limit_count; i++) {
                const struct workflow_limit *l = &w->limits[i];

                if (!l->runs_in[state] && !l->stops_in[state])
                        continue;
                buf_text(out, "\\n");
                if (l->month != 0)
                        buf_print(out, text(language, N_("until %d/%d")), l->day_of_month, l->month);
                else if (l->years != 0)
                        buf_print(out, text(language, l->years == 1 ? N_("%d year") : N_("%d years")), l->years);
                else {
                        if (l->stops_in[state])
                                buf_print(out, "%s: ", text(language, N_("the limit stands still")));
                        days_put(out, language, l->days, l->is_working);
                }
                if (l->is_window)
                        buf_print(out, " (%s)", text(language, N_("no deadline")));
        }
        for (int i = 0; i < w->action_count; i++) { /* loops beside the box would be drawn over each other's labels */
                if (!w->actions[i].from[state] || !stays(&w->actions[i]))
                        continue;
                buf_text(out, "\\n\u21BB ");
                put_act(w, &w->actions[i], language, out);
        }
        buf_text(out, "\"];\n");
}

static void draw_arrow(const struct workflow *w, const struct workflow_action *a, int from, int to, enum language language, struct buf *out)
{
        buf_print(out, "  \"%s\" -> \"%s\" [%slabel=\"", w->states[from].id, w->states[to].id, a->returns ? "style=dashed, " : "");
        put_act(w, a, language, out);
        buf_text(out, "\"];\n");
}

void workflow_draw(const struct workflow *w, enum language language, struct buf *out)
{
        buf_print(out, "digraph \"%s\" {\n  label=\"", w->id); /* an identifier may be a word of that language */
        put(out, text_in(language, w->title_vi, w->title_en));
        buf_text(out, "\\n");
        put(out, w->basis.source);
        buf_text(out, "\";\n  labelloc=t; fontname=\"sans-serif\"; node [fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\", "
                      "fontsize=10];\n");
        for (int i = 0; i < w->state_count; i++)
                draw_state(w, i, language, out);
        for (int i = 0; i < w->action_count; i++) {
                const struct workflow_action *a = &w->actions[i];

                for (int from = 0; from < w->state_count; from++) {
                        if (!a->from[from] || stays(a))
                                continue;
                        for (int to = 0; to < w->state_count; to++)
                                if (workflow_leads(w, a, from, to))
                                        draw_arrow(w, a, from, to, language, out);
                }
        }
        buf_text(out, "}\n");
}
