#include "tests/hand_made.h"

#include "areas/cluster/cluster.h"
#include "areas/program.h"
#include "base/hex.h"
#include "base/log.h"
#include "format/jsonw.h"

/* ---- chance, the same in every run ------------------------------------------------------------------------ */

uint64_t chance;

/* Drawn in statements of their own, at most once among the arguments of a call: in which order those are found out is the
 * compiler's affair, and every compiler is to make the same worlds. */
unsigned draw(unsigned below)
{
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        return (unsigned)((chance >> 20) % below);
}

/* ---- streams made by hand ----------------------------------------------------------------------------------- */

struct writer writers[WRITERS] = { [MINISTRY] = { .unit = "VN" },   [PHUTHO] = { .unit = "25" },
                                          [HATINH] = { .unit = "42" },     [HANOI] = { .unit = "01" }, [TWIN] = { .unit = "25" },
                                          [COMMUNE] = { .unit = "25001" }, [STRANGER] = { .unit = "VN" },
                                   [PHUTHO_NEXT] = { .unit = "25" }, [MINISTRY_NEXT] = { .unit = "VN" }, [TWIN_NEXT] = { .unit = "25" },
                                   [COMMUNE_NEXT] = { .unit = "25001" } };

static struct stream *stream_of(struct world *x, int writer, const char *audience)
{
        char name[KEY_HEX + 16];
        struct stream *s;

        snprintf(name, sizeof name, "%s/%s", node_key(writers[writer].node), audience);
        for (size_t i = 0; i < x->lost_count && x->writes_lost; i++)
                if (strcmp(x->lost[i].name, name) == 0)
                        return &x->lost[i];
        for (size_t i = 0; i < x->count; i++)
                if (strcmp(x->streams[i].name, name) == 0)
                        return &x->streams[i];
        assert_true(x->count < STREAMS_MOST);
        s = &x->streams[x->count++];
        *s = (struct stream){ .writer = &writers[writer] };
        strcpy(s->name, name);
        memset(s->hash, '0', HASH_HEX - 1);
        return s;
}

char *hand_made_seal(struct arena *a, const struct node *n, const char *stream, int64_t seq, const char *hash, stamp at)
{
        unsigned char signature[SIGNATURE_BYTES];
        char hex[SIGNATURE_BYTES * 2 + 1], time[STAMP_TEXT_MAX], *text;

        stamp_write(time, at);
        text = arena_print(a, "{\"seal\":\"%s\",\"seq\":%lld,\"hash\":\"%s\",\"at\":\"%s\"", stream, (long long)seq, hash, time);
        node_sign(n, text, strlen(text), signature);
        hex_write(hex, signature, sizeof signature);
        return arena_print(a, "%s,\"signature\":\"%s\"}", text, hex);
}

static void seal(struct world *x, struct stream *s)
{
        if (s->sealed == s->seq)
                return;
        assert_true(s->count < LINES_MOST);
        s->line[s->count].is_seal = true;
        s->line[s->count].seq = s->seq;
        s->line[s->count++].text = hand_made_seal(x->arena, s->writer->node, s->name, s->seq, s->hash, s->at);
        s->sealed = s->seq;
}

/* Append an entry; body is JSON. Time goes on by zero to three milliseconds, so that nodes write at the same moment. */
static void write_entry(struct world *x, int writer, const char *audience, const char *author, const char *role,
                        const char *kind, const char *subject, const char *body)
{
        struct stream *s = stream_of(x, writer, audience);
        unsigned char hash[HASH_BYTES];
        char at[STAMP_TEXT_MAX];
        struct buf line;

        x->now += draw(4);
        s->at = stamp_next(s->at, x->now);
        stamp_write(at, s->at);
        buf_init(&line, ENTRY_MAX);
        entry_compose_head(&line, s->name, s->seq + 1, at, author, role, kind, subject, s->hash);
        buf_text(&line, body);
        buf_char(&line, '}');
        ledger_digest(line.data, line.length, hash);
        hex_write(s->hash, hash, sizeof hash);
        s->seq++;
        assert_true(s->count < LINES_MOST);
        s->line[s->count].seq = s->seq;
        s->line[s->count].is_seal = false;
        s->line[s->count++].text = arena_copy(x->arena, line.data, line.length);
        buf_clear(&line);
        if (draw(2) == 0)
                seal(x, s);
}

/* ---- what there is to say ---------------------------------------------------------------------------------------- */

static const char *quoted(struct world *x, const char *text)
{
        struct buf out;
        const char *kept;

        buf_init(&out, ENTRY_MAX);
        json_quote(&out, text, strlen(text));
        kept = arena_text(x->arena, out.data);
        buf_clear(&out);
        return kept;
}

/* The key that a node has now. */
static int now_of(const struct world *x, int writer)
{
        static const int next[WRITERS] = { [MINISTRY] = MINISTRY_NEXT, [PHUTHO] = PHUTHO_NEXT, [TWIN] = TWIN_NEXT, [COMMUNE] = COMMUNE_NEXT };

        return x->is_rotated[writer] ? next[writer] : writer;
}

static void say_trust(struct world *x, int writer, const char *kind, int about, const char *unit)
{
        const char *key = node_key(writers[about].node);

        write_entry(x, writer, "*", "", "", kind, arena_print(x->arena, "node/%s", key),
                    arena_print(x->arena, "{\"key\":\"%s\",\"unit\":\"%s\"}", key, unit));
}

#define UNITS_HEAD "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n"
#define UNITS_REST "25001,xa,Một,Mot,25,2020-01-01,\n42001,xa,Hai,Hai,42,2020-01-01,\n"

#define WORKFLOW_HEAD \
        "workflow: permit\ntitle: {vi: Cấp phép, en: Permit}\nvalid: {from: 2020-01-01}\nsource: Luật A\nunit: commune\n" \
        "steps: [{vi: Một, en: One}]\nactors:\n" \
        "  - {id: own, title: {vi: Xã, en: Commune}, roles: [specialist, director], relation: own}\n" \
        "  - {id: upper, title: {vi: Sở, en: Department}, roles: [specialist, director], relation: province}\n" \
        "  - {id: asked, title: {vi: Hỏi, en: Asked}, roles: [specialist, director], relation: asked}\nstates:\n" \
        "  - {id: asked, title: {vi: Nhận, en: Asked}, kind: start, step: 1, untimed: x}\n" \
        "  - {id: examined, title: {vi: Xét, en: Examined}, step: 1}\n" \
        "  - {id: waiting, title: {vi: Chờ, en: Waiting}, step: 1}\n" \
        "  - {id: held, title: {vi: Dừng, en: Held}, kind: suspended}\n" \
        "  - {id: granted, title: {vi: Cấp, en: Granted}, kind: end}\n" \
        "  - {id: refused, title: {vi: Từ chối, en: Refused}, kind: end, failure: true}\n" \
        "  - {id: withdrawn, title: {vi: Rút, en: Withdrawn}, kind: end, failure: true}\n" \
        "scoring: {criteria: [{id: worth, title: {vi: Đáng, en: Worth}, most: 9}], pass: 5, members: 1, source: Điều 6}\n" \
        "fields:\n  - {id: cost, title: {vi: Tiền, en: Cost}, kind: money}\nlimits:\n" \
        "  - {id: exam, title: {vi: Xét, en: Exam}, "
#define WORKFLOW_REST \
        ", runs_in: [examined], stops_in: [waiting], extend: {days: 3, times: 2}, remind: [2], escalate: {after: 1, to: upper}, source: Điều 1}\n" \
        "  - {id: complaint, title: {vi: Khiếu nại, en: Complaint}, days: 30, count: calendar, runs_in: [refused], source: Điều 7}\n" \
        "open: {by: [own, upper], fields: [cost]}\nsub_cases: [permit]\nactions:\n" \
        "  - {id: take, title: {vi: Nhận, en: Take}, from: [asked], to: examined, by: [own, upper], source: Điều 2}\n" \
        "  - {id: query, title: {vi: Hỏi, en: Query}, from: [examined], to: waiting, by: [upper], source: Điều 2}\n" \
        "  - {id: back, title: {vi: Trả, en: Back}, from: [waiting], to: examined, by: [own, upper], returns: true, source: Điều 2}\n" \
        "  - {id: hold, title: {vi: Dừng, en: Hold}, kind: suspend, from: [examined], to: held, by: [upper], reason: false, source: Điều 2}\n" \
        "  - {id: go_on, title: {vi: Tiếp, en: Go on}, kind: continue, from: [held], by: [upper], source: Điều 2}\n" \
        "  - {id: ask, title: {vi: Lấy ý kiến, en: Ask}, kind: ask, from: [examined], by: [upper], source: Điều 3}\n" \
        "  - {id: reply, title: {vi: Trả lời, en: Reply}, kind: answer, from: [examined], by: [asked], source: Điều 3}\n" \
        "  - {id: note, title: {vi: Ghi, en: Note}, kind: record, from: [examined, granted], by: [own], fields: [cost], source: Điều 4}\n" \
        "  - {id: grant, title: {vi: Cấp, en: Grant}, from: [examined], to: granted, by: [upper], needs: {opinions: all, sub_cases: true}, source: Điều 5}\n" \
        "  - {id: points, title: {vi: Chấm, en: Score}, kind: score, from: [examined], by: [upper], source: Điều 6}\n" \
        "  - {id: award, title: {vi: Trao, en: Award}, from: [examined], to: granted, by: [upper], needs: {score: true}, source: Điều 6}\n" \
        "  - {id: extend, title: {vi: Gia hạn, en: Extend}, kind: extend, limit: exam, from: [examined], by: [upper], source: Điều 3}\n" \
        "  - {id: stop, title: {vi: Dừng hạn, en: Stop}, kind: stop, limit: exam, from: [examined], by: [upper], source: Điều 3}\n" \
        "  - {id: restart, title: {vi: Tính tiếp, en: Restart}, kind: restart, limit: exam, from: [examined], by: [upper], source: Điều 3}\n" \
        "  - {id: refuse, title: {vi: Từ chối, en: Refuse}, from: [examined], to: refused, by: [upper], source: Điều 7}\n" \
        "  - {id: appeal, title: {vi: Khiếu nại, en: Appeal}, kind: appeal, from: [refused], to: examined, by: [own], within: complaint, returns: true, source: Điều 7}\n" \
        "  - {id: withdraw, title: {vi: Rút, en: Withdraw}, kind: withdraw, from: [asked, examined, waiting, held], to: withdrawn, by: [own], source: Điều 7}\n"

#define ACT_HEAD "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"

