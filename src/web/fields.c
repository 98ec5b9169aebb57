#include "web/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "web/route.h"

/* ---- fields --------------------------------------------------------------------------------------- */

static bool add_field(struct fields *f, struct arena *a, const char *name, const char *value,
                      enum error_code code, struct error *e)
{
        if (f->count == FIELDS_MOST)
                return error_set(e, code, "there are more than %d fields", FIELDS_MOST);
        if (f->count == f->room) {
                size_t room = f->room == 0 ? 16 : f->room * 2;
                struct field *list = arena_array(a, room, sizeof *list);

                if (f->count > 0)
                        memcpy(list, f->list, f->count * sizeof *list);
                f->list = list;
                f->room = room;
        }
        f->list[f->count++] = (struct field){ name, value };
        return true;
}

static bool check_text(const char *value, size_t length, const char *name, enum error_code code,
                       struct error *e)
{
        size_t at;

        if (utf8_is_valid(value, length, &at))
                return true;
        error_set(e, code, "field \"%s\" is not UTF-8: byte %zu is wrong", name, at + 1);
        return error_hint(e, "send text in the encoding UTF-8");
}

static char *decode(struct arena *a, const char *in, size_t length, size_t *decoded)
{
        char *out = arena_alloc(a, length + 1);

        *decoded = url_decode(out, in, length, true);
        return *decoded == SIZE_MAX ? NULL : out;
}

bool fields_parse(struct fields *f, struct arena *a, const char *text_in, size_t length, enum error_code code,
                  struct error *e)
{
        const char *end = text_in + length;

        for (const char *p = text_in; p < end;) {
                const char *stop = memchr(p, '&', (size_t)(end - p)), *equal;
                size_t name_length, value_length = 0;
                char *name, *value;

                if (stop == NULL)
                        stop = end;
                if (stop == p) {
                        p++;
                        continue;
                }
                equal = memchr(p, '=', (size_t)(stop - p));
                name = decode(a, p, (size_t)((equal == NULL ? stop : equal) - p), &name_length);
                if (name == NULL || !utf8_is_valid(name, name_length, NULL))
                        return error_set(e, code, "the name of field %zu is not properly encoded",
                                         f->count + 1);
                value = equal == NULL ? arena_text(a, "")
                                      : decode(a, equal + 1, (size_t)(stop - equal - 1), &value_length);
                if (value == NULL)
                        return error_set(e, code,
                                         "field \"%s\" is not properly encoded: a %% needs two hex digits",
                                         name);
                if (!check_text(value, value_length, name, code, e))
                        return false;
                if (!add_field(f, a, utf8_nfc(a, name), utf8_nfc(a, value), code, e))
                        return false;
                p = stop + 1;
        }
        return true;
}

const char *fields_find(const struct fields *f, const char *name, int nth)
{
        for (size_t i = 0; i < f->count; i++)
                if (strcmp(f->list[i].name, name) == 0 && nth-- == 0)
                        return f->list[i].value;
        return NULL;
}

/* ---- files ---------------------------------------------------------------------------------------- */

static void close_spool(void *thing)
{
        struct spool *s = thing;

        close(s->fd);
        unlink(s->path);
        free(s->path);
        free(s);
}

static bool no_disk(struct error *e, int code)
{
        error_system(e, ERR_ENVIRONMENT, code, "the upload cannot be stored");
        return error_hint(e, "the administrator should look at the space left in the node's folder");
}

struct spool *spool_open(struct arena *a, const char *folder, struct error *e)
{
        struct spool *s = calloc(1, sizeof *s);

        if (s == NULL || asprintf(&s->path, "%s/upload-XXXXXX", folder) < 0) {
                free(s);
                no_disk(e, ENOMEM);
                return NULL;
        }
        mkdir(folder, 0700);
        s->fd = mkostemp(s->path, O_CLOEXEC);
        if (s->fd < 0) {
                no_disk(e, errno);
                free(s->path);
                free(s);
                return NULL;
        }
        arena_on_free(a, close_spool, s);
        return s;
}

bool spool_write(struct spool *s, const char *bytes, size_t length, struct error *e)
{
        while (length > 0) {
                ssize_t written = write(s->fd, bytes, length);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        return no_disk(e, written < 0 ? errno : ENOSPC);
                bytes += written;
                length -= (size_t)written;
                s->size += written;
        }
        return true;
}

/* ---- multipart ------------------------------------------------------------------------------------ */

enum stage { PREAMBLE, AFTER_BOUNDARY, HEAD, VALUE, EPILOGUE };

