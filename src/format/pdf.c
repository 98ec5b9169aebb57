/* pdf.c - a document is told step by step into a file without a name, and drawn in a process of its own (pdf_draw.c).
 *
 * Twice, and only what came out the same is given: where the libraries that draw get no memory, or cannot read what they want, some of them
 * go on without a word, with another typeface or with letters in other places. */
#include "format/pdf.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "format/pdf_private.h"

#define COMMAND "draw-pdf"
#define PIECE 16384
#define TIMES 2

struct pdf {
        struct error *err;
        struct buf *out;
        struct buf steps;
        int told, drawn[TIMES]; /* files without a name; -1 none */
};

static bool to_file(void *context, const char *bytes, size_t length)
{
        return file_put(*(const int *)context, bytes, length);
}

static void free_pdf(void *thing)
{
        struct pdf *p = thing;

        buf_clear(&p->steps);
        for (int i = 0; i < TIMES; i++)
                if (p->drawn[i] >= 0)
                        close(p->drawn[i]);
        if (p->told >= 0)
                close(p->told);
}

static bool not_written(struct pdf *p, bool is_starved)
{
        return error_system(p->err, ERR_ENVIRONMENT, is_starved ? ENOMEM : errno == 0 ? EFBIG : errno, "the document cannot be written");
}

static bool is_short(struct pdf *p)
{
        return error_hint(p->err, "most likely it got no memory: free some, and ask again");
}

static void put_text(struct pdf *p, const char *text)
{
        buf_put(&p->steps, text == NULL ? "" : text, text == NULL ? 1 : strlen(text) + 1);
}

static void put_step(struct pdf *p, struct pdf_step step, const struct pdf_cell *cells)
{
        if (!error_ok(p->err))
                return;
        buf_put(&p->steps, &step, sizeof step);
        for (int i = 0; i < step.count; i++) {
                buf_put(&p->steps, &cells[i], sizeof *cells);
                put_text(p, cells[i].text);
        }
}

struct pdf *pdf_open(struct arena *a, struct buf *out, const char *title, const char *author, moment made, struct error *err)
{
        struct pdf *p = arena_alloc(a, sizeof *p);
        struct pdf_start start = { .language = err->language, .made = made };

        *p = (struct pdf){ .err = err, .out = out, .told = -1, .drawn = { -1, -1 } };
        buf_init_sink(&p->steps, to_file, &p->told);
        arena_on_free(a, free_pdf, p);
        p->told = memfd_create("document", MFD_CLOEXEC);
        for (int i = 0; i < TIMES && p->told >= 0; i++)
                p->drawn[i] = memfd_create("document", MFD_CLOEXEC);
        if (p->told < 0 || p->drawn[0] < 0 || p->drawn[1] < 0) {
                not_written(p, false);
                return NULL;
        }
        buf_put(&p->steps, &start, sizeof start);
        put_text(p, title);
        put_text(p, author);
        return p;
}

static bool has_room(struct pdf *p, int count)
{
        return count <= PDF_CELLS_MAX || error_set(p->err, ERR_TOO_BIG, "a row of a document has at most %d cells", PDF_CELLS_MAX);
}

void pdf_row(struct pdf *p, const struct pdf_cell *cells, int count, unsigned flags)
{
        if (has_room(p, count))
                put_step(p, (struct pdf_step){ .kind = STEP_ROW, .count = count, .flags = flags }, cells);
}

void pdf_repeat(struct pdf *p, const struct pdf_cell *cells, int count, unsigned flags)
{
        if (has_room(p, count))
                put_step(p, (struct pdf_step){ .kind = STEP_REPEAT, .count = count, .flags = flags }, cells);
}

void pdf_space(struct pdf *p, double points)
{
        put_step(p, (struct pdf_step){ .kind = STEP_SPACE, .points = points }, NULL);
}

void pdf_need(struct pdf *p, double points)
{
        put_step(p, (struct pdf_step){ .kind = STEP_NEED, .points = points }, NULL);
}

void pdf_apart(struct pdf *p)
{
        put_step(p, (struct pdf_step){ .kind = STEP_APART }, NULL);
}

void pdf_qr(struct pdf *p, const struct qr *qr, double side, const struct pdf_cell *beside)
{
        put_step(p, (struct pdf_step){ .kind = STEP_QR, .count = 1, .flags = (unsigned)qr->width, .points = side }, beside);
        buf_put(&p->steps, qr->modules, (size_t)qr->width * (size_t)qr->width);
}

/* ---- the process that draws ------------------------------------------------------------------------------ */