static const struct {
        const char *path, *text;
} files[] = {
        { "units/kinds.csv", "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\nxa,commune,Xã,Commune\n" },
        { "units/all.csv", UNITS_HEAD "01,tinh,Hà Nội,Ha Noi,VN,2004-01-01,\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,\n"
                                      "42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n" UNITS_REST },
        { "indicators/all.yaml",
          "indicators:\n"
          "  - id: output\n    name: {vi: Sản lượng, en: Output}\n    unit: {vi: t, en: t}\n    decimals: 1\n    additive: flow\n"
          "  - id: iip\n    name: {vi: Chỉ số, en: Index}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 2\n" },
        /* later versions: a commune more, a province that ended last month, one that moved; an indicator more, one now added up */
        { "units/all.csv", UNITS_HEAD "01,tinh,Hà Nội,Ha Noi,VN,2004-01-01,\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,\n"
                                      "42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n" UNITS_REST "25002,xa,Ba,Ba,25,2020-01-01,\n" },
        { "units/all.csv", UNITS_HEAD "01,tinh,Hà Nội,Ha Noi,VN,2004-01-01,2026-08-31\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,\n"
                                      "42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n25001,xa,Một,Mot,42,2020-01-01,\n" },
        { "indicators/all.yaml",
          "indicators:\n"
          "  - id: output\n    name: {vi: Sản lượng, en: Output}\n    unit: {vi: t, en: t}\n    decimals: 1\n    additive: flow\n"
          "  - id: iip\n    name: {vi: Chỉ số, en: Index}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 2\n    additive: stock\n"
          "  - id: late\n    name: {vi: Sau, en: Late}\n    unit: {vi: t, en: t}\n    decimals: 1\n    additive: flow\n" },
        /* a workflow, and its correction */
        { "workflows/permit/1.workflow", WORKFLOW_HEAD "days: 5, count: working" WORKFLOW_REST },
        { "workflows/permit/1.workflow", WORKFLOW_HEAD "days: 9, count: calendar" WORKFLOW_REST },
        /* an act by which two provinces merge, as it was recorded, as it is withdrawn, and another by which one is begun anew */
        { "units/arrangements/a.csv", ACT_HEAD "25,25,1,2026-06-01,A,,tinh,Mới,Moi,VN\n42,25,1,2026-06-01,A,,,,,\n" },
        { "units/arrangements/a.csv", "" },
        { "units/arrangements/b.csv", ACT_HEAD "25,25,1,2026-07-01,B,,tinh,Nữa,Nua,VN\n" },
        { "units/arrangements/b.csv", "" },
};
#define FILES_AT_FIRST 3
#define FILES_LATER 3
#define FILE_WORKFLOW (FILES_AT_FIRST + FILES_LATER)
#define FILE_ACT (FILE_WORKFLOW + 2)
#define FILES_OF_ACTS 4

static void say_file(struct world *x, int writer, size_t file)
{
        write_entry(x, writer, "*", "", "", "catalogue.file", arena_print(x->arena, "catalogue/%s", files[file].path),
                    arena_print(x->arena, "{\"path\":\"%s\",\"text\":%s}", files[file].path, quoted(x, files[file].text)));
}

static const char *const units_told[] = { "VN", "25", "42", "01", "25001", "42001", "25002", "99" };
static const char *const indicators_told[] = { "output", "output", "iip", "late", "never" };
static const char *const periods_told[] = { "2026-07", "2026-08", "2026-09" };
static const char *const moments_told[] = { "", ",submitted,none,2026-09-20", ",published,revised,2026-09-20",
                                            ",draft,,2026-09-21", ",approved,official", ",published,,2026-10-01" };

static const char *some_figures(struct world *x, const char *unit, bool with_moment)
{
        const char *block = "";

        for (unsigned i = 0, n = 1 + draw(4); i < n; i++) {
                const char *indicator = "output", *about = unit, *in, *rest = "";
                unsigned value;

                if (x->is_dense) {
                        about = draw(4) == 0 || *unit == '2' ? unit : "25";
                        rest = with_moment && draw(3) == 0 ? moments_told[draw(6)] : "";
                } else {
                        indicator = indicators_told[draw(draw(3) == 0 ? 5 : 2)];
                        about = draw(6) == 0 && !x->is_apart ? units_told[draw(8)] : unit;
                        rest = with_moment ? moments_told[draw(6)] : "";
                }
                in = periods_told[draw(x->is_dense ? 2 : 3)];
                value = draw(x->is_dense ? 4 : 5);
                block = arena_print(x->arena, "%s%s,%s,%s,,,%u%s\n", block, indicator, about, in, value, rest);
        }
        return block;
}

/* What it had seen of the others: all, a part or nothing of their streams; or it says nothing, as older programs do. */
static const char *some_seen(struct world *x, int writer)
{
        const char *list = "";

        if (draw(6) == 0)
                return "";
        for (size_t i = 0; i < x->count; i++) {
                const struct stream *s = &x->streams[i];

                if (s->writer != &writers[writer] && s->seq > 0 && draw(3) > 0)
                        list = arena_print(x->arena, "%s%s\"%s\":%lld", list, *list == '\0' ? "" : ",", s->name,
                                           (long long)(draw(2) == 0 ? s->seq : 1 + (int64_t)draw((unsigned)s->seq)));
        }
        return draw(40) == 0 ? "\"seen\":[1]," : arena_print(x->arena, "\"seen\":{%s},", list);
}

static void remember_told(struct world *x, int writer, const char *audience, const char *block, const char *subject)
{
        if (x->told_count == sizeof x->told / sizeof *x->told)
                return;
        memcpy(x->told[x->told_count].hash, stream_of(x, writer, audience)->hash, HASH_HEX);
        x->told[x->told_count].block = block;
        x->told[x->told_count++].subject = subject;
}

/* A decision between some of the newest entries with figures, with lines of theirs; now and then about nothing. */
static void say_settled(struct world *x, int writer, const char *audience)
{
        const char *of = "", *unpublished = "", *block = "", *subject = "figures", *role, *reason;
        bool names_unpublished = x->told_count % 4 == 0; /* of whatever audience: who has them follows them, who has not must not wait */
        char chosen[HASH_HEX] = "";
        bool is_report = draw(2) == 0;

        if (x->told_count == 0)
                return;
        for (unsigned i = 0, n = 1 + draw(2) + draw(2); i < n; i++) {
                size_t which = x->told_count - 1 - draw((unsigned)(x->told_count < 9 ? x->told_count : 9));
                const char *lines = x->told[which].block;

                if (names_unpublished && i > 0)
                        unpublished = arena_print(x->arena, "%s%s\"%s\"", unpublished, i == 1 ? "\"unpublished\":[" : ",", x->told[which].hash);
                else
                        of = arena_print(x->arena, "%s%s\"%s\"", of, i == 0 ? "" : ",", x->told[which].hash);
                memcpy(chosen, x->told[which].hash, HASH_HEX);
                if (is_report)
                        subject = x->told[which].subject;
                for (unsigned skip = draw(3); skip > 0 && strchr(lines, '\n')[1] != '\0'; skip--)
                        lines = strchr(lines, '\n') + 1;
                block = arena_print(x->arena, "%s%.*s\n", block, (int)strcspn(lines, "\n"), lines);
        }
        role = draw(8) == 0 ? "specialist" : "director";
        reason = draw(12) == 0 ? "" : "kiem tra lai";
        if (draw(2) != 0)
                chosen[0] = '\0';
        write_entry(x, writer, audience, "an", role, strncmp(subject, "report/", 7) == 0 ? "report.settle" : "figures.settle", subject,
                    arena_print(x->arena, "{\"reason\":\"%s\",\"of\":[%s],%s%s\"chosen\":\"%s\",\"figures\":%s}", reason, of, unpublished,
                                *unpublished == '\0' ? "" : "],", chosen, quoted(x, block)));
        remember_told(x, writer, audience, block, subject);
}

static void say_figures(struct world *x, int writer, const char *audience)
{
        static const char *const roles[] = { "specialist", "director", "admin", "enterprise", "nobody", "from the future" };
        bool has_author = draw(x->is_dense ? 9 : 3) == 0;
        const char *role = has_author ? roles[draw(6)] : "", *status = draw(2) == 0 ? "published" : "submitted";
        const char *block = some_figures(x, writers[writer].unit, true), *seen = some_seen(x, writer);

        write_entry(x, writer, audience, has_author ? "someone" : "", role, "figures.report", "figures",
                    arena_print(x->arena, "{\"source\":\"s\",\"status\":\"%s\",%s\"figures\":%s}", status, seen, quoted(x, block)));
        remember_told(x, writer, audience, block, "figures");
}

/* Weights, shares, sample and output of few establishments, so that the same is said often. */
static void say_industry(struct world *x, int writer, const char *audience)
{
        const char *unit = draw(8) == 0 ? units_told[draw(8)] : writers[writer].unit;
        bool has_author = draw(3) == 0;
        const char *author = has_author ? "someone" : "", *role = !has_author ? "" : draw(3) == 0 ? "enterprise" : "specialist";
        const char *kind, *subject, *about, *lines;
        unsigned what = draw(3), first = draw(100), second = draw(100);
        const char *saw_nothing = second % 3 == 0 ? "" : "\"seen\":{},"; /* or it says nothing of that */

        switch (what) {
        case 0:
                kind = first % 3 == 0 ? "iip.shares" : "iip.weights";
                subject = first % 3 == 0 ? "iip/shares" : "iip/weights";
                about = arena_print(x->arena, "%s\"from\":\"20%u-01\",\"base\":\"2015\",", saw_nothing, 18 + draw(2));
                lines = draw(8) == 0 ? "many" : "12";
                lines = first % 3 != 0 ? arena_print(x->arena, "TOTAL\t\tWhole\t\t1\t\np\tTOTAL\tProduct\tt\t%u\t%s\n", first % 9, lines)
                        : first > 75   ? "3100\t\t\toffice\t2026-02-01\n"
                                       : arena_print(x->arena, "3100\t3101\t%u\tsurvey\t2026-01-31\n3100\t3102\t%u\tsurvey\t2026-01-31\n", first, 100 - first + second / 90);
                break;
        case 1:
                kind = "iip.sample";
                subject = "iip/sample";
                about = saw_nothing;
                lines = arena_print(x->arena, "A\tOne\tp\t2018-%02u\t%s\nB\tTwo\tp\t2018-01\t%s\n", 1 + first % 12,
                                    second % 3 > 0 ? "" : second % 2 > 0 ? "2018-12\t2019-03\t" : "2019-01\t2019-01\t2019-12", /* the last overlaps */
                                    draw(4) == 0 ? "2020-12" : "");
                break;
        default:
                kind = "iip.output";
                subject = "iip/output";
                about = draw(4) > 0 ? "" : draw(2) == 0 ? "inventory" : "wages";
                lines = some_seen(x, writer);
                about = arena_print(x->arena, "\"series\":\"%s\",%s\"month\":\"2019-%02u\",", about, lines, 1 + draw(3));
                lines = draw(4) == 0 ? "kg" : "t";
                lines = arena_print(x->arena, "A\tp\tt\t%u\n%c\tp\t%s\t%u.5\n", first, 'A' + (int)draw(2), lines, second);
                break;
        }
        write_entry(x, writer, audience, author, role, kind, subject,
                    arena_print(x->arena, "{\"unit\":\"%s\",%s\"lines\":%s}", unit, about, quoted(x, lines)));
}

static const char *some_subject(struct world *x, const char *unit)
{
        return arena_print(x->arena, "report/monthly/%s@%s/%s", unit, strlen(unit) == 2 ? "2004-01-01" : "2020-01-01",
                           periods_told[draw(3)]);
}

static void say_sent(struct world *x, int writer, const char *audience)
{
        const char *unit = !x->is_dense && !x->is_apart && draw(6) == 0 ? units_told[draw(8)] : writers[writer].unit;
        const char *subject = some_subject(x, unit);
        const char *block = some_figures(x, unit, false), *seen = some_seen(x, writer);
        int64_t version = 1 + draw(3);

        write_entry(x, writer, audience, "an", draw(8) == 0 ? "specialist" : "director", "report.send", subject,
                    arena_print(x->arena, "{\"by\":\"An\",\"filled_by\":\"Ha\",\"version\":%lld,\"form\":\"monthly\",%s\"figures\":%s}",
                                (long long)version, seen, quoted(x, block)));
        remember_told(x, writer, audience, block, subject);
        if (x->sent_count < 64) {
                struct stream *s = stream_of(x, writer, audience);

                memcpy(x->sent[x->sent_count], s->hash, HASH_HEX);
                x->sent_version[x->sent_count] = version;
                x->sent_subject[x->sent_count++] = subject;
        }
}

