#include "format/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

#include "format/html.h"

#define TEXT_MAX 1000

struct qr *qr_make(struct arena *a, const char *text, struct error *err)
{
        struct qr *qr = arena_alloc(a, sizeof *qr);
        unsigned char *modules;
        size_t count;
        QRcode *made;

        if (strlen(text) > TEXT_MAX || text[0] == '\0') {
                error_set(err, ERR_TOO_BIG, "a QR code holds 1 to %d bytes", TEXT_MAX);
                return NULL;
        }
        made = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
        if (made == NULL) {
                error_system(err, ERR_ENVIRONMENT, errno, "the QR code cannot be made");
                return NULL;
        }
        qr->width = made->width;
        count = (size_t)made->width * (size_t)made->width;
        for (size_t i = 0; i < count; i++)
                made->data[i] &= 1;
        modules = made->data;
        arena_on_free(a, (void (*)(void *))QRcode_free, made);
        qr->modules = modules;
        return qr;
}

/* One path: each run of dark modules is a bar one module high. */
void qr_write_svg(struct buf *out, const struct qr *qr, int size_px, const char *label)
{
        int side = qr->width + 2 * QR_QUIET;

        buf_print(out, "<svg role=\"img\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\""
                       " aria-label=\"", size_px, size_px, side, side);
        html_text(out, label);
        buf_print(out, "\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"", side, side);
        for (int y = 0; y < qr->width; y++) {
                const unsigned char *row = qr->modules + (size_t)y * (size_t)qr->width;

                for (int x = 0, end; x < qr->width; x = end) {
                        for (end = x + 1; end < qr->width && row[end] == row[x]; end++)
                                ;
                        if (row[x])
                                buf_print(out, "M%d %dh%dv1h-%dz", x + QR_QUIET, y + QR_QUIET, end - x, end - x);
                }
        }
        buf_text(out, "\"/></svg>");
}
