/* lines.h - the stream of lines that nodes exchange, compressed with zstd, over memory or a file.
 *
 * First line: {"caunoi":1,"node":KEY,"unit":CODE,"for":CODE}. Then entries and seals (ledger/receive.h). The
 * last line is {"end":N} with the number of lines before it, so that a cut stream is recognisable. */
#ifndef SYNC_LINES_H
#define SYNC_LINES_H

#include "base/buf.h"
#include "ledger/entry.h"
#include "work/work.h"

#define LINES_UNPACKED_MAX ((uint64_t)1 << 30) /* bytes of one exchange, unpacked */

/* Writing: lines go compressed into out. */
struct line_writer;
struct line_writer *lines_begin(struct work *, struct buf *out, const char *for_unit);
bool lines_put(struct line_writer *, const char *line, size_t length);
bool lines_end(struct line_writer *); /* writes the last line */

/* Reading from an open file descriptor (the caller's) or memory. Checks the first line: the node, and for
 * whom it is, are then known. lines_next: false at the end or with an error; the end counts only if the last line was there and right. */
struct line_reader;
struct line_reader *lines_open(struct work *, int fd, const void *bytes, size_t length);
/* The memory it reads is this buffer's, which is given back while it is taken in, and cleared as soon as all of it has been. */
void lines_give_back(struct line_reader *, struct buf *);
/* Refuse what unpacks to more bytes than that; LINES_UNPACKED_MAX unless set. */
void lines_limit(struct line_reader *, uint64_t bytes);
bool lines_next(struct line_reader *, const char **line, size_t *length);

/* From here on another thread unpacks lines and looks at the entries before they are asked for, until lines_stay or the memory of the work
 * ends; the bytes must live so long. lines_entry: the entry that is the line which lines_next gave last, as entry_head reads it, until the next
 * is asked for; NULL where it is none, or nobody read ahead. */
bool lines_read_ahead(struct line_reader *);
void lines_stay(struct line_reader *);
const struct entry *lines_entry(const struct line_reader *);
/* Where stands in which memory (of malloc) the line given last lies, where that is very long and nobody has taken it: who sets it to NULL has it, and
 * frees it. NULL, or NULL there, for others. */
char **lines_memory(struct line_reader *);
/* The line given last, and its entry, are no longer needed: memory of a very long one is given back before the next is asked for. */
void lines_done(struct line_reader *);
const char *lines_node(const struct line_reader *);
const char *lines_for(const struct line_reader *);

#endif
