/* type.c - what a file is, by its bytes. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "blob/blob.h"

#define HEAD_MAX 16
#define WORD_MAX 24

const struct blob_type blob_types[] = {
        { "application/pdf", "pdf", N_("PDF document") },
        { "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", N_("Word document") },
        { "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", N_("Excel workbook") },
        { "image/png", "png", N_("Picture (PNG)") },
        { "image/jpeg", "jpg", N_("Picture (JPEG)") },
        { "text/csv", "csv", N_("Table (CSV)") },
        { "text/plain", "txt", N_("Text file") },
        { NULL, NULL, NULL },
};

const struct blob_type *blob_type_of(const char *type)
{
        const struct blob_type *t = blob_types;

        while (t->type != NULL && strcmp(t->type, type) != 0)
                t++;
        return t->type == NULL ? NULL : t;
}

enum { PDF, DOCX, XLSX, PNG, JPEG, CSV, TEXT };

/* Names of parts inside a ZIP stand in it as they are, whatever is compressed; in capitals they are the same. */
enum word { WORD_PART, SHEET_PART, MACROS, WORDS };
static const char *const words[WORDS] = { "word/document.xml", "xl/workbook.xml", "vbaproject.bin" };

struct blob_sniffer {
        unsigned char head[HEAD_MAX];
        size_t head_length;
        uint64_t length;
        char tail[WORD_MAX];      /* the last bytes, in which a word may have begun */
        size_t tail_length;
        bool has[WORDS];
        bool is_text;
        int follow;               /* bytes of a UTF-8 sequence still to come */
        unsigned char low, high;  /* what the next one of them may be */
};

struct blob_sniffer *blob_sniff_begin(struct arena *a)
{
        struct blob_sniffer *s = arena_alloc(a, sizeof *s);

        s->is_text = true;
        return s;
}

/* One byte of UTF-8 (RFC 3629: no overlong forms, no surrogates) without control characters but tab and line ends. */
static bool takes_text(struct blob_sniffer *s, unsigned char c)
{
        if (s->follow > 0) {
                bool ok = c >= s->low && c <= s->high;

                s->follow--;
                s->low = 0x80;
                s->high = 0xBF;
                return ok;
        }
        if (c < 0x80)
                return (c >= ' ' && c != 0x7F) || c == '\t' || c == '\n' || c == '\r' || c == '\f';
        s->low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
        s->high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
        s->follow = c >= 0xC2 && c <= 0xDF ? 1 : c >= 0xE0 && c <= 0xEF ? 2 : c >= 0xF0 && c <= 0xF4 ? 3 : 0;
        return s->follow > 0;
}

/* word: begins with a small letter. */
static bool holds(const char *bytes, size_t length, const char *word)
{
        size_t n = strlen(word);

        for (size_t i = 0; i + n <= length; i++)
                if ((bytes[i] | 0x20) == word[0] && strncasecmp(bytes + i, word, n) == 0)
                        return true;
        return false;
}

static void look_for_words(struct blob_sniffer *s, const char *bytes, size_t length)
{
        for (int i = 0; i < WORDS; i++)
                s->has[i] = s->has[i] || holds(bytes, length, words[i]);
}

void blob_sniff(struct blob_sniffer *s, const void *bytes, size_t length)
{
        const unsigned char *p = bytes;
        char seam[2 * WORD_MAX];
        size_t begin = length < WORD_MAX ? length : WORD_MAX, kept;

        for (size_t i = 0; i < length && s->head_length < HEAD_MAX; i++)
                s->head[s->head_length++] = p[i];
        s->length += length;
        for (size_t i = 0; i < length && s->is_text; i++)
                s->is_text = takes_text(s, p[i]);
        if (s->head_length < 4 || memcmp(s->head, "PK\3\4", 4) != 0)
                return;
        memcpy(seam, s->tail, s->tail_length);
        memcpy(seam + s->tail_length, p, begin);
        look_for_words(s, seam, s->tail_length + begin);
        look_for_words(s, bytes, length);
        if (length >= WORD_MAX) {
                memcpy(s->tail, p + length - WORD_MAX, WORD_MAX);
                s->tail_length = WORD_MAX;
                return;
        }
        kept = s->tail_length + length > WORD_MAX ? WORD_MAX - length : s->tail_length;
        memmove(s->tail, s->tail + s->tail_length - kept, kept);
        memcpy(s->tail + kept, p, length);
        s->tail_length = kept + length;
}

static bool begins(const struct blob_sniffer *s, const char *magic, size_t length)
{
        return s->head_length >= length && memcmp(s->head, magic, length) == 0;
}

const struct blob_type *blob_sniff_end(struct blob_sniffer *s, const char *name)
{
        const char *dot = name == NULL ? NULL : strrchr(name, '.');

        if (s->length == 0)
                return NULL;
        if (begins(s, "%PDF-", 5))
                return &blob_types[PDF];
        if (begins(s, "\x89PNG\r\n\x1a\n", 8))
                return &blob_types[PNG];
        if (begins(s, "\xff\xd8\xff", 3))
                return &blob_types[JPEG];
        if (begins(s, "PK\3\4", 4))
                return s->has[MACROS] || s->has[WORD_PART] == s->has[SHEET_PART] ? NULL
                       : s->has[WORD_PART]                                       ? &blob_types[DOCX]
                                                                                 : &blob_types[XLSX];
        if (!s->is_text || s->follow > 0)
                return NULL;
        return &blob_types[dot != NULL && strcasecmp(dot, ".csv") == 0 ? CSV : TEXT];
}

const char *blob_file_name(struct arena *a, const struct blob *b)
{
        const struct blob_type *t = blob_type_of(b->type);
        const char *dot = b->name == NULL ? NULL : strrchr(b->name, '.');

        if (b->name == NULL || t == NULL ||
            (dot != NULL && (strcasecmp(dot + 1, t->extension) == 0 || (t == &blob_types[JPEG] && strcasecmp(dot + 1, "jpeg") == 0))))
                return b->name;
        return arena_print(a, "%s.%s", b->name, t->extension);
}
