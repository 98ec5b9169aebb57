/* day.h - calendar days and moments; pure, without a clock.
 *
 * A day is a number: days since 1970-01-01 in the proleptic Gregorian calendar. A moment is
 * milliseconds since 1970-01-01T00:00Z. Vietnam keeps UTC+7 all year (since 1975). */
#ifndef BASE_DAY_H
#define BASE_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

typedef int32_t day;
typedef int64_t moment;

#define DAY_NONE INT32_MIN       /* no day: open start */
#define DAY_FOREVER INT32_MAX    /* open end */
#define DAY_TEXT_MAX 16
#define MOMENT_TEXT_MAX 40
#define DAY_SHOWN_MAX 40
#define MOMENT_PER_DAY ((moment)86400000)
#define MOMENT_VIETNAM ((moment)7 * 3600000) /* offset of Vietnamese time */

/* The day of a date and back. Days beyond the end of the month run on into the next. */
day day_of(int year, int month, int day_of_month);
void day_split(day, int *year, int *month, int *day_of_month);

/* "2025-07-01" exactly; false for anything else, also for 2025-02-30. */
bool day_read(const char *text, size_t length, day *);
/* "2025-07-01"; out has DAY_TEXT_MAX bytes. Nothing ("" and 0) for DAY_NONE, DAY_FOREVER and whatever is
 * outside the years 1 to 9999. */
size_t day_write(char out[static DAY_TEXT_MAX], day);

/* As people read it: "01/07/2025" in Vietnamese, "1 July 2025" in English; a moment in Vietnamese time,
 * "08:15, 01/07/2025". out has DAY_SHOWN_MAX bytes; nothing is written outside the years 1 to 9999. */
size_t day_write_shown(char out[static DAY_SHOWN_MAX], day, enum language);
size_t moment_write_shown(char out[static DAY_SHOWN_MAX], moment, enum language);
/* The same in an arena; "" for the moment 0. */
struct arena;
const char *moment_shown(struct arena *, moment, enum language);
/* "January" for 1; texts of Vietnamese say "tháng 1". */
const char *month_name(int month);

int day_of_week(day); /* 1 = Monday .. 7 = Sunday */
/* 28 to 31. */
int days_in_month(int year, int month);

/* The day of the same month and number so many years later; of 29 February, where there is none, 28 February. */
day day_years_later(day, int years);

/* First and last moment of a day in Vietnam. */
moment moment_of_day(day);
moment moment_end_of_day(day);
day day_of_moment(moment); /* the day in Vietnam */

/* "2026-11-23T14:02:11.123+07:00". Reads that form, with any offset or Z, with or without seconds and
 * fraction, and a bare day (its first moment). */
size_t moment_write(char *out, moment); /* out has MOMENT_TEXT_MAX bytes; years 1 to 9999 as above */
bool moment_read(const char *text, size_t length, moment *);

/* The clock of the machine. Only this and steady_now are not pure. */
moment moment_now(void);

/* Milliseconds that only go forward, whatever happens to the clock; from no particular start. For deadlines and pauses. */
int64_t steady_now(void);

#endif
