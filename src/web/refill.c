#include "web/refill.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/day.h"
#include "base/utf8.h"
#include "format/html.h"
#include "web/pages.h"
#include "web/refused_view.h"
#include "web/route.h"
#include "web/tag.h"

#define TYPED_MOST 100 /* values looked at to be shown as text where the form is gone */

/* ---- the tags that matter -------------------------------------------------------------------------------------------------- */

enum tag_name { TAG_FORM, TAG_DETAILS, TAG_INPUT, TAG_SELECT, TAG_OPTION, TAG_TEXTAREA, TAG_LABEL, TAG_BUTTON, TAG_TITLE, TAG_MAIN, TAG_SCRIPT, TAG_STYLE, TAG_COUNT };

static const char *const tag_names[TAG_COUNT] = { "form", "details", "input", "select", "option", "textarea", "label", "button", "title", "main", "script", "style" };

struct tag {
        enum tag_name name;
        bool is_end, names_form; /* names_form: it says itself of which form it is */
        const char *from, *to;   /* to: behind the ">" */
        size_t closed;         /* of a select or textarea: which tag closes it; NONE */
        size_t form, details;  /* inside which, as number in the list of tags; NONE */
};
#define NONE SIZE_MAX

struct edit { const char *at; size_t dropped; const char *put; size_t order; };

struct filling {
        struct work *w;
        const struct refill *r;
        const char *html, *end;
        struct tag *tags;
        size_t count;
        struct edit *edits;
        size_t edit_count;
        struct buf text;              /* what is being written, until it is copied */
        const struct field **by_name; /* what was sent, in the order of names, then as it came */
        size_t *taken;                /* of the values of a name, at the place of its first: how many inputs have one */
        const struct field_error **open_errors; /* not yet at an input */
        struct refused_line *lines;
        size_t error_count;
        size_t form;                  /* the form that is filled in; NONE */
        int notes;
        bool has_secret;              /* a password was typed */
};

static bool find_attribute(const struct tag *t, const char *name, struct attribute *a)
{
        const char *p = t->from + 1 + strlen(tag_names[t->name]);

        while (tag_next_attribute(&p, t->to, a))
                if (a->name_length == strlen(name) && strncasecmp(a->name, name, a->name_length) == 0)
                        return true;
        return false;
}

static const char *value_of(struct filling *f, const struct tag *t, const char *name)
{
        struct attribute a;

        return find_attribute(t, name, &a) ? tag_unescaped(f->w, a.value, a.value_length) : NULL;
}

static bool has(const struct tag *t, const char *name)
{
        struct attribute a;

        return find_attribute(t, name, &a);
}

static bool is_tag(const char *name, size_t length, enum tag_name t)
{
        return length == strlen(tag_names[t]) && strncasecmp(name, tag_names[t], length) == 0;
}

static void read_tags(struct filling *f)
{
        const char *p = f->html;
        size_t form = NONE, details = NONE, open = NONE; /* open: the last select or textarea */

        while ((p = memchr(p, '<', (size_t)(f->end - p))) != NULL) {
                bool is_end = p + 1 < f->end && p[1] == '/';
                const char *name = p + 1 + is_end, *behind = name, *to;
                enum tag_name t = 0;
                struct tag *tag;

                while (behind < f->end && ((*behind | 0x20) >= 'a' && (*behind | 0x20) <= 'z'))
                        behind++;
                to = tag_end(behind, f->end);
                if (to == NULL)
                        return;
                while (t < TAG_COUNT && !is_tag(name, (size_t)(behind - name), t))
                        t++;
                if ((t == TAG_SCRIPT || t == TAG_STYLE) && !is_end) {
                        const char *close = memmem(to, (size_t)(f->end - to), "</", 2);

                        p = close == NULL ? f->end : close;
                        continue;
                }
                if (t == TAG_COUNT || t == TAG_SCRIPT || t == TAG_STYLE) {
                        p = to;
                        continue;
                }
                f->tags = arena_room(f->w->arena, f->tags, f->count, sizeof *f->tags);
                tag = &f->tags[f->count];
                *tag = (struct tag){ .name = t, .is_end = is_end, .from = p, .to = to, .closed = NONE, .form = form, .details = details };
                tag->names_form = !is_end && has(tag, "form");
                if (t == TAG_FORM)
                        form = is_end ? NONE : f->count;
                if (t == TAG_DETAILS)
                        details = !is_end ? f->count : details == NONE ? NONE : f->tags[details].details;
                if ((t == TAG_SELECT || t == TAG_TEXTAREA) && !is_end)
                        open = f->count;
                else if (is_end && open != NONE && f->tags[open].name == t)
                        f->tags[open].closed = f->count;
                f->count++;
                p = to;
        }
}

