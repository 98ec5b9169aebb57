/* log.h - the running server's diagnostics: one JSON line each on standard error.
 *
 * For operators, not for users: raw database and system texts belong here. English only. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_DETAIL, LOG_NOTE, LOG_WARNING, LOG_ALARM };

/* Lines below this level are dropped. Default LOG_NOTE; LOG_ALARM in tests. */
void log_set_level(enum log_level);

/* One line: {"at":...,"level":...,"what":...,"text":...}. what names the place ("sync", "web"). */
void log_line(enum log_level, const char *what, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

#endif