static void remember_decided(struct world *x, int writer, const char *audience, size_t about)
{
        size_t place = x->decided_count < 64 ? x->decided_count++ : draw(64);

        memcpy(x->decided[place].hash, stream_of(x, writer, audience)->hash, HASH_HEX);
        x->decided[place].about = about;
}

static void say_decision(struct world *x, int writer, const char *audience)
{
        bool is_return = draw(2) == 0;
        size_t about = x->sent_count == 0 ? 0 : x->sent_count - 1 - draw((unsigned)(x->sent_count < 6 ? x->sent_count : 6));
        const char *subject;

        if (x->sent_count == 0)
                return;
        subject = draw(10) == 0 ? some_subject(x, "25") : x->sent_subject[about];
        write_entry(x, writer, audience, "bo", "specialist", is_return ? "report.return" : "report.accept", subject,
                    arena_print(x->arena, "{\"by\":\"Bo\",\"version\":%lld,%s\"of\":\"%s\"%s}", (long long)x->sent_version[about], some_seen(x, writer),
                                draw(12) == 0 ? node_key(writers[0].node) : x->sent[about],
                                is_return ? ",\"reason\":\"sai\",\"cells\":\"6\",\"due\":\"2026-12-01T17:00:00.000+07:00\"" : ""));
        remember_decided(x, writer, audience, about);
}

/* A choice between some decisions, mostly about one version; now and then of none of them, or by who may not. */
static void say_chosen(struct world *x, int writer, const char *audience)
{
        const char *of = "", *chosen = "";
        size_t which = x->decided_count == 0 ? 0 : draw((unsigned)x->decided_count), named = 0;

        for (size_t i = x->decided_count; i-- > 0 && named < 3;) {
                if (x->decided[i].about != x->decided[which].about && draw(30) > 0)
                        continue;
                of = arena_print(x->arena, "%s%s\"%s\"", of, named++ == 0 ? "" : ",", x->decided[i].hash);
                if (named == 1 || draw(2) == 0)
                        chosen = x->decided[draw(20) == 0 ? which : i].hash;
        }
        if (named == 0)
                return;
        write_entry(x, writer, audience, "cu", draw(8) == 0 ? "specialist" : "director", "report.decision.settle", x->sent_subject[x->decided[which].about],
                    arena_print(x->arena, "{\"by\":\"Cu\",\"reason\":\"%s\",\"of\":[%s],\"chosen\":\"%s\"}", draw(12) == 0 ? "" : "da doi chieu", of, chosen));
        remember_decided(x, writer, audience, x->decided[which].about);
}

static void say_account(struct world *x, int writer, const char *audience)
{
        static const char *const logins[] = { "an", "binh", "x" };
        const char *by = draw(4) == 0 ? "specialist" : "admin", *login = logins[draw(3)], *role = draw(2) == 0 ? "specialist" : "director";
        const char *unit = draw(3) == 0 ? units_told[draw(8)] : writers[writer].unit, *is_disabled = draw(2) == 0 ? "true" : "false";

        write_entry(x, writer, audience, "root", by, "account.user", "account/an",
                    arena_print(x->arena, "{\"login\":\"%s\",\"name\":\"N%u\",\"role\":\"%s\",\"unit\":\"%s\",\"disabled\":%s}", login,
                                draw(9), role, unit, is_disabled));
}

/* Attachments, persons, and that they are erased: few names, so that these meet, by whoever it may be. */
static void say_blob(struct world *x, int writer, const char *audience)
{
        static const char *const roles[] = { "specialist", "director", "admin", "nobody" };
        bool has_author = draw(2) == 0;
        const char *author = has_author ? "an" : "", *role = has_author ? roles[draw(4)] : "";
        const char *person = arena_print(x->arena, "p%032x", draw(3)), *id = arena_print(x->arena, "%064x", draw(4));
        const char *kind, *body, *part;

        switch (draw(5)) {
        case 0:
                kind = "blob.person";
                id = person;
                body = arena_print(x->arena, "{\"person\":\"%s\"}", person);
                break;
        case 1:
        case 2:
                kind = "blob.erase";
                id = draw(2) == 0 ? id : person;
                part = draw(4) == 0 ? units_told[draw(8)] : writers[writer].unit;
                part = arena_print(x->arena, "\"unit\":\"%s\",\"by\":\"An\",\"why\":\"sai\",\"basis\":\"%s\"", part,
                                   draw(12) == 0 ? "" : "luat");
                body = arena_print(x->arena, "{\"node\":\"%s\",\"id\":\"%s\",%s}",
                                   node_key(writers[draw(4) == 0 ? draw(PHUTHO_NEXT + 1) : (unsigned)writer].node), id, part);
                break;
        default:
                kind = "blob.add";
                part = draw(2) == 0 ? arena_print(x->arena, ",\"person\":\"%s\"", person) : "";
                body = arena_print(x->arena, "{\"hash\":\"%s\",\"size\":5,\"stored\":%d,\"type\":\"text/plain\",\"label\":\"v1.x\"%s}", id,
                                   draw(12) == 0 ? 45 : 46, part);
                break;
        }
        write_entry(x, writer, audience, author, role, kind, arena_print(x->arena, "blob/%s", id), body);
}

/* What must be refused wherever it comes from; each is tried as evidence of nothing. */
static void say_mischief(struct world *x, int writer)
{
        const char *unit = writers[writer].unit, *kind;

        switch (draw(8)) {
        case 0: say_trust(x, writer, "node.revoke", MINISTRY, unit); break;
        case 1: say_trust(x, writer, "node.trust", STRANGER, units_told[draw(8)]); break;
        case 2:
                kind = draw(2) == 0 ? "node.trust" : "node.revoke";
                say_trust(x, writer, kind, (int)draw(STRANGER + 1), unit);
                break;
        case 3: say_file(x, writer, draw(FILE_WORKFLOW)); break;
        case 4: say_decision(x, writer, "*"); break;
        case 5:
                write_entry(x, writer, "*", "an", "specialist", "report.draft", some_subject(x, unit),
                            "{\"by\":\"An\",\"cells\":{\"6\":{\"typed\":\"1\"}}}");
                break;
        case 6: write_entry(x, writer, unit, "a", "admin", "account.password", "account/a", "{\"login\":\"a\",\"hash\":\"h\"}"); break;
        default: write_entry(x, writer, "*", "", "", "kind.of.tomorrow", "t", "{\"any\":[1,2,3]}"); break;
        }
}

/* ---- keys and units that follow others ------------------------------------------------------------------------------ */

/* The old key's last entry and the new one's first; which: 0, 2: one of them alone, as either must do; 1: badly signed. */
static void say_rotation(struct world *x, int old, int next, unsigned which)
{
        const char *old_key = node_key(writers[old].node), *next_key = node_key(writers[next].node), *unit = writers[old].unit;
        unsigned char signature[64];
        char hex[129];

        if (x->is_rotated[old])
                return;
        x->is_rotated[old] = true;
        if (which != 0)
                say_trust(x, old, "node.rotate", next, unit);
        trust_introduce(writers[old].node, next_key, signature);
        if (which == 1)
                signature[5] ^= 1;
        hex_write(hex, signature, sizeof signature);
        if (which != 2)
                write_entry(x, next, "*", "", "", "node.former", arena_print(x->arena, "node/%s", old_key),
                            arena_print(x->arena, "{\"key\":\"%s\",\"unit\":\"%s\",\"signature\":\"%s\"}", old_key, unit, hex));
}

static void say_succession(struct world *x)
{
        static const char *const said[][2] = { { "25", "\"25\",\"42\"" }, { "42", "\"42\",\"01\"" }, { "01", "\"25\"" } };
        int writer = draw(8) == 0 ? HANOI : draw(4) == 0 ? MINISTRY_NEXT : MINISTRY;
        const char *const *one = said[draw(3)], *node = "";

        if (x->succession_count > 0 && draw(2) == 0) {
                write_entry(x, writer, "*", "", "", "node.succeed.undo", "succession",
                            arena_print(x->arena, "{\"of\":\"%s\"}", x->successions[draw((unsigned)x->succession_count)]));
                return;
        }
        if (draw(2) == 0)
                node = arena_print(x->arena, ",\"node\":\"%s\"", node_key(writers[PHUTHO + (int)draw(3)].node));
        write_entry(x, writer, "*", "", "", "node.succeed", "succession",
                    arena_print(x->arena, "{\"unit\":\"%s\",\"from\":[%s],\"act\":\"NQ 1\",\"day\":\"%s\"%s}", one[0], one[1],
                                draw(3) == 0 ? "2027-01-01" : "2025-07-01", node));
        if (x->succession_count < 8)
                memcpy(x->successions[x->succession_count++], stream_of(x, writer, "*")->hash, HASH_HEX);
}

static void say_key_life(struct world *x)
{
        switch (draw(4)) {
        case 0: say_rotation(x, PHUTHO, PHUTHO_NEXT, draw(6)); break;
        case 1:
                if (draw(3) == 0)
                        say_rotation(x, MINISTRY, MINISTRY_NEXT, draw(6));
                break;
        default: say_succession(x); break;
        }
}

/* Weights, shares of a class, a line of the sample: which of them, and what is said of it. */
static const char *statement(struct world *x, int what, int of, int value)
{
        switch (what) {
        case 0:
                return arena_print(x->arena, "\"from\":\"2019-0%d\",\"base\":\"2015\",\"lines\":\"TOTAL\\t\\tWhole\\t\\t1\\t\\np\\tTOTAL\\tProduct\\tt\\t%d\\t12\"", of, value);
        case 1:
                return arena_print(x->arena, "\"lines\":\"320%d\\t3201\\t%d\\tsurvey\\t2026-01-31\\n320%d\\t3202\\t%d\\tsurvey\\t2026-01-31\"", of, value, of, 100 - value);
        default:
                return arena_print(x->arena, "\"lines\":\"R\\tOne\\tp\\t2018-0%d\\t2019-%d\"", of, value);
        }
}

/* Two nodes state the same thing of each kind twice, without having seen each other, and one decides about the second; no chance in it. */
static void say_statements(struct world *x)
{
        static const char *const kinds[] = { "iip.weights", "iip.shares", "iip.sample" };
        const int rivals[] = { x->is_rotated[MINISTRY] ? MINISTRY_NEXT : MINISTRY, TWIN };

        for (int i = 0; i < 6; i++) {
                const char *of = "";

                for (int k = 0; k < 2; k++) {
                        write_entry(x, rivals[k], "25", "", "", kinds[i % 3], "iip", arena_print(x->arena, "{\"unit\":\"25\",\"seen\":{},%s}", statement(x, i % 3, 1 + i / 3, 10 + k)));
                        of = arena_print(x->arena, "%s%s\"%s\"", of, k == 0 ? "" : ",", stream_of(x, rivals[k], "25")->hash);
                }
                if (i >= 3)
                        write_entry(x, TWIN, "25", "an", "director", arena_print(x->arena, "%s.settle", kinds[i % 3]), "iip",
                                    arena_print(x->arena, "{\"unit\":\"25\",\"reason\":\"measured\",\"of\":[%s],%s}", of, statement(x, i % 3, 1 + i / 3, 10)));
        }
}

/* Nodes that may report the same, without having seen each other; no chance in it. */
static void say_rivals(struct world *x)
{
        static const int rivals[] = { MINISTRY, PHUTHO, TWIN };

        for (int i = 0; i < 6; i++)
                write_entry(x, rivals[i % 3], "25", "", "", "iip.output", "iip/output",
                            arena_print(x->arena, "{\"unit\":\"25\",\"seen\":{},\"month\":\"2019-0%d\",\"lines\":\"A\\tp\\tt\\t%d\"}", 1 + i / 3, 10 + i % 2));
}

