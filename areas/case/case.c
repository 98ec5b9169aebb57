/* case.c - cases under workflows: the commands. */
#include <string.h>

#include "areas/area.h"
#include "workflow/workflow.h"

/* ---- caunoi workflow draw --------------------------------------------------------------------------------------------- */

static bool run_draw(struct work *w, const struct call *call)
{
        struct complaints complaints = { .arena = w->arena, .language = w->language };
        const char *folder = call_argument(call, 0), *id = call_argument(call, 1), *on = call_option(call, "on", 0);
        const struct workflow *found;
        const struct catalogue *c;
        struct source *files;
        day received = day_of_moment(w->now);
        size_t count;

        if (on != NULL && !day_read(on, strlen(on), &received))
                return error_set(&w->err, ERR_USAGE, "\"%s\" is no date like 2025-07-01", on);
        files = catalogue_folder(w->arena, folder, &count, &w->err);
        if (files == NULL)
                return false;
        c = catalogue_parse(w->arena, files, count, &complaints);
        found = workflow_find(c, id, received);
        if (found == NULL) {
                error_set(&w->err, ERR_MISSING, "no sound workflow \"%s\" is in force on that day", id);
                return error_hint(&w->err, "caunoi catalogue check DIR tells what is wrong with the files of the folder workflows");
        }
        workflow_draw(found, w->language, call_out(call));
        return true;
}

static const struct option draw_options[] = {
        { "on", "DATE", false, N_("the regime for cases received on that day; today otherwise") },
        { 0 },
};

static const struct command commands[] = {
        { "workflow draw", "DIR ID", 2, 2, COMMAND_ALONE, draw_options, run_draw,
          N_("draw a workflow of a folder of data files as a diagram"),
          N_("Prints the language of Graphviz: caunoi workflow draw data cluster_establishment | dot -Tsvg > diagram.svg. Boxes are "
             "states with their time limits, arrows what may be done and by whom; dashed ones lead back.") },
        { 0 },
};

const struct area case_area = { .name = "case", .title = N_("Cases"), .commands = commands };
