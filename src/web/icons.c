#include "web/icons.h"

#include <assert.h>
#include <string.h>

#define ICON(name, drawing) { name, "<svg class=\"i\" viewBox=\"0 0 18 18\" aria-hidden=\"true\">" drawing "</svg>" }
#define LINE(d) "<path d=\"" d "\"/>"
#define RING "<circle cx=\"9\" cy=\"9\" r=\"6.8\"/>"

static const struct {
        const char *name, *svg;
} icons[] = {
        ICON("alert", RING LINE("M9 5.5v4.2M9 12.3v.1")),
        ICON("bell", LINE("M4.5 12.5V8a4.5 4.5 0 019 0v4.5l1 1h-11zM7.5 15.5a1.6 1.6 0 003 0")),
        ICON("calendar", "<rect x=\"2.5\" y=\"3.5\" width=\"13\" height=\"12\" rx=\"1\"/>" LINE("M2.5 7h13M6 2v3M12 2v3")),
        ICON("chart", LINE("M2.5 15.5h13M4.5 13V9M8 13V5M11.5 13V7.500M15 13V3")),
        ICON("check", LINE("M3.5 9.5l3.5 3.5 7.5-8")),
        ICON("clock", RING LINE("M9 5v4.3l2.8 1.7")),
        ICON("document", LINE("M4.5 2.5h6l3 3v10h-9zM10.5 2.5v3h3M6.5 9h5M6.5 12h5")),
        ICON("down", LINE("M9 3v11M4.5 9.5L9 14l4.5-4.5")),
        ICON("download", LINE("M9 2.5v8.5M5 7.5l4 4 4-4M3 15.5h12")),
        ICON("filter", LINE("M2.5 4h13M5 9h8M7.5 14h3")),
        ICON("home", LINE("M2.5 8.5L9 3l6.5 5.5M4.5 7.5V15h9V7.5")),
        ICON("keyboard", "<rect x=\"2\" y=\"4.5\" width=\"14\" height=\"9\" rx=\"1.5\"/>"
             LINE("M5 7.5h.1M8 7.5h.1M11 7.5h.1M13 7.5h.1M6 10.7h6")),
        ICON("link", LINE("M7.5 10.5l3-3M8 5.5l2-2a3 3 0 014.3 4.3l-2 2M10 12.5l-2 2A3 3 0 013.7 10.2l2-2")),
        ICON("lock", "<rect x=\"4\" y=\"8\" width=\"10\" height=\"7.5\" rx=\"1\"/>" LINE("M6 8V6a3 3 0 016 0v2")),
        ICON("map", LINE("M2.5 4.5l4.5-2 4 2 4.5-2v11l-4.5 2-4-2-4.5 2zM7 2.5v11M11 4.5v11")),
        ICON("menu", LINE("M3 5h12M3 9h12M3 13h12")),
        ICON("note", LINE("M3 3.5h12v8.5H8.5L5 15v-3H3z")),
        ICON("pen", LINE("M3 15l.8-3.4L12 3.400l2.6 2.6-8.2 8.200zM10.5 5l2.6 2.6")),
        ICON("print", LINE("M5 6V2.5h8V6M5 13H3V6.5h12V13h-2") LINE("M5 11h8v4.5H5z")),
        ICON("redo", LINE("M12 3.5l3 3-3 3M15 6.5H7.5a4 4 0 000 8H11")),
        ICON("retry", LINE("M14.8 7A6 6 0 004 5.5L2.8 7M3.2 11A6 6 0 0014 12.5l1.2-1.5M2.8 3.5V7h3.4M15.2 14.5V11h-3.4")),
        ICON("search", "<circle cx=\"8\" cy=\"8\" r=\"5.2\"/>" LINE("M12 12l4.2 4.2")),
        ICON("send", LINE("M2.5 9.500l13-6.5-4.5 13-2.7-5.200zM8.3 10.800L15.5 3")),
        ICON("table", "<rect x=\"2.5\" y=\"3\" width=\"13\" height=\"12\" rx=\"1\"/>" LINE("M2.5 7h13M2.5 11h13M7 3v12")),
        ICON("todo", LINE("M3 4.5l1.5 1.5L7 3M3 12l1.5 1.5L7 10.5M9.5 5H15M9.5 12.5H15")),
        ICON("tray", LINE("M2.5 9.500l2-6h9l2 6v5.500h-13zM2.5 9.500h4c0 1.6 1 2.5 2.5 2.500s2.5-.9 2.5-2.500h4")),
        ICON("undo", LINE("M6 3.5L3 6.5l3 3M3 6.5h7.5a4 4 0 010 8H7")),
        ICON("up", LINE("M9 15V4M4.5 8.5L9 4l4.5 4.5")),
        ICON("upload", LINE("M9 11.5V3M5 6.5l4-4 4 4M3 15.5h12")),
        ICON("user", "<circle cx=\"9\" cy=\"6\" r=\"3\"/>" LINE("M3.5 15.5c.6-3 2.7-4.5 5.5-4.5s4.9 1.5 5.5 4.5")),
        ICON("warning", LINE("M9 2.5l7 12.5H2zM9 7v3.8M9 12.9v.1")),
};

const char *icon(const char *name)
{
        size_t i = 0;

        while (i < sizeof icons / sizeof *icons && strcmp(icons[i].name, name) != 0)
                i++;
        assert(i < sizeof icons / sizeof *icons);
        return icons[i].svg;
}