/* At the end, when much has been said about who may say what. */
static void say_industries(struct world *x)
{
        if (!x->is_apart)
                say_rivals(x);
        for (int i = 0; i < 24; i++) {
                int writer = (int)draw(MINISTRY_NEXT + 1);
                bool is_apart_writer = writer != HANOI && writer != STRANGER && writer != PHUTHO_NEXT && writer != MINISTRY_NEXT;

                if (!x->is_apart || is_apart_writer)
                        say_industry(x, writer, draw(4) == 0 && !x->is_apart ? "*" : writers[writer].unit);
                x->now += draw(5) == 0 ? (moment)draw(48) * 3600000 : 0;
        }
}

/* Where not all can read all, a case that is opened in a stream is opened in no other one; what is done to it may be written in any. */
static char letter_of(const struct world *x, const char *audience)
{
        return (char)(x->is_apart ? 'A' + (int)(strlen(audience) + (unsigned char)audience[0]) % 20 : 'A');
}

/* Few cases, so that what is done to them meets: opened twice, below each other, acted on before they are, by whoever it may be, about any day, in
 * whatever stream: most are of 25001. */
static void say_case(struct world *x, int writer, const char *audience)
{
        static const char *const units[] = { "25001@2020-01-01", "25001@2020-01-01", "25@2004-01-01", "42001@2020-01-01", "VN@1945-09-02", "99" };
        static const char *const actions[] = { "take", "take", "query", "back", "hold", "go_on", "ask", "reply", "note", "grant", "grant", "refuse", "appeal", "withdraw", "never" };
        static const char *const roles[] = { "specialist", "director", "specialist", "nobody" };
        const char *id = arena_print(x->arena, "CASE0%c000%u", letter_of(x, audience), draw(3)), *kind, *body;
        const char *own = writer == COMMUNE ? units[0] : writer == MINISTRY ? units[4] : units[2], *unit = draw(5) == 0 ? units[draw(6)] : own;
        char on[DAY_TEXT_MAX];

        day_write(on, day_of_moment(x->now) - (draw(6) == 0 ? 2 : 0) + (draw(12) == 0 ? 9 : 0));
        switch (draw(6)) {
        case 0:
        case 1:
                kind = "case.open";
                body = arena_print(x->arena, "\"workflow\":\"permit\",\"case_unit\":\"%s\",\"title\":\"Viec %u\",\"parent\":\"%s\",\"fields\":{\"cost\":\"%u\"}",
                                   units[draw(3)], draw(3), draw(3) == 0 ? arena_print(x->arena, "%.9s0", id) : "", draw(99));
                break;
        case 2:
                if (draw(4) == 0) {
                        kind = "case.assign";
                        body = "\"case_unit\":\"25001@2020-01-01\",\"reason\":\"chia\"";
                        break;
                } /* fall through */
        default:
                id = arena_print(x->arena, "CASE0%c000%u", letter_of(x, draw(4) == 0 ? "25" : "25001"), draw(3));
                kind = "case.act";
                body = arena_print(x->arena, "\"action\":\"%s\",\"reason\":\"vi\",\"days\":1,\"points\":{\"worth\":6},\"units\":[\"%s\"],\"opinion\":\"agree\",\"fields\":{%s}", actions[draw(sizeof actions / sizeof *actions)],
                                   draw(2) == 0 ? "VN" : "25", draw(2) == 0 ? "\"cost\":\"5\"" : "");
        }
        write_entry(x, writer, audience, "an", roles[draw(8) == 0 ? 3 : draw(3)], kind, arena_print(x->arena, "case/%s", id),
                    arena_print(x->arena, "{%s,\"on\":\"%s\",\"by\":\"An\",\"unit\":\"%s\"}", body, on, unit));
}

/* After all else, so that what else there is does not change with them; the workflow is corrected between them. */
static void say_cases(struct world *x)
{
        static const int all[] = { MINISTRY, PHUTHO, TWIN, COMMUNE, PHUTHO, COMMUNE };
        static const char *const audiences[] = { "25", "25", "VN", "42", "*" };

        say_file(x, MINISTRY, FILE_WORKFLOW);
        say_trust(x, MINISTRY, "node.trust", PHUTHO, "25"); /* most have lost their rights by now */
        say_trust(x, PHUTHO, "node.trust", COMMUNE, "25001");
        for (int i = 0; i < 60; i++) {
                int writer = all[draw(6)];

                say_case(x, writer, draw(3) > 0 ? "25001" : audiences[draw(5)]);
                if (!x->is_apart && draw(20) == 0)
                        say_file(x, MINISTRY, FILE_WORKFLOW + draw(2));
                x->now += draw(3) == 0 ? (moment)draw(6) * 3600000 : 0;
        }
}

/* Cases from their beginning to an end, each act by whom it is for, on whatever node of that unit; what others say of the same cases may stand between. */
static void say_lives(struct world *x, char letter, bool is_disturbed)
{
        static const struct { int life; const char *action; char by; const char *more; } acts[] = { /* by: own, upper, asked */
                { 0, NULL, 'o', "" },      { 0, "take", 'u', "" },   { 1, NULL, 'o', "" },     { 0, "ask", 'u', "\"units\":[\"VN\"]" }, { 1, "take", 'o', "" },
                { 2, NULL, 'u', "" },      { 0, "reply", 'a', "\"opinion\":\"conditions\"" },    { 1, "hold", 'u', "" },   { 2, "take", 'u', "" },
                { 3, NULL, 'o', "" },      { 1, "go_on", 'u', "" },  { 2, "refuse", 'u', "" }, { 0, "grant", 'u', "" },  { 3, "take", 'u', "" },
                { 4, NULL, 'o', "" },      { 1, "query", 'u', "" },  { 3, "extend", 'u', "\"days\":2" }, { 2, "appeal", 'o', "" },   { 4, "take", 'o', "" },
                { 1, "back", 'o', "" },    { 3, "grant", 'u', "" } /* too early: the one below it goes on */, { 4, "stop", 'u', "" },
                { 0, "note", 'o', "\"fields\":{\"cost\":\"7\"}" }, { 1, "withdraw", 'o', "" },    { 4, "restart", 'u', "" },
                { 4, "points", 'u', "\"points\":{\"worth\":8}" }, { 2, "grant", 'u', "" },  { 4, "award", 'u', "" },     { 3, "grant", 'u', "" },
                { 5, NULL, 'u', "" },      { 5, "take", 'u', "" },   { 5, "refuse", 'u', "" },
        };
        for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
                char by = acts[i].by;
                int writer = by == 'u' ? draw(3) == 0 ? TWIN : PHUTHO : by == 'o' ? COMMUNE : MINISTRY;
                const char *unit = by == 'o' ? "25001@2020-01-01" : by == 'u' ? "25@2004-01-01" : "VN@1945-09-02", *body;
                char on[DAY_TEXT_MAX];

                x->now += (moment)draw(5) * 3600000;
                day_write(on, day_of_moment(x->now));
                if (acts[i].action == NULL) {
                        const char *parent = acts[i].life == 4 ? arena_print(x->arena, ",\"parent\":\"CASE%c00003\"", letter) : "";

                        body = arena_print(x->arena, "\"workflow\":\"permit\",\"case_unit\":\"25001@2020-01-01\",\"title\":\"Viec\",\"fields\":{\"cost\":\"9\"}%s", parent);
                } else
                        body = arena_print(x->arena, "\"action\":\"%s\",\"reason\":\"vi\"%s%s", acts[i].action, *acts[i].more == '\0' ? "" : ",", acts[i].more);
                write_entry(x, writer, "25001", "an", "specialist", acts[i].action == NULL ? "case.open" : "case.act",
                            arena_print(x->arena, "case/CASE%c0000%d", letter, acts[i].life),
                            arena_print(x->arena, "{%s,\"on\":\"%s\",\"by\":\"An\",\"unit\":\"%s\"}", body, on, unit));
                if (is_disturbed && draw(6) == 0) { /* somebody acts beside it */
                        write_entry(x, (int[]){ PHUTHO, TWIN, COMMUNE, MINISTRY }[draw(4)], "25001", "an", "director", "case.act",
                                    arena_print(x->arena, "case/CASE%c0000%u", letter, draw(6)),
                                    arena_print(x->arena, "{\"action\":\"%s\",\"on\":\"%s\",\"by\":\"An\",\"unit\":\"25@2004-01-01\"}",
                                                (const char *[]){ "query", "back", "hold", "note", "refuse" }[draw(5)], on));
                }
        }
}

/* An act in a case of 25001 that says which one it follows; its hash. */
static const char *say_act(struct world *x, int writer, const char *id, const char *after, const char *act)
{
        const char *unit = writer == COMMUNE ? "25001@2020-01-01" : *writers[writer].unit == 'V' ? "VN@1945-09-02" : "25@2004-01-01";
        char on[DAY_TEXT_MAX];

        x->now += (moment)draw(3) * 600000;
        day_write(on, day_of_moment(x->now));
        write_entry(x, writer, "25001", "an", "specialist", "case.act", arena_print(x->arena, "case/%s", id),
                    arena_print(x->arena, "{%s,%s\"after\":\"%s\",\"on\":\"%s\",\"by\":\"An\",\"unit\":\"%s\"}", act, draw(12) == 0 ? some_seen(x, writer) : "\"seen\":{},", after, on, unit));
        return arena_text(x->arena, stream_of(x, writer, "25001")->hash);
}

static const char *say_choice(struct world *x, int writer, const char *id, const char *of, const char *chosen)
{
        char on[DAY_TEXT_MAX];

        day_write(on, day_of_moment(x->now));
        write_entry(x, writer, "25001", "cu", draw(9) == 0 ? "specialist" : "director", "case.settle", arena_print(x->arena, "case/%s", id),
                    arena_print(x->arena, "{\"by\":\"Cu\",\"unit\":\"%s\",\"on\":\"%s\",\"reason\":\"%s\",\"of\":[%s],\"chosen\":\"%s\"}",
                                writer == COMMUNE ? "25001@2020-01-01" : *writers[writer].unit == 'V' ? "VN@1945-09-02" : "25@2004-01-01", on, draw(20) == 0 ? "" : "xet", of, chosen));
        return arena_text(x->arena, stream_of(x, writer, "25001")->hash);
}