struct multipart {
        struct arena *arena;
        const char *folder;
        struct fields *fields;
        size_t value_bytes_left;
        char *delimiter; /* CR LF -- boundary */
        size_t delimiter_length;
        enum stage stage;
        struct buf pending; /* arrived, not yet understood */
        struct buf value;   /* of the field we are in */
        const char *name;
        struct upload *upload; /* the file we are in, or NULL */
        struct upload *first, **last;
};

bool content_type_is(const char *content_type, const char *name)
{
        size_t length = strlen(name);

        return content_type != NULL && strncasecmp(content_type, name, length) == 0 &&
               (content_type[length] == '\0' || content_type[length] == ';' || content_type[length] == ' ' ||
                content_type[length] == '\t');
}

/* A parameter of a header value, quoted or not: name="value". NULL if absent. */
static char *parameter(struct arena *a, const char *header, const char *name)
{
        size_t name_length = strlen(name);

        for (const char *p = strchr(header, ';'); p != NULL; p = strchr(p, ';')) {
                char *out, *o;

                p++;
                p += strspn(p, " \t");
                if (strncasecmp(p, name, name_length) != 0 || p[name_length] != '=') {
                        /* Pass over a quoted value: it may hold semicolons. */
                        p += strcspn(p, "\";");
                        if (*p == '"')
                                for (p++; *p != '\0' && *p != '"'; p++)
                                        if (*p == '\\' && p[1] != '\0')
                                                p++;
                        continue;
                }
                p += name_length + 1;
                out = o = arena_alloc(a, strlen(p) + 1);
                if (*p == '"') {
                        for (p++; *p != '\0' && *p != '"'; p++) {
                                /* Browsers write \" for a quote, but leave the backslashes of Windows paths
                                 * alone. */
                                if (*p == '\\' && p[1] == '"')
                                        p++;
                                *o++ = *p;
                        }
                } else {
                        while (*p != '\0' && *p != ';' && *p != ' ' && *p != '\t')
                                *o++ = *p++;
                }
                *o = '\0';
                return out;
        }
        return NULL;
}

struct multipart *multipart_open(struct arena *a, const char *content_type, const char *folder,
                                 size_t value_bytes, struct fields *fields, struct error *e)
{
        struct multipart *m = arena_alloc(a, sizeof *m);
        const char *boundary = parameter(a, content_type, "boundary");

        if (boundary == NULL || boundary[0] == '\0' || strlen(boundary) > 70) {
                error_set(e, ERR_USAGE, "the multipart body names no boundary of 1 to 70 characters");
                return NULL;
        }
        m->arena = a;
        m->folder = folder;
        m->fields = fields;
        m->value_bytes_left = value_bytes;
        m->delimiter = arena_print(a, "\r\n--%s", boundary);
        m->delimiter_length = strlen(m->delimiter);
        m->last = &m->first;
        buf_init_with(&m->pending, (size_t)1 << 20, a);
        buf_init_with(&m->value, value_bytes, a);
        /* The first boundary has no line end before it: pretend there was one. */
        BUF_LITERAL(&m->pending, "\r\n");
        return m;
}

static bool cut_off(struct error *e)
{
        return error_set(e, ERR_INVALID, "the multipart body is damaged or ends too early");
}

/* The header lines of a part, NUL-terminated, without the empty line. */
static bool begin_part(struct multipart *m, char *head, struct error *e)
{
        char *disposition = NULL, *file_name, *name;

        for (char *line = head; line != NULL && *line != '\0';) {
                char *end = strstr(line, "\r\n");

                if (end != NULL)
                        *end = '\0';
                if (strncasecmp(line, "Content-Disposition:", 20) == 0)
                        disposition = line + 20;
                else if (strncasecmp(line, "Content-Transfer-Encoding:", 26) == 0 &&
                         strcasestr(line, "base64") != NULL)
                        return error_set(e, ERR_INVALID, "a part of the body is encoded; send it as it is");
                line = end == NULL ? NULL : end + 2;
        }
        if (disposition == NULL || (name = parameter(m->arena, disposition, "name")) == NULL)
                return error_set(e, ERR_INVALID, "a part of the body has no name");
        if (!utf8_is_valid(name, strlen(name), NULL))
                return error_set(e, ERR_INVALID, "the name of field %zu is not properly encoded",
                                 m->fields->count + 1);
        m->name = utf8_nfc(m->arena, name);
        file_name = parameter(m->arena, disposition, "filename");
        m->upload = NULL;
        buf_reset(&m->value);
        if (file_name == NULL)
                return true;
        if (m->folder == NULL)
                return error_set(e, ERR_INVALID, "this form takes no files");
        if (!check_text(file_name, strlen(file_name), m->name, ERR_INVALID, e))
                return false;
        m->upload = arena_alloc(m->arena, sizeof *m->upload);
        m->upload->field = m->name;
        m->upload->file_name = utf8_nfc(m->arena, file_name);
        m->upload->spool = spool_open(m->arena, m->folder, e);
        return m->upload->spool != NULL;
}