/* This program once more, reading the one file from its beginning and writing the other; nothing else that is open goes along. Who stops
 * a node with Ctrl-C does not mean it. 0: an error is set. */
static pid_t start(struct pdf *p, int drawn)
{
        static char name[] = "caunoi", command[] = COMMAND;
        char *const arguments[] = { name, command, NULL };
        posix_spawn_file_actions_t files;
        posix_spawnattr_t how;
        sigset_t signals;
        pid_t process = 0;
        int failed;

        if (lseek(p->told, 0, SEEK_SET) != 0) {
                not_written(p, false);
                return 0;
        }
        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGHUP);
        posix_spawnattr_init(&how);
        posix_spawnattr_setsigmask(&how, &signals);
        posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
        posix_spawn_file_actions_init(&files);
        failed = posix_spawn_file_actions_adddup2(&files, p->told, STDIN_FILENO);
        if (failed == 0)
                failed = posix_spawn_file_actions_adddup2(&files, drawn, STDOUT_FILENO);
        if (failed == 0)
                failed = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
        if (failed == 0)
                failed = posix_spawn(&process, "/proc/self/exe", &files, &how, arguments, environ);
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&how);
        if (failed != 0)
                error_system(p->err, ERR_ENVIRONMENT, failed, "the process that draws the document does not start");
        return failed == 0 ? process : 0;
}

/* The document, if it came out the same each time. */
static bool take_document(struct pdf *p)
{
        char piece[PIECE], again[PIECE];
        ssize_t n = 1;
        off_t at = 0;

        errno = 0;
        while (n > 0 && buf_ok(p->out)) {
                n = pread(p->drawn[0], piece, sizeof piece, at);
                if (n >= 0 && (pread(p->drawn[1], again, sizeof again, at) != n || memcmp(piece, again, (size_t)n) != 0)) {
                        error_set(p->err, ERR_ENVIRONMENT, "the document was drawn twice and came out differently");
                        return is_short(p);
                }
                if (n > 0)
                        buf_put(p->out, piece, (size_t)n);
                at += n;
        }
        return (n >= 0 && buf_ok(p->out)) || not_written(p, p->out->is_starved);
}

/* What the process wrote: its error. */
static bool take_error(struct pdf *p, int drawn)
{
        struct error its;

        if (pread(drawn, &its, sizeof its, 0) == (ssize_t)sizeof its && its.code != ERR_NONE)
                *p->err = its;
        return error_set(p->err, ERR_ENVIRONMENT, "the process that draws the document did not say why it cannot");
}

static bool ended_well(struct pdf *p, int drawn, int status)
{
        if (WIFEXITED(status) && WEXITSTATUS(status) == PDF_DRAWN)
                return true;
        if (WIFEXITED(status) && WEXITSTATUS(status) == PDF_REFUSED)
                return take_error(p, drawn);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
                return error_set(p->err, ERR_TOO_BIG, "the document is larger than the %d MiB allowed", PDF_FILE_MIB);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) /* it is too long, or the libraries' threads wait for what got no memory */
                error_set(p->err, ERR_ENVIRONMENT, "the document takes longer to draw than the %d seconds allowed", PDF_SECONDS);
        else if (WIFSIGNALED(status)) /* GLib ends its process where it gets no memory */
                error_set(p->err, ERR_ENVIRONMENT, "the process that draws the document was ended by signal %d", WTERMSIG(status));
        else
                error_set(p->err, ERR_ENVIRONMENT, "the process that draws the document ended with status %d", WEXITSTATUS(status));
        return is_short(p);
}

static bool draw(struct pdf *p, int drawn)
{
        pid_t process = start(p, drawn);
        int status;

        if (process == 0)
                return false;
        while (waitpid(process, &status, 0) < 0)
                if (errno != EINTR)
                        return not_written(p, false);
        return ended_well(p, drawn, status);
}

bool pdf_close(struct pdf *p)
{
        put_step(p, (struct pdf_step){ .kind = STEP_END }, NULL);
        if (!error_ok(p->err))
                return false;
        if (!buf_finish(&p->steps))
                return not_written(p, p->steps.is_starved);
        for (int i = 0; i < TIMES; i++)
                if (!draw(p, p->drawn[i]))
                        return false;
        return take_document(p);
}

void pdf_process(int argc, char **argv)
{
        if (argc == 2 && strcmp(argv[1], COMMAND) == 0)
                _exit(pdf_draw(STDIN_FILENO, STDOUT_FILENO));
}