/* Cases in which several nodes act after one and the same act, alike or not, go on upon it, and decide; now and then who may not, or about something else. */
static void say_doubts(struct world *x)
{
        const int ministry = now_of(x, MINISTRY), nodes[] = { now_of(x, PHUTHO), now_of(x, TWIN), COMMUNE };
        static const char *const of_unit[] = { "refuse", "query", "hold", "refuse", "grant" };
        static const struct { const char *about, *on; } upon[] = { { "query", "back" }, { "hold", "go_on" }, { "refuse", "grant" }, { "grant", "note" }, { "refuse", "withdraw" } };

        say_trust(x, ministry, "node.trust", nodes[0], "25");
        say_trust(x, ministry, "node.trust", nodes[1], "25");
        say_trust(x, nodes[0], "node.trust", COMMUNE, "25001");
        for (unsigned life = 0; life < 6; life++) {
                const char *id = arena_print(x->arena, "DVBT0%c000%u", letter_of(x, "25001"), life), *after, *of = "", *side[4], *choice[2];
                char on[DAY_TEXT_MAX];
                size_t count = 0;

                day_write(on, day_of_moment(x->now));
                write_entry(x, COMMUNE, "25001", "an", "specialist", "case.open", arena_print(x->arena, "case/%s", id),
                            arena_print(x->arena, "{\"workflow\":\"permit\",\"case_unit\":\"25001@2020-01-01\",\"title\":\"Viec\",\"fields\":{\"cost\":\"9\"},\"on\":\"%s\",\"by\":\"An\",\"unit\":\"25001@2020-01-01\"}", on));
                after = arena_text(x->arena, stream_of(x, COMMUNE, "25001")->hash);
                side[0] = say_act(x, nodes[0], id, after, "\"action\":\"take\"");
                if (draw(3) == 0) {
                        side[1] = say_act(x, nodes[1], id, after, "\"action\":\"take\"");
                        after = side[draw(2)];
                } else
                        after = side[0];
                for (unsigned k = 0; k < 3; k++) {
                        const char *action = nodes[k] == COMMUNE ? "withdraw" : of_unit[draw(5)], *more = "";
                        unsigned least = draw(6);

                        if (nodes[k] == COMMUNE && draw(2) == 0)
                                continue;
                        if (life == 5 && nodes[k] != COMMUNE) /* of less than the state */
                                action = "extend", more = arena_print(x->arena, ",\"days\":%u", 1 + least % 2);
                        side[count] = say_act(x, nodes[k], id, after, arena_print(x->arena, "\"action\":\"%s\"%s", action, more));
                        of = arena_print(x->arena, "%s%s\"%s\"", of, count == 0 ? "" : ",", side[count]);
                        for (size_t n = 0; n < sizeof upon / sizeof *upon; n++)
                                if (strcmp(upon[n].about, action) == 0 && draw(3) == 0)
                                        say_act(x, strcmp(upon[n].on, "withdraw") == 0 || strcmp(upon[n].on, "note") == 0 ? COMMUNE : nodes[k], id, side[count],
                                                arena_print(x->arena, "\"action\":\"%s\",\"fields\":{%s}", upon[n].on, strcmp(upon[n].on, "note") == 0 ? "\"cost\":\"8\"" : ""));
                        count++;
                }
                if (life % 3 == 0) /* nobody decides */
                        continue;
                for (unsigned k = 0; k < 2; k++)
                        choice[k] = say_choice(x, draw(8) == 0 ? (draw(2) == 0 ? COMMUNE : ministry) : nodes[k], id, draw(10) == 0 ? arena_print(x->arena, "\"%s\"", after) : of,
                                               side[draw(4) == 0 ? draw((unsigned)count) : k]);
                if (draw(2) == 0)
                        say_choice(x, nodes[draw(2)], id, arena_print(x->arena, "\"%s\",\"%s\"", choice[0], choice[1]), choice[draw(2)]);
        }
}

/* Two nodes act after one and the same act and choose, each its own; no chance in it. */
static void say_two_choices(struct world *x)
{
        static const int nodes[] = { PHUTHO, TWIN };
        static const char id[] = "case/DVBT1A0000";
        const char *own = "\"by\":\"An\",\"unit\":\"25001@2020-01-01\"", *above = "\"by\":\"An\",\"unit\":\"25@2004-01-01\"", *after, *side[2];
        char on[DAY_TEXT_MAX];

        day_write(on, day_of_moment(x->now));
        write_entry(x, COMMUNE, "25001", "an", "specialist", "case.open", id,
                    arena_print(x->arena, "{\"workflow\":\"permit\",\"case_unit\":\"25001@2020-01-01\",\"title\":\"Viec\",\"fields\":{\"cost\":\"9\"},\"on\":\"%s\",%s}", on, own));
        write_entry(x, PHUTHO, "25001", "an", "specialist", "case.act", id, arena_print(x->arena, "{\"action\":\"take\",\"on\":\"%s\",%s}", on, above));
        after = arena_text(x->arena, stream_of(x, PHUTHO, "25001")->hash);
        x->now += 60000;
        for (int i = 0; i < 2; i++) {
                write_entry(x, nodes[i], "25001", "an", "specialist", "case.act", id,
                            arena_print(x->arena, "{\"action\":\"%s\",\"reason\":\"vi\",\"seen\":{},\"after\":\"%s\",\"on\":\"%s\",%s}", i == 0 ? "query" : "refuse", after, on, above));
                side[i] = arena_text(x->arena, stream_of(x, nodes[i], "25001")->hash);
        }
        x->now += 60000;
        for (int i = 0; i < 2; i++)
                write_entry(x, nodes[i], "25001", "cu", "director", "case.settle", id,
                            arena_print(x->arena, "{\"reason\":\"xet\",\"of\":[\"%s\",\"%s\"],\"chosen\":\"%s\",\"on\":\"%s\",%s}", side[0], side[1], side[i], on, above));
}

/* An item is named "CLUSTER/LIST/ITEM", a report "report/…". */
static bool is_report(const char *item)
{
        return strncmp(item, "report/", 7) == 0;
}

static const char *cluster_subject(struct world *x, const char *item)
{
        return is_report(item) ? "cluster/report" : arena_print(x->arena, "cluster/%.*s", CLUSTER_ID_MAX - 1, item);
}

/* An item, and who may decide about it one day. */
static void record_item(struct world *x, int writer, const char *audience, const char *role, const char *item, const char *body, const char *seen, const char *unit)
{
        write_entry(x, writer, audience, "an", role, is_report(item) ? "cluster.report" : "cluster.set", cluster_subject(x, item), arena_print(x->arena, "{%s,%s\"by\":\"An\",\"unit\":\"%s\"}", body, seen, unit));
        if (x->recorded_count == sizeof x->recorded / sizeof *x->recorded)
                x->recorded_count = 0;
        memcpy(x->recorded[x->recorded_count].hash, stream_of(x, writer, audience)->hash, HASH_HEX);
        x->recorded[x->recorded_count].item = item;
        x->recorded[x->recorded_count].body = body;
        x->recorded[x->recorded_count++].unit = unit;
}

/* A decision for a version of an item, over all that was said of it, or some. */
static void settle_item(struct world *x, int writer, const char *audience)
{
        size_t chosen = x->recorded_count - 1 - draw((unsigned)(x->recorded_count < 6 ? x->recorded_count : 6));
        const char *of = arena_print(x->arena, "\"%s\"", x->recorded[chosen].hash);

        for (size_t i = 0; i < x->recorded_count; i++)
                if (i != chosen && strcmp(x->recorded[i].item, x->recorded[chosen].item) == 0 && draw(8) > 0)
                        of = arena_print(x->arena, "%s,\"%s\"", of, x->recorded[i].hash);
        write_entry(x, writer, audience, "an", draw(8) == 0 ? "specialist" : "director", is_report(x->recorded[chosen].item) ? "cluster.report.settle" : "cluster.settle", cluster_subject(x, x->recorded[chosen].item),
                    arena_print(x->arena, "{%s,%s\"of\":[%s],\"reason\":\"%s\",\"by\":\"An\",\"unit\":\"%s\"}", x->recorded[chosen].body, some_seen(x, writer), of,
                                draw(8) == 0 ? "" : "vi", x->recorded[chosen].unit));
}

/* Few clusters, so that what is said of them meets: whose they are by two units, reports older and newer, before and after that. */
static void say_cluster(struct world *x, int writer, const char *audience)
{
        static const char *const units[] = { "25@2004-01-01", "25@2004-01-01", "25001@2020-01-01", "42@2004-01-01", "99" };
        static const char *const roles[] = { "specialist", "director", "director", "nobody" };
        static const char *const lists[] = { "identity", "identity", "areas", "environment", "tenant", "plot" };
        const char *own = writer == COMMUNE ? units[2] : units[0], *unit = draw(6) == 0 ? units[draw(5)] : own, *list = lists[draw(6)], *item, *body;
        const char *id = arena_print(x->arena, "C%c%u", x->is_apart ? 'A' + (int)(strlen(audience) + (unsigned char)audience[0]) % 20 : 'A', draw(2));
        unsigned first = draw(90), second = draw(3);

        id = arena_print(x->arena, "%s%.*s", id, (int)(CLUSTER_ID_MAX - 1 - strlen(id)), "0000000000000000");
        if (x->recorded_count > 0 && draw(5) == 0) {
                settle_item(x, writer, audience);
                return;
        }
        if (draw(3) > 0) {
                item = strcmp(list, "tenant") == 0 || strcmp(list, "plot") == 0 ? arena_print(x->arena, "L%u", second) : "";
                body = arena_print(x->arena, "\"cluster\":\"%s\",\"list\":\"%s\",\"item\":\"%s\",\"on\":\"2019-01-0%u\",\"withdrawn\":%s", id, list, item,
                                   1 + second, draw(6) == 0 ? "true" : "false");
                body = arena_print(x->arena, "%s,\"fields\":{\"name\":\"Cum %u\",\"state\":\"operating\",\"total\":\"%u\",\"area\":\"%u\",\"wastewater\":\"9\"}",
                                   body, second, first, first);
                record_item(x, writer, audience, roles[draw(8) == 0 ? 3 : draw(3)], arena_print(x->arena, "%s/%s/%s", id, list, item), body, some_seen(x, writer), unit);
        } else {
                bool is_of_cluster = draw(3) > 0;

                body = arena_print(x->arena, "\"form\":\"%s\",\"about\":\"%s\",\"period\":\"2019-0%u\",\"cells\":{\"a\":\"%u\",\"b\":\"%u\"}",
                                   is_of_cluster ? "02" : "03", is_of_cluster ? id : unit, 1 + draw(2), first, second);
                record_item(x, writer, audience, roles[draw(8) == 0 ? 3 : draw(3)], arena_print(x->arena, "report/%s", is_of_cluster ? id : unit), body, draw(4) == 0 ? "" : some_seen(x, writer),
                            unit);
        }
}

static const char *item_of_day(struct world *x, const char *cluster, const char *list, const char *on, unsigned total)
{
        return arena_print(x->arena, "\"cluster\":\"%s\",\"list\":\"%s\",\"item\":\"\",\"on\":\"%s\",\"withdrawn\":false,\"fields\":{\"name\":\"Cum\",\"total\":\"%u\"}", cluster, list, on, total);
}

static const char *report_signed(struct world *x, const char *cluster, const char *of, unsigned value)
{
        return arena_print(x->arena, "\"form\":\"02\",\"about\":\"%s\",\"period\":\"%s\",\"cells\":{\"a\":\"%u\"}", cluster, of, value);
}

/* Two nodes that had not seen each other write of one item for two days, and one of them decides; no chance in it. */
static void say_versions(struct world *x)
{
        static const struct { int writer; const char *day; unsigned total; } versions[] = { { PHUTHO, "2019-01-02", 1 }, { TWIN, "2019-01-03", 2 } };
        const char *id = "CV00000000", *unit = "25@2004-01-01", *item = "CV00000000/areas/";

        for (int i = 0; i < 2; i++)
                record_item(x, versions[i].writer, "25", "director", item, item_of_day(x, id, "areas", versions[i].day, versions[i].total), "\"seen\":{},", unit);
        write_entry(x, PHUTHO, "25", "an", "director", "cluster.settle", cluster_subject(x, id),
                    arena_print(x->arena, "{%s,\"of\":[\"%s\",\"%s\"],\"reason\":\"vi\",\"by\":\"An\",\"unit\":\"%s\"}", x->recorded[1].body, x->recorded[0].hash, x->recorded[1].hash, unit));
        for (int i = 0; i < 2; i++)
                record_item(x, versions[i].writer, "25", "director", "report/", report_signed(x, id, "2019-03", versions[i].total), "\"seen\":{},", unit);
}

