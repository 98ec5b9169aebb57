/* Definition files as an administrator edits them: a small sound catalogue in which one file is replaced by any bytes. The
 * first line says which ("units/all.csv", also a new one). Whatever comes, there are complaints with places inside the file,
 * or a catalogue, forms and workflows that can be asked. */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "areas/program.h"
#include "base/utf8.h"
#include "catalogue/catalogue.h"
#include "form/form.h"
#include "workflow/workflow.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

static const struct source sound[] = {
#define SOURCE(path, text) { path, text, sizeof text - 1 }
        SOURCE("units/kinds.csv", "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\nxa,commune,Xã,Commune\n"),
        SOURCE("units/acts.csv", "act,title_vi,title_en\nnq202,Nghị quyết 202,Resolution 202\n"),
        SOURCE("units/regions.csv", "region,name_vi,name_en\n2,Trung,Centre\n"),
        SOURCE("units/all.csv", "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n"
                                "42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n44,tinh,Quảng Bình,Quang Binh,VN,2004-01-01,2025-06-30\n"
                                "18073,xa,Thạch Lạc,Thach Lac,42,2020-01-01,\n"),
        SOURCE("units/names.csv", "code,from,kind,name_vi,name_en,act\n42,2026-04-30,tinh,Hà Tĩnh mới,New Ha Tinh,nq202\n"),
        SOURCE("units/changes.csv", "old,new,share,date,act\n44,42,1,2025-07-01,nq202\n"),
        SOURCE("classifications.yaml", "classifications:\n  - id: goods\n    name: {vi: Hàng, en: Goods}\n    root: ALL\n"),
        SOURCE("classifications/goods.csv", "code,parent,name_vi,name_en,from,to\nALL,,Tổng,Total,,\nrice,ALL,Gạo,Rice,,\n"),
        SOURCE("periods.yaml", "windows:\n  - id: monthly\n    name: {vi: Tháng, en: Monthly}\n    frequency: month\n    first: {day: 1}\n"
                               "    last: {day: last}\n    due: {month: 1, day: 5, time: \"17:00\"}\n    legal_basis: TT 33\n"),
        SOURCE("calendar/years.csv", "year,verified,basis\n2026,yes,x\n"),
        SOURCE("calendar/days.csv", "from,to,kind,name_vi,name_en\n2026-02-14,2026-02-22,holiday,Tết Nguyên đán,Lunar New Year\n"),
        SOURCE("indicators/all.yaml", "indicators:\n  - id: output\n    name: {vi: Sản lượng, en: Output}\n    unit: {vi: t, en: t}\n"
                                      "    decimals: 1\n    additive: flow\n    items: goods\n"),
#undef SOURCE
};
#define SOUND (sizeof sound / sizeof *sound)

/* Ask what pages ask. */
static void ask(const struct catalogue *c)
{
        const struct indicator *indicators[50];
        const struct unit *units[50];
        const struct form *forms[FORMS_MOST];
        day d = day_of(2026, 1, 15);
        bool is_known;

        for (int level = 0; level < LEVEL_COUNT; level++) {
                size_t count = unit_list(c, (enum unit_level)level, d, units, 50);

                for (size_t i = 0; i < count && i < 50; i++)
                        require(unit_by_key(c, units[i]->key) == units[i] && unit_is_within(units[i], units[i]));
        }
        for (size_t i = 0, count = indicator_list_named(c, LANGUAGE_VI, indicators, 50); i < count && i < 50; i++)
                require(indicator_find(c, indicators[i]->id) == indicators[i]);
        for (size_t i = 0, count = form_list(c, d, forms); i < count; i++)
                require(form_find(c, form_id(forms[i]), d) == forms[i]);
        day_plus_working(c, d, 3, &is_known);
        day_plus_working(c, d, -3, &is_known);
}

/* A workflow that was found sound can be drawn, and its rules be asked of an empty case. */
static void ask_workflow(struct arena *a, const struct source *file)
{
        struct complaints complaints = { .arena = a };
        const struct workflow *w = workflow_parse(a, file, &complaints);
        static const struct field_value empty[WORKFLOW_LIST_MAX];
        struct buf out;
        int128 value;

        require(complaints.count == 0 && w->start >= 0);
        for (int i = 0; i < w->check_count; i++)
                expression_value(w->checks[i].rule, w, empty, &value);
        buf_init(&out, 0);
        workflow_draw(w, LANGUAGE_EN, &out);
        require(buf_ok(&out));
        buf_clear(&out);
}

static void start(void)
{
        struct complaints complaints = { .arena = arena_open((size_t)64 << 20), .language = LANGUAGE_EN };

        program_start();
        catalogue_check(complaints.arena, sound, SOUND, &complaints);
        for (size_t i = 0; i < complaints.count; i++)
                fprintf(stderr, "%s:%d: %s\n", complaints.list[i].file, complaints.list[i].line, complaints.list[i].message);
        require(complaints.count == 0);
        arena_close(complaints.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static bool is_started;
        const char *line_end = size == 0 ? NULL : memchr(bytes, '\n', size);
        struct complaints complaints = { .language = LANGUAGE_VI };
        struct source files[SOUND + 1];
        struct catalogue *c;
        size_t count = SOUND, at = SOUND;
        const char *path;
        jmp_buf full;

        if (!is_started)
                start();
        is_started = true;
        if (line_end == NULL || (size_t)(line_end - (const char *)bytes) > 60)
                return 0;
        complaints.arena = arena_open((size_t)64 << 20);
        path = arena_copy(complaints.arena, bytes, (size_t)(line_end - (const char *)bytes));
        memcpy(files, sound, sizeof sound);
        for (size_t i = 0; i < SOUND; i++)
                if (strcmp(sound[i].path, path) == 0)
                        at = i;
        count += at == SOUND;
        files[at].path = path;
        files[at].length = size - (size_t)(line_end + 1 - (const char *)bytes);
        files[at].text = arena_copy(complaints.arena, line_end + 1, files[at].length);
        arena_guard(complaints.arena, &full);
        if (setjmp(full) == 0) {
                c = catalogue_check(complaints.arena, files, count, &complaints);
                require(c != NULL);
                if (complaints.count == 0)
                        ask(c);
                if (complaints.count == 0 && strlen(path) > 9 && strcmp(path + strlen(path) - 9, ".workflow") == 0)
                        ask_workflow(complaints.arena, &files[at]);
                for (size_t i = 0; i < complaints.count; i++)
                        require(complaints.list[i].message[0] != '\0' && complaints.list[i].line >= 0 &&
                                utf8_is_valid(complaints.list[i].message, strlen(complaints.list[i].message), NULL));
        }
        arena_guard(complaints.arena, NULL);
        arena_close(complaints.arena);
        return 0;
}
