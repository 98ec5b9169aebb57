#include <stdarg.h>
#include <string.h>

#include "catalogue/catalogue.h"

void complain(struct complaints *c, const char *file, int line, int column, const char *format, ...)
{
        struct complaint *one;
        va_list list;

        if (c == NULL)
                return;
        if (c->count == c->room) {
                size_t room = c->room == 0 ? 16 : c->room * 2;
                struct complaint *more = arena_array(c->arena, room, sizeof *more);

                if (c->count > 0)
                        memcpy(more, c->list, c->count * sizeof *more);
                c->list = more;
                c->room = room;
        }
        one = &c->list[c->count++];
        one->file = arena_text(c->arena, file);
        one->line = line;
        one->column = column;
        va_start(list, format);
        one->message = arena_print_list(c->arena, text(c->language, format), list);
        va_end(list);
}