/* What units answer to a few findings of the rules. */
static void say_answer(struct world *x, int writer, const char *audience)
{
        static const char *const answers[] = { "explained", "accepted", "withdrawn", "perhaps" };
        const char *unit = draw(6) == 0 ? "99" : writer == COMMUNE ? "25001@2020-01-01" : "25@2004-01-01", *answer = answers[draw(4)];
        unsigned finding = draw(3), value = draw(3);

        write_entry(x, writer, audience, "an", draw(2) == 0 ? "specialist" : "director", "quality.answer", "quality",
                    arena_print(x->arena, "{\"finding\":\"f%u\",\"unit\":\"%s\",\"value\":\"%u\",\"answer\":\"%s\",\"reason\":\"%s\",\"by\":\"An\"}", finding,
                                unit, value, answer, draw(6) == 0 ? "" : "mua"));
}

/* After all else, as cases, while their writers have their rights. */
static void say_clusters(struct world *x)
{
        static const int all[] = { PHUTHO, TWIN, PHUTHO, COMMUNE };

        say_trust(x, MINISTRY, "node.trust", TWIN, "25");
        say_versions(x);
        for (int i = 0; i < 50; i++) {
                int writer = all[draw(4)];
                const char *audience = x->is_apart || draw(3) > 0 ? writers[writer].unit : "25";

                if (draw(4) == 0)
                        say_answer(x, writer, audience);
                else
                        say_cluster(x, writer, audience);
                x->now += draw(3) == 0 ? (moment)draw(6) * 3600000 : 0;
        }
}

static void begin_world(struct world *x, unsigned number)
{
        chance = 88172645463325252u + number * 7919u;
        *x = (struct world){ .arena = arena_open(WORK_MEMORY_USUAL), .now = moment_now() - (moment)40 * MOMENT_PER_DAY };
}

/* Each of its own unit, for this unit: nothing that decides about what others can read and some of them cannot. */
void make_world_apart(struct world *x, unsigned number)
{
        static const int all[] = { MINISTRY, PHUTHO, TWIN, COMMUNE, HATINH };

        begin_world(x, number);
        x->is_apart = true;
        for (int i = PHUTHO; i <= TWIN; i++)
                say_trust(x, MINISTRY, "node.trust", i, writers[i].unit);
        say_trust(x, PHUTHO, "node.trust", COMMUNE, "25001");
        for (size_t i = 0; i < FILES_AT_FIRST; i++)
                say_file(x, MINISTRY, i);
        for (int i = 0; i < 60; i++) {
                int writer = all[draw(5)];
                const char *unit = writers[writer].unit;

                switch (draw(9)) {
                case 0: say_key_life(x); break;
                case 1:
                case 2: say_sent(x, writer, unit); break;
                case 3: say_blob(x, writer, unit); break;
                case 4: say_account(x, writer, unit); break;
                case 5: say_trust(x, MINISTRY, draw(2) == 0 ? "node.revoke" : "node.trust", TWIN, "25"); break;
                default: say_figures(x, writer, unit); break;
                }
                x->now += draw(5) == 0 ? (moment)draw(48) * 3600000 : 0;
        }
        say_industries(x);
        say_cases(x);
        say_clusters(x);
        say_doubts(x);
        for (size_t i = 0; i < x->count; i++)
                seal(x, &x->streams[i]);
}

/* Two nodes of the ministry define the same few files, mostly without having seen each other, and decide; now and then as nobody may, or about nothing. */
static void say_definitions(struct world *x)
{
        static const char *const paths[] = { "periods.yaml", "sources.yaml", "periods.yaml", "units/all.csv" };
        const int both[] = { x->is_rotated[MINISTRY] ? MINISTRY_NEXT : MINISTRY, STRANGER };
        struct { char hash[HASH_HEX]; const char *path, *text; } said[24];
        size_t count = 0;

        x->now += 3600000;
        for (int i = 0; i < 24; i++) {
                int writer = both[draw(2)];
                const char *path = paths[draw(4)], *text = draw(8) == 0 ? "" : arena_print(x->arena, "%s: []\n# %u\n", *path == 'p' ? "windows" : "sources", draw(3));

                if (strcmp(path, "units/all.csv") == 0)
                        text = files[draw(2) == 0 ? 1 : FILES_AT_FIRST + draw(2)].text;
                if (draw(3) == 0)
                        x->now += 60000;
                if (count > 1 && draw(4) == 0) { /* of some of the newest about its file */
                        size_t chosen = count - 1 - draw(2);
                        const char *of = arena_print(x->arena, "\"%s\"", said[chosen].hash);

                        for (size_t n = 0; n < count; n++)
                                if (n != chosen && strcmp(said[n].path, said[chosen].path) == 0 && draw(4) > 0)
                                        of = arena_print(x->arena, "%s,\"%s\"", of, said[n].hash);
                        path = said[chosen].path;
                        text = draw(8) == 0 ? "# nobody's\n" : said[chosen].text;
                        write_entry(x, writer, "*", "an", draw(8) == 0 ? "specialist" : "director", "catalogue.settle", arena_print(x->arena, "catalogue/%s", path),
                                    arena_print(x->arena, "{\"path\":\"%s\",\"reason\":\"%s\",\"of\":[%s],\"text\":%s}", path, draw(8) == 0 ? "" : "vi", of, quoted(x, text)));
                } else {
                        write_entry(x, writer, "*", "", "", "catalogue.file", arena_print(x->arena, "catalogue/%s", path),
                                    arena_print(x->arena, "{\"path\":\"%s\",%s\"text\":%s}", path, draw(2) == 0 ? "\"seen\":{}," : some_seen(x, writer), quoted(x, text)));
                }
                memcpy(said[count].hash, stream_of(x, writer, "*")->hash, HASH_HEX);
                said[count].path = path;
                said[count++].text = text;
        }
        for (int i = 0; i < 2; i++) /* in the end always one that is open */
                write_entry(x, both[i], "*", "", "", "catalogue.file", "catalogue/periods.yaml",
                            arena_print(x->arena, "{\"path\":\"periods.yaml\",\"seen\":{},\"text\":\"windows: []\\n# node %d\\n\"}", i));
}

/* Two nodes of the ministry accept and return the same reports without having seen each other, and say which counts, the last twice; no chance in it. */
static void say_accepted_and_returned(struct world *x)
{
        const int both[] = { x->is_rotated[MINISTRY] ? MINISTRY_NEXT : MINISTRY, STRANGER };

        for (int i = 0; i < 6; i++) {
                const char *subject = arena_print(x->arena, "report/monthly/25@2004-01-01/2027-0%d", i + 1), *sent, *said[2], *of;

                write_entry(x, TWIN, "25", "an", "director", "report.send", subject,
                            arena_print(x->arena, "{\"by\":\"An\",\"version\":1,\"form\":\"monthly\",\"seen\":{},\"figures\":\"output,25,2027-0%d,,,%d\\n\"}", i + 1, i));
                sent = arena_text(x->arena, stream_of(x, TWIN, "25")->hash);
                for (int k = 0; k < 2; k++) {
                        bool is_return = (i + k) % 2 == 0;

                        write_entry(x, both[k], "25", "bo", "specialist", is_return ? "report.return" : "report.accept", subject,
                                    arena_print(x->arena, "{\"version\":1,\"of\":\"%s\",\"seen\":{}%s}", sent, is_return ? ",\"reason\":\"sai\",\"cells\":\"6\"" : ""));
                        said[k] = arena_text(x->arena, stream_of(x, both[k], "25")->hash);
                }
                of = arena_print(x->arena, "\"%s\",\"%s\"", said[0], said[1]);
                for (int k = 0; k < (i < 2 ? 0 : i < 4 ? 1 : 2); k++)
                        write_entry(x, both[k], "25", "cu", "director", "report.decision.settle", subject,
                                    arena_print(x->arena, "{\"reason\":\"vi\",\"of\":[%s],\"chosen\":\"%s\"}", of, said[(i + k) % 2]));
        }
}

/* ---- decisions in any order --------------------------------------------------------------------------------------------- */

/* What was said of one thing, for decisions about it. */
struct said {
        struct { const char *hash, *text; int about; } list[16];
        size_t count;
};

static void said_add(struct world *x, struct said *s, int writer, const char *audience, const char *text, int about)
{
        size_t place = s->count < sizeof s->list / sizeof *s->list ? s->count++ : draw(sizeof s->list / sizeof *s->list);

        s->list[place].hash = arena_text(x->arena, stream_of(x, writer, audience)->hash);
        s->list[place].text = text;
        s->list[place].about = about;
}

/* "of" for a decision: the one chosen and some of the others about the same; names: how many. */
static const char *said_some(struct world *x, const struct said *s, size_t chosen)
{
        const char *of = arena_print(x->arena, "\"%s\"", s->list[chosen].hash);

        for (size_t i = 0; i < s->count; i++)
                if (i != chosen && s->list[i].about == s->list[chosen].about && draw(3) > 0)
                        of = draw(2) == 0 ? arena_print(x->arena, "%s,\"%s\"", of, s->list[i].hash) : arena_print(x->arena, "\"%s\",%s", s->list[i].hash, of);
        return of;
}

/* Two nodes of a province send one report each and decide, also about decisions; two of the ministry accept, return and choose meanwhile. */
static void say_approvals(struct world *x)
{
        const int senders[] = { now_of(x, PHUTHO), now_of(x, TWIN) }, above[] = { now_of(x, MINISTRY), STRANGER };

        for (int i = 0; i < 4; i++) {
                const char *subject = arena_print(x->arena, "report/monthly/25@2004-01-01/2028-0%d", i + 1), *text, *of;
                struct said figures = { .count = 0 }, verdicts = { .count = 0 };

                for (int k = 0; k < 2; k++) {
                        text = arena_print(x->arena, "output,25,2028-0%d,,,%d\n", i + 1, k);
                        write_entry(x, senders[k], "25", "an", "director", "report.send", subject,
                                    arena_print(x->arena, "{\"by\":\"An\",\"version\":1,\"form\":\"monthly\",\"seen\":{},\"figures\":%s}", quoted(x, text)));
                        said_add(x, &figures, senders[k], "25", text, 0);
                }
                for (int n = 0; n < 9; n++) {
                        int writer = senders[draw(2)], over = above[draw(2)];
                        size_t chosen = draw((unsigned)figures.count), about = draw(2);
                        unsigned what = draw(8);

                        if (what == 0) {
                                text = arena_print(x->arena, "output,25,2028-0%d,,,%d\n", i + 1, n);
                                write_entry(x, writer, "25", "", "", "figures.report", "figures",
                                            arena_print(x->arena, "{\"source\":\"s\",\"status\":\"submitted\",\"seen\":{},\"figures\":%s}", quoted(x, text)));
                                said_add(x, &figures, writer, "25", text, 0);
                        } else if (what < 4) {
                                bool is_report = draw(4) > 0, is_whole = draw(5) > 0;

                                of = said_some(x, &figures, chosen);
                                text = figures.list[chosen].text;
                                write_entry(x, writer, "25", "an", draw(9) == 0 ? "specialist" : "director", is_report ? "report.settle" : "figures.settle", is_report ? subject : "figures",
                                            arena_print(x->arena, "{\"by\":\"An\",\"reason\":\"vi\",\"of\":[%s],%s%s%s\"figures\":%s}", of, is_whole ? "\"chosen\":\"" : "", is_whole ? figures.list[chosen].hash : "",
                                                        is_whole ? "\"," : "", quoted(x, text)));
                                said_add(x, &figures, writer, "25", text, 0);
                        } else if (what < 7) {
                                bool is_return = draw(3) == 0;
                                const char *seen = draw(3) == 0 ? some_seen(x, over) : "\"seen\":{},";

                                write_entry(x, over, "25", "bo", "specialist", is_return ? "report.return" : "report.accept", subject,
                                            arena_print(x->arena, "{%s\"version\":1,\"of\":\"%s\"%s}", seen, figures.list[about].hash, is_return ? ",\"reason\":\"sai\",\"cells\":\"6\"" : ""));
                                said_add(x, &verdicts, over, "25", "", (int)about);
                        } else if (verdicts.count > 0) {
                                chosen = draw((unsigned)verdicts.count);
                                of = said_some(x, &verdicts, chosen);
                                write_entry(x, over, "25", "cu", "director", "report.decision.settle", subject,
                                            arena_print(x->arena, "{\"reason\":\"vi\",\"of\":[%s],\"chosen\":\"%s\"}", of, verdicts.list[chosen].hash));
                                said_add(x, &verdicts, over, "25", "", verdicts.list[chosen].about);
                        }
                }
        }
}