/* ---- what was sent ------------------------------------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
        const struct field *x = *(const struct field *const *)a, *y = *(const struct field *const *)b;
        int order = strcmp(x->name, y->name);

        return order != 0 ? order : (x > y) - (x < y);
}

static void sort_sent(struct filling *f)
{
        size_t count = f->r->sent->count;

        f->by_name = arena_array(f->w->arena, count + 1, sizeof *f->by_name);
        f->taken = arena_array(f->w->arena, count + 1, sizeof *f->taken);
        for (size_t i = 0; i < count; i++)
                f->by_name[i] = &f->r->sent->list[i];
        if (count > 0)
                qsort(f->by_name, count, sizeof *f->by_name, by_name);
}

/* Where the values of a name begin; NONE where none was sent. */
static size_t first_sent(const struct filling *f, const char *name)
{
        size_t low = 0, high = f->r->sent->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(f->by_name[middle]->name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < f->r->sent->count && strcmp(f->by_name[low]->name, name) == 0 ? low : NONE;
}

static const char *take_sent(struct filling *f, const char *name)
{
        size_t first = first_sent(f, name), nth = first == NONE ? 0 : first + f->taken[first];

        if (first == NONE || nth >= f->r->sent->count || strcmp(f->by_name[nth]->name, name) != 0)
                return NULL;
        f->taken[first]++;
        return f->by_name[nth]->value;
}

static bool was_sent(const struct filling *f, const char *name, const char *value)
{
        for (size_t i = first_sent(f, name); i < f->r->sent->count && strcmp(f->by_name[i]->name, name) == 0; i++)
                if (strcmp(f->by_name[i]->value, value) == 0)
                        return true;
        return false;
}

/* ---- which form ---------------------------------------------------------------------------------------------------------------- */

static bool is_control(const struct tag *t)
{
        return !t->is_end && (t->name == TAG_INPUT || t->name == TAG_SELECT || t->name == TAG_TEXTAREA);
}

/* Whether an input or button is part of a form: inside it, or by its name. */
static bool is_part_of(struct filling *f, const struct tag *t, size_t form)
{
        const char *id;

        if (!t->names_form)
                return t->form == form;
        id = value_of(f, &f->tags[form], "id");
        return id != NULL && strcmp(value_of(f, t, "form"), id) == 0;
}

/* Whether an address of the page, as it stands there, leads to where the form was sent. */
static bool leads_there(struct filling *f, const char *address)
{
        char *path;
        size_t length, decoded;

        if (address == NULL || *address != '/')
                return false;
        length = strcspn(address, "?#");
        path = arena_alloc(f->w->arena, length + 1);
        decoded = url_decode(path, address, length, false);
        return decoded != SIZE_MAX && utf8_is_valid(path, decoded, NULL) && strcmp(utf8_nfc(f->w->arena, path), f->r->action) == 0;
}

static const char *kind_of(struct filling *f, const struct tag *t)
{
        const char *type = t->name == TAG_INPUT ? value_of(f, t, "type") : tag_names[t->name];

        return type == NULL ? "text" : type;
}

static bool is_kind(const char *kind, const char *one, const char *other)
{
        return strcmp(kind, one) == 0 || strcmp(kind, other) == 0;
}

/* Whether a form is sent to where the refused one was, by itself or by one of its buttons. */
static bool is_sent_there(struct filling *f, size_t form)
{
        const struct tag *t = &f->tags[form];
        const char *method = value_of(f, t, "method");

        if (method == NULL || strcasecmp(method, "post") != 0)
                return false;
        if (leads_there(f, value_of(f, t, "action")))
                return true;
        for (size_t i = 0; i < f->count; i++)
                if (f->tags[i].name == TAG_BUTTON && !f->tags[i].is_end && is_part_of(f, &f->tags[i], form) && leads_there(f, value_of(f, &f->tags[i], "formaction")))
                        return true;
        return false;
}

/* How well a form fits what was sent. */
static long fit_of(struct filling *f, size_t form)
{
        long fit = 0;

        for (size_t i = 0; i < f->count; i++) {
                const struct tag *c = &f->tags[i];
                const char *name, *value;

                if (!is_control(c) || !is_part_of(f, c, form) || (name = value_of(f, c, "name")) == NULL || strcmp(name, "csrf") == 0)
                        continue;
                value = value_of(f, c, "value");
                if (strcmp(kind_of(f, c), "hidden") == 0)
                        fit += was_sent(f, name, value == NULL ? "" : value) ? 2 : -2;
                else if (first_sent(f, name) != NONE)
                        fit++;
        }
        return fit;
}

static void choose_form(struct filling *f)
{
        long best = 0;

        f->form = NONE;
        for (size_t i = 0; i < f->count; i++) {
                long fit;

                if (f->tags[i].name != TAG_FORM || f->tags[i].is_end || !is_sent_there(f, i))
                        continue;
                fit = fit_of(f, i);
                if (f->form == NONE || fit > best) {
                        best = fit;
                        f->form = i;
                }
        }
}

/* ---- changing the page ------------------------------------------------------------------------------------------------------------ */

static void edit(struct filling *f, const char *at, size_t dropped, const char *put)
{
        f->edits = arena_room(f->w->arena, f->edits, f->edit_count, sizeof *f->edits);
        f->edits[f->edit_count] = (struct edit){ at, dropped, put, f->edit_count };
        f->edit_count++;
}

/* What stands in the buffer; it is empty then. */
static const char *written(struct filling *f)
{
        const char *copy;

        if (!buf_ok(&f->text))
                arena_starve(f->w->arena);
        copy = f->text.data == NULL ? "" : arena_copy(f->w->arena, f->text.data, f->text.length);
        buf_reset(&f->text);
        return copy;
}

static const char *escaped(struct filling *f, const char *text)
{
        html_text(&f->text, text);
        return written(f);
}

static void drop_attribute(struct filling *f, const struct tag *t, const char *name)
{
        struct attribute a;

        if (find_attribute(t, name, &a))
                edit(f, a.from, (size_t)(a.to - a.from), "");
}

/* value NULL: the attribute alone. */
static void set_attribute(struct filling *f, const struct tag *t, const char *name, const char *value)
{
        const char *at = t->to - 1;

        drop_attribute(f, t, name);
        while (at[-1] == '/' || tag_is_space(at[-1]))
                at--;
        edit(f, at, 0, value == NULL ? arena_print(f->w->arena, " %s", name) : arena_print(f->w->arena, " %s=\"%s\"", name, escaped(f, value)));
}

static const char *note_html(struct filling *f, const char *css, const char *id, const char *said)
{
        refused_note(f->w, &f->text, css, id, said);
        return written(f);
}

struct control {
        const struct tag *tag;
        const char *name, *kind, *id, *described; /* described: aria-describedby as it becomes; NULL: as it is */
};

/* A note behind the input, which describes it. */
static void note(struct filling *f, struct control *c, const char *css, const char *said)
{
        const char *id = arena_print(f->w->arena, "refused-%d", ++f->notes), *before = c->described != NULL ? c->described : value_of(f, c->tag, "aria-describedby");
        const struct tag *last = c->tag->closed == NONE ? c->tag : &f->tags[c->tag->closed];

        c->described = before == NULL || *before == '\0' ? id : arena_print(f->w->arena, "%s %s", id, before);
        edit(f, last->to, 0, note_html(f, css, id, said));
}

static void say_now(struct filling *f, struct control *c, const char *now, const char *sent)
{
        if (f->r->error != NULL && f->r->error->code == ERR_CONFLICT && now != NULL && *now != '\0' && strcmp(now, sent) != 0)
                note(f, c, "sm mut", arena_print(f->w->arena, work_text(f->w, "Stands there now: %s"), now));
}

static const char *inside(struct filling *f, const struct tag *t)
{
        const struct tag *close = t->closed == NONE ? NULL : &f->tags[t->closed];

        return close == NULL ? "" : tag_unescaped(f->w, t->to, (size_t)(close->from - t->to));
}

static void fill_textarea(struct filling *f, struct control *c)
{
        const char *now = inside(f, c->tag), *sent = take_sent(f, c->name);
        const struct tag *close;

        if (sent == NULL || c->tag->closed == NONE)
                return;
        close = &f->tags[c->tag->closed];
        /* A browser drops the line end that begins a textarea. */
        edit(f, c->tag->to, (size_t)(close->from - c->tag->to), arena_print(f->w->arena, "\n%s", escaped(f, sent)));
        say_now(f, c, now + (*now == '\n'), sent);
}

/* The text of an option: up to the next tag. */
static const char *option_text(struct filling *f, const struct tag *t)
{
        const char *stop = memchr(t->to, '<', (size_t)(f->end - t->to));

        return stop == NULL ? "" : tag_unescaped(f->w, t->to, (size_t)(stop - t->to));
}

static void fill_select(struct filling *f, struct control *c)
{
        size_t from = (size_t)(c->tag - f->tags) + 1, to = c->tag->closed == NONE ? from : c->tag->closed;
        bool is_multiple = has(c->tag, "multiple"), is_offered = false;
        const char *sent = is_multiple ? "" : take_sent(f, c->name), *now = NULL;

        if (sent == NULL || (is_multiple && first_sent(f, c->name) == NONE))
                return;
        for (size_t i = from; i < to && !is_multiple; i++)
                is_offered = is_offered || (f->tags[i].name == TAG_OPTION && !f->tags[i].is_end &&
                                            strcmp(value_of(f, &f->tags[i], "value") == NULL ? option_text(f, &f->tags[i]) : value_of(f, &f->tags[i], "value"), sent) == 0);
        for (size_t i = from; i < to && (is_offered || is_multiple); i++) {
                const struct tag *o = &f->tags[i];
                const char *value;

                if (o->name != TAG_OPTION || o->is_end)
                        continue;
                value = value_of(f, o, "value") == NULL ? option_text(f, o) : value_of(f, o, "value");
                if (has(o, "selected") && strcmp(value, sent) != 0)
                        now = option_text(f, o);
                if (is_multiple ? was_sent(f, c->name, value) : strcmp(value, sent) == 0)
                        set_attribute(f, o, "selected", NULL);
                else
                        drop_attribute(f, o, "selected");
        }
        if (!is_offered && !is_multiple && *sent != '\0')
                note(f, c, "sm mut", arena_print(f->w->arena, work_text(f->w, "You typed: %s"), sent));
        say_now(f, c, now, sent);
}

static void fill_box(struct filling *f, struct control *c)
{
        const char *value = value_of(f, c->tag, "value");
        bool is_on = was_sent(f, c->name, value == NULL ? "on" : value);

        if (is_on && !has(c->tag, "checked"))
                set_attribute(f, c->tag, "checked", NULL);
        else if (!is_on)
                drop_attribute(f, c->tag, "checked");
}

static void fill_text(struct filling *f, struct control *c)
{
        const char *now = value_of(f, c->tag, "value"), *sent = take_sent(f, c->name);
        day d;

        if (sent == NULL)
                return;
        set_attribute(f, c->tag, "value", sent);
        if (strcmp(c->kind, "date") == 0 && *sent != '\0' && !day_read(sent, strlen(sent), &d)) /* no browser shows it */
                note(f, c, "sm mut", arena_print(f->w->arena, work_text(f->w, "You typed: %s"), sent));
        say_now(f, c, now, sent);
}

/* "cost" is "cost" in a form, or one word and "cost". */
static bool is_named(const char *input, const char *field)
{
        const char *rest = strpbrk(input, "-.");

        return strcmp(input, field) == 0 || (rest != NULL && strcmp(rest + 1, field) == 0);
}

static void open_details(struct filling *f, size_t details)
{
        for (; details != NONE; details = f->tags[details].details)
                if (!has(&f->tags[details], "open"))
                        set_attribute(f, &f->tags[details], "open", NULL);
}

static void tell_errors(struct filling *f, struct control *c)
{
        bool is_wrong = false;

        for (size_t i = 0; i < f->error_count; i++) {
                const struct field_error *e = f->open_errors[i];

                if (e == NULL || !is_named(c->name, e->field))
                        continue;
                if (c->id == NULL) {
                        c->id = arena_print(f->w->arena, "refused-in-%d", ++f->notes);
                        set_attribute(f, c->tag, "id", c->id);
                }
                note(f, c, "em", e->message);
                is_wrong = true;
                f->lines[i].id = c->id;
                f->open_errors[i] = NULL;
                if (c->tag->details != NONE && c->tag->details != f->tags[f->form].details)
                        open_details(f, c->tag->details);
        }
        if (is_wrong)
                set_attribute(f, c->tag, "aria-invalid", "true");
}

static void fill_control(struct filling *f, const struct tag *t)
{
        struct control c = { .tag = t, .name = value_of(f, t, "name"), .kind = kind_of(f, t), .id = value_of(f, t, "id") };

        if (c.name == NULL || is_kind(c.kind, "hidden", "submit") || is_kind(c.kind, "button", "image"))
                return;
        if (!has(t, "disabled") && !has(t, "readonly") && !is_kind(c.kind, "password", "file")) {
                if (t->name == TAG_TEXTAREA)
                        fill_textarea(f, &c);
                else if (t->name == TAG_SELECT)
                        fill_select(f, &c);
                else if (is_kind(c.kind, "checkbox", "radio"))
                        fill_box(f, &c);
                else
                        fill_text(f, &c);
        }
        if (strcmp(c.kind, "password") == 0 && first_sent(f, c.name) != NONE && !was_sent(f, c.name, ""))
                f->has_secret = true;
        tell_errors(f, &c);
        for (const struct upload *u = strcmp(c.kind, "file") == 0 ? f->r->files : NULL; u != NULL; u = u->next)
                if (strcmp(u->field, c.name) == 0)
                        note(f, &c, "sm mut", arena_print(f->w->arena, work_text(f->w, "Choose this file again: %s"), u->file_name));
        if (c.described != NULL)
                set_attribute(f, t, "aria-describedby", c.described);
}

static void fill_form(struct filling *f)
{
        const struct tag *form = &f->tags[f->form];
        const char *action = value_of(f, form, "action");

        if (*f->r->again != '\0' && leads_there(f, action)) {
                html_url_part(&f->text, f->r->again);
                set_attribute(f, form, "action", arena_print(f->w->arena, "%s%c" REFILL_PAGE "=%s", action, strchr(action, '?') == NULL ? '?' : '&', written(f)));
        }
        open_details(f, form->details);
        for (size_t i = 0; i < f->count; i++)
                if (is_control(&f->tags[i]) && is_part_of(f, &f->tags[i], f->form))
                        fill_control(f, &f->tags[i]);
}

/* ---- what went wrong -------------------------------------------------------------------------------------------------------------- */

/* How the page names inputs that are called so; NULL where none is. is_secret: one of them takes what is never shown. */
static const char *label_of(struct filling *f, const char *name, bool *is_secret)
{
        const char *id = NULL;

        *is_secret = strcmp(name, "csrf") == 0 || strstr(name, "password") != NULL;
        for (size_t i = 0; i < f->count; i++) {
                const char *named = is_control(&f->tags[i]) ? value_of(f, &f->tags[i], "name") : NULL;

                if (named == NULL || strcmp(named, name) != 0)
                        continue;
                *is_secret = *is_secret || is_kind(kind_of(f, &f->tags[i]), "password", "hidden");
                id = id == NULL ? value_of(f, &f->tags[i], "id") : id;
        }
        for (size_t i = 0; id != NULL && i < f->count; i++) {
                const char *of = f->tags[i].name == TAG_LABEL && !f->tags[i].is_end ? value_of(f, &f->tags[i], "for") : NULL;

                if (of != NULL && strcmp(of, id) == 0)
                        return option_text(f, &f->tags[i]);
        }
        return NULL;
}

static void list_typed(struct filling *f, struct refused_view *v)
{
        const struct fields *sent = f->r->sent;
        struct refused_line *list = arena_array(f->w->arena, sent->count + 1, sizeof *list);

        v->typed = list;
        for (size_t i = 0; i < sent->count && i < TYPED_MOST; i++) {
                bool is_secret;
                const char *label = label_of(f, sent->list[i].name, &is_secret);

                if (!is_secret && *sent->list[i].value != '\0')
                        list[v->typed_count++] = (struct refused_line){ label, sent->list[i].value };
        }
}

static void list_files(struct filling *f, struct refused_view *v)
{
        struct refused_line *list = NULL;

        for (const struct upload *u = f->r->files; u != NULL; u = u->next) {
                list = arena_room(f->w->arena, list, v->file_count, sizeof *list);
                list[v->file_count++] = (struct refused_line){ NULL, u->file_name };
        }
        v->files = list;
}

/* Where the content of a page begins: in its frame, behind the path. */
static const char *content_of(struct filling *f)
{
        static const char frame[] = "<div class=\"w\">", crumbs[] = "<nav class=\"crumbs\"";
        size_t i = 0;
        const char *at, *close;

        while (i < f->count && (f->tags[i].name != TAG_MAIN || f->tags[i].is_end))
                i++;
        if (i == f->count)
                return NULL;
        at = f->tags[i].to;
        at += strspn(at, " \n");
        if (strncmp(at, frame, sizeof frame - 1) == 0)
                at += sizeof frame - 1;
        at += strspn(at, " \n");
        close = strncmp(at, crumbs, sizeof crumbs - 1) == 0 ? memmem(at, (size_t)(f->end - at), "</nav>", 6) : NULL;
        return close == NULL ? at : close + 6;
}

static bool tell_refusal(struct filling *f)
{
        bool is_nowhere = f->error_count == 1 && f->lines[0].id == NULL && f->lines[0].text == f->r->error->message;
        struct refused_view v = { .error = f->r->error, .has_form = f->form != NONE, .has_secret = f->has_secret, .lines = f->lines, .line_count = is_nowhere ? 0 : f->error_count };
        const char *at = content_of(f);

        if (at == NULL)
                return false;
        if (!v.has_form)
                list_typed(f, &v);
        list_files(f, &v);
        refused_summary(f->w, &f->text, &v);
        edit(f, at, 0, written(f));
        for (size_t i = 0; i < f->count; i++)
                if (f->tags[i].name == TAG_TITLE && !f->tags[i].is_end) {
                        edit(f, f->tags[i].to, 0, arena_print(f->w->arena, "%s: ", escaped(f, work_text(f->w, "Error"))));
                        break;
                }
        return true;
}

static int by_place(const void *a, const void *b)
{
        const struct edit *x = a, *y = b;

        return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : (x->order > y->order) - (x->order < y->order);
}

bool refill_page(struct work *w, const struct refill *r, bool must_show, const char *html, size_t length, struct buf *out)
{
        struct filling *f = arena_alloc(w->arena, sizeof *f);
        const char *at = html;

        *f = (struct filling){ .w = w, .r = r, .html = html, .end = html + length };
        buf_init_with(&f->text, 0, w->arena);
        read_tags(f);
        sort_sent(f);
        choose_form(f);
        if (f->form == NONE && !must_show)
                return false;
        for (const struct field_error *e = r->errors; e != NULL; e = e->next)
                f->error_count++;
        f->open_errors = arena_array(w->arena, f->error_count + 1, sizeof *f->open_errors);
        f->lines = arena_array(w->arena, f->error_count + 1, sizeof *f->lines);
        f->error_count = 0;
        for (const struct field_error *e = r->errors; e != NULL; e = e->next) {
                f->lines[f->error_count].text = e->message;
                f->open_errors[f->error_count++] = e;
        }
        if (f->form != NONE)
                fill_form(f);
        if (r->error != NULL && !tell_refusal(f))
                return false;
        qsort(f->edits, f->edit_count, sizeof *f->edits, by_place);
        for (size_t i = 0; i < f->edit_count; i++) {
                if (f->edits[i].at > at)
                        buf_put(out, at, (size_t)(f->edits[i].at - at));
                buf_text(out, f->edits[i].put);
                at = f->edits[i].at + f->edits[i].dropped > at ? f->edits[i].at + f->edits[i].dropped : at;
        }
        buf_put(out, at, (size_t)(f->end - at));
        return true;
}
