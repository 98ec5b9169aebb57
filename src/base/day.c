#include "base/day.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "base/arena.h"

/* 0001-01-01 and 9999-12-31: what four digits of a year can say. */
#define DAY_LEAST (-719162)
#define DAY_MOST 2932896

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (public domain). */
day day_of(int year, int month, int day_of_month)
{
        int y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
        int of_era = y - era * 400;
        int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1;
        int days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;

        return era * 146097 + days - 719468;
}

void day_split(day d, int *year, int *month, int *day_of_month)
{
        int z = d + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
        int of_era = z - era * 146097;
        int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        int of_year = of_era - (365 * y + y / 4 - y / 100);
        int m = (5 * of_year + 2) / 153;

        *day_of_month = of_year - (153 * m + 2) / 5 + 1;
        *month = m < 10 ? m + 3 : m - 9;
        *year = y + era * 400 + (*month <= 2);
}

int days_in_month(int year, int month)
{
        static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return days[month - 1] + (month == 2 && leap);
}

day day_years_later(day d, int years)
{
        int year, month, of_month;

        day_split(d, &year, &month, &of_month);
        year += years;
        return day_of(year, month, of_month > days_in_month(year, month) ? days_in_month(year, month) : of_month);
}

static bool digits(const char *text, int count, int *number)
{
        *number = 0;
        for (int i = 0; i < count; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                *number = *number * 10 + (text[i] - '0');
        }
        return true;
}

bool day_read(const char *text, size_t length, day *d)
{
        int year, month, number;

        if (length != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 4, &year) ||
            !digits(text + 5, 2, &month) || !digits(text + 8, 2, &number))
                return false;
        if (year < 1 || month < 1 || month > 12 || number < 1 || number > days_in_month(year, month))
                return false;
        *d = day_of(year, month, number);
        return true;
}

/* The last digits of a number. */
static void write_digits(char *out, int count, int number)
{
        for (; count > 0; number /= 10)
                out[--count] = (char)('0' + number % 10);
}

size_t day_write(char out[static DAY_TEXT_MAX], day d)
{
        int year, month, number;

        out[0] = '\0';
        if (d < DAY_LEAST || d > DAY_MOST)
                return 0;
        day_split(d, &year, &month, &number);
        write_digits(out, 4, year); /* by hand: a catalogue writes one for each unit */
        write_digits(out + 5, 2, month);
        write_digits(out + 8, 2, number);
        out[4] = out[7] = '-';
        out[10] = '\0';
        return 10;
}

const char *month_name(int month)
{
        static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July",
                                              "August", "September", "October", "November", "December" };

        assert(month >= 1 && month <= 12);
        return months[month - 1];
}

size_t day_write_shown(char out[static DAY_SHOWN_MAX], day d, enum language language)
{
        int year, month, number;

        out[0] = '\0';
        if (d < DAY_LEAST || d > DAY_MOST)
                return 0;
        day_split(d, &year, &month, &number);
        if (language == LANGUAGE_EN)
                return (size_t)snprintf(out, DAY_SHOWN_MAX, "%d %s %d", number, month_name(month), year);
        return (size_t)snprintf(out, DAY_SHOWN_MAX, "%02d/%02d/%04d", number, month, year);
}

size_t moment_write_shown(char out[static DAY_SHOWN_MAX], moment m, enum language language)
{
        char date[DAY_SHOWN_MAX];
        int minutes;
        day d;

        out[0] = '\0';
        if (m < moment_of_day(DAY_LEAST) || m > moment_end_of_day(DAY_MOST))
                return 0;
        d = day_of_moment(m);
        minutes = (int)((m - moment_of_day(d)) / 60000);
        day_write_shown(date, d, language);
        return (size_t)snprintf(out, DAY_SHOWN_MAX, "%02d:%02d, %.20s", minutes / 60, minutes % 60, date);
}

const char *moment_shown(struct arena *arena, moment m, enum language language)
{
        char *out = arena_alloc(arena, DAY_SHOWN_MAX);

        if (m == 0)
                return "";
        moment_write_shown(out, m, language);
        return out;
}

int day_of_week(day d)
{
        int w = (d + 3) % 7; /* 1970-01-01 was a Thursday */

        return (w < 0 ? w + 7 : w) + 1;
}

moment moment_of_day(day d)
{
        return (moment)d * MOMENT_PER_DAY - MOMENT_VIETNAM;
}

moment moment_end_of_day(day d)
{
        return moment_of_day(d) + MOMENT_PER_DAY - 1;
}

day day_of_moment(moment m)
{
        moment local = m + MOMENT_VIETNAM, d = local / MOMENT_PER_DAY;

        return (day)(local < 0 && local % MOMENT_PER_DAY != 0 ? d - 1 : d);
}

size_t moment_write(char *out, moment m)
{
        int rest, year, month, number;
        day d;

        out[0] = '\0';
        if (m < moment_of_day(DAY_LEAST) || m > moment_end_of_day(DAY_MOST))
                return 0;
        d = day_of_moment(m);
        rest = (int)(m - moment_of_day(d));
        day_split(d, &year, &month, &number);
        return (size_t)snprintf(out, MOMENT_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03d+07:00", year % 10000,
                                month, number, rest / 3600000, rest / 60000 % 60, rest / 1000 % 60, rest % 1000);
}

bool moment_read(const char *text, size_t length, moment *m)
{
        const char *p, *end = text + length;
        int hour, minute, second = 0, thousandth = 0, scale = 100;
        moment offset;
        day d;

        if (length < 10 || !day_read(text, 10, &d))
                return false;
        if (length == 10) {
                *m = moment_of_day(d);
                return true;
        }
        p = text + 10;
        if (end - p < 7 || (*p != 'T' && *p != ' ') || p[3] != ':' || !digits(p + 1, 2, &hour) ||
            !digits(p + 4, 2, &minute))
                return false;
        p += 6;
        if (p < end && *p == ':') {
                if (end - p < 3 || !digits(p + 1, 2, &second))
                        return false;
                p += 3;
                if (p < end && *p == '.') {
                        if (end - ++p == 0 || *p < '0' || *p > '9')
                                return false;
                        for (; p < end && *p >= '0' && *p <= '9'; p++, scale /= 10)
                                thousandth += (*p - '0') * scale;
                }
        }
        if (hour > 23 || minute > 59 || second > 59)
                return false;
        if (end - p == 1 && *p == 'Z') {
                offset = 0;
        } else {
                int h, n;

                if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':' || !digits(p + 1, 2, &h) ||
                    !digits(p + 4, 2, &n) || h > 14 || n > 59)
                        return false;
                offset = ((moment)h * 60 + n) * 60000 * (*p == '-' ? -1 : 1);
        }
        *m = (moment)d * MOMENT_PER_DAY + (((moment)hour * 60 + minute) * 60 + second) * 1000 + thousandth - offset;
        return true;
}

moment moment_now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_REALTIME, &t);
        return (moment)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t steady_now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