/* The same of the output of establishments. */
static void say_output_decided(struct world *x)
{
        const int rivals[] = { now_of(x, PHUTHO), now_of(x, TWIN), now_of(x, MINISTRY) };

        for (int i = 0; i < 3; i++) {
                struct said said = { .count = 0 };

                for (int n = 0; n < 8; n++) {
                        int writer = rivals[draw(3)];
                        bool is_decision = n > 1 && draw(2) == 0;
                        size_t chosen = said.count == 0 ? 0 : draw((unsigned)said.count);
                        const char *lines = is_decision ? said.list[chosen].text : arena_print(x->arena, "A\tp\tt\t%d", n), *seen = draw(3) == 0 ? some_seen(x, writer) : "\"seen\":{},";

                        if (!is_decision && draw(2) == 0)
                                lines = arena_print(x->arena, "%s\nB\tp\tt\t%d", lines, n);
                        if (is_decision)
                                seen = arena_print(x->arena, "\"reason\":\"%s\",\"of\":[%s],", draw(9) == 0 ? "" : "vi", said_some(x, &said, chosen));
                        write_entry(x, writer, "25", is_decision ? "an" : "", is_decision ? (draw(9) == 0 ? "specialist" : "director") : "", is_decision ? "iip.settle" : "iip.output", "iip/output",
                                    arena_print(x->arena, "{\"unit\":\"25\",%s\"month\":\"2019-0%d\",\"lines\":%s}", seen, 7 + i, quoted(x, lines)));
                        said_add(x, &said, writer, "25", lines, 0);
                }
        }
}

/* What never leaves its node, from one that sends it all the same. */
static void say_what_is_local(struct world *x)
{
        static const char *const kinds[] = { "report.draft", "report.submit", "report.reopen", "report.withdraw", "report.detach", "account.password", "account.token" };

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                write_entry(x, now_of(x, draw(2) == 0 ? PHUTHO : TWIN), draw(3) == 0 ? "*" : "25", "an", "director", kinds[i], *kinds[i] == 'a' ? "account/an" : "report/monthly/25@2004-01-01/2028-01",
                            "{\"by\":\"An\",\"version\":1,\"login\":\"an\",\"hash\":\"h\",\"reason\":\"vi\",\"cells\":{}}");
}

/* A commune is divided while it has cases: which part goes on with each, by two nodes that had not seen each other; acts there before and after. Now and then the act is
 * withdrawn, or recorded again. */
static void say_division(struct world *x)
{
        static const char *const parts[] = { "25011", "25012" };
        const int above[] = { now_of(x, PHUTHO), now_of(x, TWIN) };
        char on[DAY_TEXT_MAX], since[DAY_TEXT_MAX];
        const char *act;

        day_write(on, day_of_moment(x->now));
        day_write(since, day_of_moment(x->now) + 1);
        act = arena_print(x->arena, ACT_HEAD "25001,25011,0.6,%s,C,dan so,xa,Mot A,Mot A,25\n25001,25012,0.4,%s,C,dan so,xa,Mot B,Mot B,25\n", since, since);
        for (int i = 0; i < 3; i++) {
                const char *id = arena_print(x->arena, "case/CH1A00000%d", i);

                write_entry(x, COMMUNE, "25001", "an", "specialist", "case.open", id,
                            arena_print(x->arena, "{\"workflow\":\"permit\",\"case_unit\":\"25001@2020-01-01\",\"title\":\"Viec\",\"fields\":{\"cost\":\"9\"},\"on\":\"%s\",\"by\":\"An\",\"unit\":\"25001@2020-01-01\"}", on));
                write_entry(x, above[draw(2)], "25001", "an", "specialist", "case.act", id, arena_print(x->arena, "{\"action\":\"take\",\"on\":\"%s\",\"by\":\"An\",\"unit\":\"25@2004-01-01\"}", on));
        }
        for (int i = 0; i < 18; i++) {
                const char *id = arena_print(x->arena, "case/CH1A00000%u", draw(3)), *part = parts[draw(2)];
                int writer = above[draw(2)];

                if (i == 2)
                        x->now += (moment)36 * 3600000;
                day_write(on, day_of_moment(x->now));
                switch (i == 1 ? 0 : draw(5)) {
                case 0:
                        write_entry(x, now_of(x, MINISTRY), "*", "", "", "catalogue.file", "catalogue/units/arrangements/c.csv",
                                    arena_print(x->arena, "{\"path\":\"units/arrangements/c.csv\",\"text\":%s}", i > 6 && draw(3) == 0 ? "\"\"" : quoted(x, act)));
                        break;
                case 1:
                case 2:
                        write_entry(x, writer, part, "an", draw(8) == 0 ? "specialist" : "director", "case.assign", id,
                                    arena_print(x->arena, "{\"case_unit\":\"%s@%s\",\"reason\":\"chia\",\"on\":\"%s\",\"by\":\"An\",\"unit\":\"25@2004-01-01\"}", part, since, on));
                        break;
                default:
                        write_entry(x, writer, draw(3) == 0 ? "25001" : part, "an", "specialist", "case.act", id,
                                    arena_print(x->arena, "{\"action\":\"%s\",\"reason\":\"vi\",\"on\":\"%s\",\"by\":\"An\",\"unit\":\"25@2004-01-01\"}", (const char *[]){ "query", "refuse", "hold" }[draw(3)], on));
                }
                x->now += (moment)draw(3) * 3600000;
        }
}

/* ---- streams that fork -------------------------------------------------------------------------------------------------- */

static void fork_begin(struct world *x, int writer, const char *audience)
{
        struct stream *s = stream_of(x, writer, audience);

        seal(x, s);
        assert_true(x->lost_count < LOST_MOST);
        x->lost[x->lost_count++] = *s;
        for (int i = 0; i < 2; i++) {
                x->writes_lost = i == 1;
                say_figures(x, writer, audience);
        }
        x->writes_lost = false;
}

/* The next key says which branches go on; where the stream of all that is public has forked the old key has no last word. */
static void say_rotation_of_forked(struct world *x, int old)
{
        const char *branches = "", *old_key = node_key(writers[old].node);
        bool has_forked_public = false;
        unsigned char signature[64], hash[HASH_BYTES];
        char hex[129], name[HASH_HEX];
        int next;

        for (size_t i = 0; i < x->lost_count; i++) {
                const struct stream *lost = &x->lost[i], *s = stream_of(x, old, audience_of(lost));
                size_t first = 0;

                if (lost->writer != &writers[old])
                        continue;
                while (s->line[first].text == lost->line[first].text)
                        first++;
                ledger_digest(s->line[first].text, strlen(s->line[first].text), hash);
                hex_write(name, hash, sizeof hash);
                branches = arena_print(x->arena, "%s%s\"%s\":{\"seq\":%lld,\"hash\":\"%s\"}", branches, *branches == '\0' ? "" : ",", audience_of(s), (long long)s->line[first].seq, name);
                has_forked_public |= strcmp(audience_of(s), "*") == 0;
        }
        x->is_rotated[old] = true;
        next = now_of(x, old);
        if (!has_forked_public)
                say_trust(x, old, "node.rotate", next, writers[old].unit);
        trust_introduce(writers[old].node, node_key(writers[next].node), signature);
        hex_write(hex, signature, sizeof signature);
        x->now += 60000; /* the other copy has ended */
        write_entry(x, next, "*", "", "", "node.former", arena_print(x->arena, "node/%s", old_key),
                    arena_print(x->arena, "{\"key\":\"%s\",\"unit\":\"%s\",\"signature\":\"%s\",\"branches\":{%s}}", old_key, writers[old].unit, hex, branches));
}

static void say_anything(struct world *x, int writer)
{
        const char *unit = writers[writer].unit, *audience = draw(3) == 0 ? "*" : unit;

        switch (draw(9)) {
        case 0: say_figures(x, writer, audience); break;
        case 1:
        case 2: say_sent(x, writer, audience); break;
        case 3: say_settled(x, writer, audience); break;
        case 4: say_decision(x, strcmp(unit, "VN") == 0 ? writer : now_of(x, MINISTRY), "25"); break;
        case 5: say_chosen(x, strcmp(unit, "VN") == 0 ? writer : now_of(x, MINISTRY), "25"); break;
        case 6: say_blob(x, writer, audience); break;
        case 7: say_industry(x, writer, unit); break;
        default:
                if (writer == PHUTHO || writer == PHUTHO_NEXT)
                        say_trust(x, writer, draw(3) == 0 ? "node.revoke" : "node.trust", COMMUNE, "25001");
                else if (strcmp(unit, "VN") == 0)
                        say_file(x, writer, FILES_AT_FIRST + draw(FILES_LATER));
                break;
        }
        x->now += draw(5) == 0 ? (moment)draw(24) * 3600000 : 0;
}

/* Copies of nodes write, one after another; each node goes on under a new key, one of them revoked and enrolled again before that. */
static void say_world_of_forks(struct world *x)
{
        static const int forked[] = { TWIN, PHUTHO, MINISTRY, COMMUNE };
        unsigned first = draw(4), revoked = draw(3);

        say_trust(x, MINISTRY, "node.trust", STRANGER, "VN");
        for (int i = PHUTHO; i <= TWIN; i++)
                say_trust(x, MINISTRY, "node.trust", i, writers[i].unit);
        say_trust(x, PHUTHO, "node.trust", COMMUNE, "25001");
        for (size_t i = 0; i < FILES_AT_FIRST; i++)
                say_file(x, MINISTRY, i);
        x->is_dense = draw(2) == 0;
        for (int i = 0; i < 12; i++)
                say_anything(x, (int[]){ MINISTRY, PHUTHO, TWIN, COMMUNE }[draw(4)]);
        for (unsigned k = 0; k < 2; k++) {
                int old = forked[(first + k) % 4];
                bool is_public_too = draw(2) == 0;

                if (old != MINISTRY && k == revoked) {
                        say_trust(x, draw(2) == 0 ? STRANGER : now_of(x, MINISTRY), "node.revoke", old, writers[old].unit);
                        x->now += 3600000;
                        say_trust(x, draw(2) == 0 ? STRANGER : now_of(x, MINISTRY), "node.trust", old, writers[old].unit);
                }
                if (is_public_too)
                        fork_begin(x, old, "*");
                if (!is_public_too || draw(2) == 0)
                        fork_begin(x, old, old == COMMUNE ? "25001" : "25");
                for (int i = 0; i < 16; i++) {
                        x->writes_lost = draw(2) == 0;
                        say_anything(x, draw(3) > 0 ? old : now_of(x, (int[]){ MINISTRY, PHUTHO, TWIN, COMMUNE }[draw(4)]));
                }
                x->writes_lost = false;
                if (old == COMMUNE) { /* whatever its province said: of a key that has ended nobody says which branch goes on */
                        say_trust(x, STRANGER, "node.trust", old, "25001");
                        x->now += 60000;
                }
                say_rotation_of_forked(x, old);
                for (int i = 0; i < 8; i++)
                        say_anything(x, now_of(x, (int[]){ old, PHUTHO, TWIN, MINISTRY }[draw(4)]));
        }
        say_approvals(x);
        say_output_decided(x);
        say_file(x, now_of(x, MINISTRY), FILE_WORKFLOW);
        say_doubts(x);
        say_division(x);
}