static bool take_value(struct multipart *m, const char *bytes, size_t length, struct error *e)
{
        if (m->upload != NULL)
                return spool_write(m->upload->spool, bytes, length, e);
        if (length > m->value_bytes_left)
                return error_set(e, ERR_TOO_BIG, "the fields of the form are too long");
        m->value_bytes_left -= length;
        buf_put(&m->value, bytes, length);
        return buf_ok(&m->value) || error_set(e, ERR_ENVIRONMENT, "the system has no memory");
}

static bool end_part(struct multipart *m, struct error *e)
{
        const char *value = m->value.data == NULL ? "" : m->value.data;

        if (m->upload != NULL) {
                /* A file field left empty comes as a file without name and bytes. */
                if (m->upload->file_name[0] != '\0' || m->upload->spool->size > 0) {
                        *m->last = m->upload;
                        m->last = &m->upload->next;
                }
                m->upload = NULL;
                return true;
        }
        if (!check_text(value, m->value.length, m->name, ERR_INVALID, e))
                return false;
        return add_field(m->fields, m->arena, m->name,
                         utf8_nfc(m->arena, arena_copy(m->arena, value, m->value.length)), ERR_INVALID, e);
}

/* Understand as much of what is pending as possible; *used gets the bytes that are done with. False with no
 * error: more is needed. */
static bool step(struct multipart *m, char *p, size_t length, size_t *used, struct error *e)
{
        char *found;

        *used = 0;
        switch (m->stage) {
        case PREAMBLE:
        case VALUE:
                found = memmem(p, length, m->delimiter, m->delimiter_length);
                *used = found != NULL                   ? (size_t)(found - p)
                        : length >= m->delimiter_length ? length - m->delimiter_length + 1
                                                        : 0;
                if (m->stage == VALUE && !take_value(m, p, *used, e))
                        return false;
                if (found == NULL)
                        return false;
                if (m->stage == VALUE && !end_part(m, e))
                        return false;
                *used += m->delimiter_length;
                m->stage = AFTER_BOUNDARY;
                return true;
        case AFTER_BOUNDARY:
                if (length < 2)
                        return false;
                if (p[0] == '-' && p[1] == '-') {
                        *used = 2;
                        m->stage = EPILOGUE;
                        return true;
                }
                if (p[0] != '\r' || p[1] != '\n')
                        return cut_off(e);
                *used = 2;
                m->stage = HEAD;
                return true;
        case HEAD:
                found = memmem(p, length, "\r\n\r\n", 4);
                if ((found == NULL ? length : (size_t)(found - p)) > FIELD_HEAD_MOST)
                        return error_set(e, ERR_INVALID, "the headers of a part are longer than %d bytes",
                                         FIELD_HEAD_MOST);
                if (found == NULL)
                        return false;
                *used = (size_t)(found - p) + 4;
                *found = '\0';
                if (memchr(p, '\0', (size_t)(found - p)) != NULL)
                        return cut_off(e);
                if (!begin_part(m, p, e))
                        return false;
                m->stage = VALUE;
                return true;
        case EPILOGUE:
                *used = length;
                return false;
        }
        return false;
}

bool multipart_feed(struct multipart *m, const char *bytes, size_t length, struct error *e)
{
        while (length > 0) {
                size_t piece = length > 65536 ? 65536 : length, done = 0, used;

                buf_put(&m->pending, bytes, piece);
                if (!buf_ok(&m->pending))
                        return error_set(e, ERR_ENVIRONMENT, "the system has no memory");
                bytes += piece;
                length -= piece;
                while (step(m, m->pending.data + done, m->pending.length - done, &used, e))
                        done += used;
                if (e->code != ERR_NONE)
                        return false;
                done += used;
                memmove(m->pending.data, m->pending.data + done, m->pending.length - done);
                m->pending.length -= done;
        }
        return true;
}

bool multipart_close(struct multipart *m, struct error *e)
{
        return m->stage == EPILOGUE || cut_off(e);
}

struct upload *multipart_uploads(const struct multipart *m)
{
        return m->first;
}