/* Little but cases: nobody loses rights before they have come to their ends, one only then. */
static void say_world_of_cases(struct world *x)
{
        for (int i = PHUTHO; i <= TWIN; i++)
                say_trust(x, MINISTRY, "node.trust", i, writers[i].unit);
        say_trust(x, PHUTHO, "node.trust", COMMUNE, "25001");
        for (size_t i = 0; i < FILES_AT_FIRST; i++)
                say_file(x, MINISTRY, i);
        say_cases(x);
        say_lives(x, 'Y', false);
        say_lives(x, 'Z', true);
        say_two_choices(x);
        if (draw(2) == 0)
                say_trust(x, MINISTRY, "node.revoke", TWIN, "25");
        say_cases(x);
        say_doubts(x);
        say_division(x);
}

static void say_world(struct world *x, unsigned number)
{
        if (draw(2) == 0)
                say_trust(x, PHUTHO, "node.trust", COMMUNE, "25001"); /* before it is enrolled itself */
        for (int i = PHUTHO; i <= TWIN; i++)
                say_trust(x, MINISTRY, "node.trust", i, writers[i].unit);
        if (draw(2) == 0)
                say_trust(x, PHUTHO, "node.trust", COMMUNE, "25001");
        for (size_t i = 0; i < FILES_AT_FIRST; i++)
                say_file(x, MINISTRY, i);
        x->is_dense = number % 2 == 1;
        x->has_acts = number % 3 == 1;
        for (int i = 0; i < 70; i++) {
                static const int close[] = { MINISTRY, PHUTHO, TWIN, COMMUNE };
                int writer = x->is_dense ? close[draw(4)] : (int)draw(COMMUNE + 1), about;
                unsigned what = draw(14);
                const char *audience, *kind;

                if (x->is_dense && what > 7) /* figures, reports and decisions, little else */
                        what = draw(3) == 0 ? 3 : draw(3) > 0 ? 11 : what;
                if (x->is_dense && (what == 11 || (what >= 3 && what <= 5)))
                        writer = draw(2) == 0 ? PHUTHO : TWIN;
                if (draw(8) == 0)
                        say_key_life(x);
                if (writer <= PHUTHO && x->is_rotated[writer] && draw(4) != 0)
                        writer = writer == PHUTHO ? PHUTHO_NEXT : MINISTRY_NEXT; /* the old key goes on now and then: a thief */
                audience = draw(3) == 0 ? "*" : writers[writer].unit;
                if (draw(4) == 0)
                        say_blob(x, writer, audience);
                switch (what) {
                case 0:
                case 1:
                case 2: say_figures(x, writer, audience); break;
                case 3:
                case 4:
                case 5: say_sent(x, writer, audience); break;
                case 6:
                case 7:
                        writer = draw(3) == 0 ? PHUTHO : draw(4) == 0 && !x->is_apart ? TWIN : MINISTRY;
                        audience = draw(2) == 0 ? "25" : "42";
                        say_decision(x, writer, audience);
                        if (draw(3) == 0)
                                say_chosen(x, draw(2) == 0 ? writer : draw(2) == 0 ? MINISTRY : PHUTHO, audience);
                        break;
                case 8: say_account(x, writer, audience); break;
                case 9: say_file(x, MINISTRY, x->has_acts ? FILE_ACT + draw(FILES_OF_ACTS) : FILES_AT_FIRST + draw(FILES_LATER)); break;
                case 11:
                case 12: say_settled(x, writer, audience); break;
                case 10: say_mischief(x, PHUTHO + (int)draw(5)); break;
                default:
                        if (draw(3) != 0)
                                break;
                        kind = draw(2) == 0 ? "node.revoke" : "node.trust";
                        about = PHUTHO + (int)draw(5);
                        say_trust(x, MINISTRY, kind, about, units_told[1 + draw(4)]);
                        break;
                }
                x->now += draw(5) == 0 ? (moment)draw(48) * 3600000 : 0;
        }
        say_trust(x, x->is_rotated[MINISTRY] ? MINISTRY_NEXT : MINISTRY, "node.trust", STRANGER, "VN"); /* what follows tells two nodes of the ministry apart */
        say_industries(x);
        say_cases(x);
        say_clusters(x);
        say_statements(x);
        say_definitions(x);
        say_accepted_and_returned(x);
        say_doubts(x);
        if (number % 4 == 0 || number % WORLD_OF_CASES == 3) { /* not in all: other tests go through some, at each place that can fail */
                say_trust(x, STRANGER, "node.trust", now_of(x, PHUTHO), "25");
                say_approvals(x);
                say_output_decided(x);
                say_what_is_local(x);
        }
}

static void seal_all(struct world *x)
{
        for (size_t i = 0; i < x->count; i++)
                seal(x, &x->streams[i]);
        for (size_t i = 0; i < x->lost_count; i++)
                seal(x, &x->lost[i]);
}

void make_world(struct world *x, unsigned number)
{
        begin_world(x, number);
        if (number % WORLD_OF_CASES == WORLD_OF_CASES - 1)
                say_world_of_cases(x);
        else if (number % WORLD_OF_CASES == WORLD_OF_CASES - 2)
                say_world_of_forks(x);
        else
                say_world(x, number);
        seal_all(x);
}

void make_world_taken_over(struct world *x)
{
        static const char account[] = "{\"login\":\"%s\",\"name\":\"N\",\"role\":\"specialist\",\"unit\":\"25\",\"disabled\":false}";

        begin_world(x, 0);
        say_trust(x, MINISTRY, "node.trust", PHUTHO, "25");
        say_trust(x, MINISTRY, "node.trust", HANOI, "01");
        x->now += 3600000;
        write_entry(x, PHUTHO, "25", "root", "admin", "account.user", "account/before", arena_print(x->arena, account, "before"));
        say_rotation(x, MINISTRY, MINISTRY_NEXT, 0);
        x->now += 3600000;
        write_entry(x, MINISTRY_NEXT, "*", "", "", "node.succeed", "succession",
                    arena_print(x->arena, "{\"unit\":\"25\",\"from\":[\"25\",\"42\"],\"act\":\"NQ 1\",\"day\":\"2025-07-01\",\"node\":\"%s\"}",
                                node_key(writers[HANOI].node)));
        x->now += 3600000;
        write_entry(x, PHUTHO, "25", "root", "admin", "account.user", "account/after", arena_print(x->arena, account, "after"));
        for (size_t i = 0; i < x->count; i++)
                seal(x, &x->streams[i]);
}

void make_world_of_a_late_register(struct world *x)
{
        begin_world(x, 0);
        say_trust(x, MINISTRY, "node.trust", PHUTHO, "25");
        say_trust(x, MINISTRY, "node.trust", TWIN, "25");
        say_trust(x, MINISTRY, "node.trust", COMMUNE, "25001");
        x->now += 3600000;
        say_trust(x, STRANGER, "node.trust", TWIN, "VN"); /* so its register counts */
        x->now += 3600000;
        for (size_t i = 0; i < FILES_AT_FIRST; i++)
                say_file(x, TWIN, i);
        fork_begin(x, COMMUNE, "25001");
        x->now += 3600000;
        say_trust(x, MINISTRY, "node.revoke", COMMUNE, "25001");
        x->now += 3600000;
        say_trust(x, PHUTHO, "node.trust", COMMUNE, "25001"); /* which counts by that register */
        x->now += 3600000;
        say_rotation_of_forked(x, COMMUNE);
        seal_all(x);
}

void make_world_of_versions(struct world *x)
{
        static const struct { int writer; const char *list, *day; unsigned total; } said[] = {
                { PHUTHO, "identity", "2019-01-01", 0 }, { PHUTHO, "areas", "2019-01-02", 10 }, { TWIN, "areas", "2019-01-03", 11 }, { MINISTRY, "areas", "2019-01-03", 12 },
                { COMMUNE, "areas", "2019-01-04", 13 } };
        const char *id = "CV00000000", *unit = "25001@2020-01-01", *of = "";

        begin_world(x, 0);
        for (size_t i = 0; i < FILES_AT_FIRST; i++)
                say_file(x, MINISTRY, i);
        say_trust(x, MINISTRY, "node.trust", PHUTHO, "25");
        say_trust(x, MINISTRY, "node.trust", TWIN, "25");
        say_trust(x, MINISTRY, "node.trust", COMMUNE, "25001");
        for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
                const struct stream *s = stream_of(x, PHUTHO, "25001");
                bool has_seen = said[i].writer == MINISTRY; /* the first province's, not the second's */

                x->now += 3600000;
                record_item(x, said[i].writer, "25001", "director", arena_print(x->arena, "%s/%s/", id, said[i].list), item_of_day(x, id, said[i].list, said[i].day, said[i].total),
                            has_seen ? arena_print(x->arena, "\"seen\":{\"%s\":%lld},", s->name, (long long)s->seq) : "\"seen\":{},", unit);
                if (i > 0)
                        of = arena_print(x->arena, "%s%s\"%s\"", of, *of == '\0' ? "" : ",", x->recorded[x->recorded_count - 1].hash);
        }
        x->now += 3600000;
        write_entry(x, COMMUNE, "25001", "an", "director", "cluster.settle", cluster_subject(x, id),
                    arena_print(x->arena, "{%s,\"of\":[%s],\"reason\":\"vi\",\"by\":\"An\",\"unit\":\"%s\"}", item_of_day(x, id, "areas", "2019-01-04", 11), of, unit));
        of = "";
        for (int i = 0; i < 4; i++) { /* two reports; of the second the province's second node decides */
                int writer = (int[]){ COMMUNE, MINISTRY, PHUTHO, TWIN }[i];

                record_item(x, writer, "25001", "director", "report/", report_signed(x, id, i < 2 ? "2019-01" : "2019-02", (unsigned)i), "\"seen\":{},", unit);
                of = i < 2 ? "" : arena_print(x->arena, "%s%s\"%s\"", of, i == 2 ? "" : ",", x->recorded[x->recorded_count - 1].hash);
        }
        x->now += 3600000;
        write_entry(x, TWIN, "25001", "an", "director", "cluster.report.settle", "cluster/report",
                    arena_print(x->arena, "{%s,\"of\":[%s],\"reason\":\"vi\",\"by\":\"An\",\"unit\":\"%s\"}", report_signed(x, id, "2019-02", 2), of, unit));
        for (size_t i = 0; i < x->count; i++)
                seal(x, &x->streams[i]);
}

char ministry_key[KEY_HEX];

int open_writers(void **state)
{
        (void)state;
        log_set_level(LOG_ALARM + 1);
        program_start();
        for (int i = 0; i < WRITERS; i++)
                writers[i].node = make_node(writers[i].folder, writers[i].unit, NULL);
        memcpy(ministry_key, node_key(writers[MINISTRY].node), sizeof ministry_key);
        return 0;
}

int close_writers(void **state)
{
        (void)state;
        for (int i = 0; i < WRITERS; i++)
                node_close(writers[i].node);
        return 0;
}
