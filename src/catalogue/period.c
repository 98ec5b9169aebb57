#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "catalogue/catalogue.h"

#define YEAR_LEAST 1900
#define YEAR_MOST 2999

static const int per_year[] = { [FREQUENCY_MONTH] = 12, [FREQUENCY_QUARTER] = 4, [FREQUENCY_HALF] = 2,
                                [FREQUENCY_YEAR] = 1 };

period period_make(enum frequency f, int year, int index)
{
        return (period)f * 1000000 + year * 100 + (f == FREQUENCY_YEAR ? 0 : index);
}

enum frequency period_frequency(period p)
{
        return (enum frequency)(p / 1000000);
}

int period_year(period p)
{
        return p % 1000000 / 100;
}

int period_index(period p)
{
        return p % 100;
}

static bool number(const char *text, size_t digits, int *n)
{
        *n = 0;
        for (size_t i = 0; i < digits; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                *n = *n * 10 + (text[i] - '0');
        }
        return true;
}

bool period_read(const char *text, size_t length, period *p)
{
        enum frequency f;
        int year, index = 0;

        if (length < 4 || !number(text, 4, &year) || year < YEAR_LEAST || year > YEAR_MOST)
                return false;
        if (length == 4) {
                *p = period_make(FREQUENCY_YEAR, year, 0);
                return true;
        }
        if (length != 7 || text[4] != '-')
                return false;
        if (text[5] == 'Q' || text[5] == 'S') {
                f = text[5] == 'Q' ? FREQUENCY_QUARTER : FREQUENCY_HALF;
                if (!number(text + 6, 1, &index))
                        return false;
        } else {
                f = FREQUENCY_MONTH;
                if (!number(text + 5, 2, &index))
                        return false;
        }
        if (index < 1 || index > per_year[f])
                return false;
        *p = period_make(f, year, index);
        return true;
}

size_t period_write(char *out, period p)
{
        int year = period_year(p), index = period_index(p), length = 0;

        switch (period_frequency(p)) {
        case FREQUENCY_MONTH:
                length = snprintf(out, PERIOD_TEXT_MAX, "%04d-%02d", year, index);
                break;
        case FREQUENCY_QUARTER:
                length = snprintf(out, PERIOD_TEXT_MAX, "%04d-Q%d", year, index);
                break;
        case FREQUENCY_HALF:
                length = snprintf(out, PERIOD_TEXT_MAX, "%04d-S%d", year, index);
                break;
        case FREQUENCY_YEAR:
                length = snprintf(out, PERIOD_TEXT_MAX, "%04d", year);
                break;
        default:
                out[0] = '\0';
        }
        return (size_t)length;
}

static int months_in(enum frequency f)
{
        return 12 / per_year[f];
}

day period_first(period p)
{
        int index = period_index(p);

        return day_of(period_year(p), (index == 0 ? 0 : index - 1) * months_in(period_frequency(p)) + 1, 1);
}

day period_last(period p)
{
        enum frequency f = period_frequency(p);
        int index = f == FREQUENCY_YEAR ? 1 : period_index(p), month = index * months_in(f);

        return day_of(period_year(p), month, days_in_month(period_year(p), month));
}

period period_plus(period p, int steps)
{
        enum frequency f = period_frequency(p);
        int n = per_year[f];
        int serial = period_year(p) * n + (f == FREQUENCY_YEAR ? 0 : period_index(p) - 1) + steps;

        assert(serial >= 0);
        return period_make(f, serial / n, serial % n + 1);
}

period period_year_before(period p)
{
        return p - 100;
}

period period_at(enum frequency f, day d)
{
        int year, month, number_in_month;

        day_split(d, &year, &month, &number_in_month);
        return period_make(f, year, (month - 1) / months_in(f) + 1);
}

size_t period_write_shown(char *out, size_t room, period p, enum language language)
{
        static const char *const roman[] = { "I", "II", "III", "IV" };
        int year = period_year(p), index = period_index(p), length = 0;
        bool is_vi = language == LANGUAGE_VI;

        switch (period_frequency(p)) {
        case FREQUENCY_MONTH:
                length = is_vi ? snprintf(out, room, "Tháng %d/%d", index, year)
                               : snprintf(out, room, "%s %d", month_name(index), year);
                break;
        case FREQUENCY_QUARTER:
                length = is_vi ? snprintf(out, room, "Quý %s/%d", roman[index - 1], year)
                               : snprintf(out, room, "Q%d %d", index, year);
                break;
        case FREQUENCY_HALF:
                length = is_vi ? snprintf(out, room, "6 tháng %s năm %d", index == 1 ? "đầu" : "cuối", year)
                               : snprintf(out, room, "H%d %d", index, year);
                break;
        case FREQUENCY_YEAR:
                length = is_vi ? snprintf(out, room, "Năm %d", year) : snprintf(out, room, "%d", year);
                break;
        default:
                if (room > 0)
                        out[0] = '\0';
        }
        return length < 0 ? 0 : (size_t)length < room ? (size_t)length : room == 0 ? 0 : room - 1;
}

size_t period_write_said(char *out, size_t room, period p, enum language language)
{
        size_t length = period_write_shown(out, room, p, language);

        if (language == LANGUAGE_VI && length > 0 && out[0] >= 'A' && out[0] <= 'Z')
                out[0] = (char)(out[0] - 'A' + 'a');
        return length;
}

size_t period_write_short(char *out, size_t room, period p, enum language language)
{
        int length;

        if (period_frequency(p) != FREQUENCY_MONTH)
                return period_write_shown(out, room, p, language);
        length = language == LANGUAGE_VI
                         ? snprintf(out, room, "T%d/%d", period_index(p), period_year(p))
                         : snprintf(out, room, "%.3s %d", month_name(period_index(p)), period_year(p));
        return length < 0 ? 0 : (size_t)length < room ? (size_t)length : room == 0 ? 0 : room - 1;
}

bool period_read_month(const char *text, period *p)
{
        size_t length = strlen(text);
        int year;

        if (period_read(text, length, p))
                return period_frequency(*p) == FREQUENCY_MONTH;
        if (length < 4 || !number(text + length - 4, 4, &year) || year < YEAR_LEAST || year > YEAR_MOST)
                return false;
        for (int month = 1; month <= 12; month++) {
                char bare[16];

                *p = period_make(FREQUENCY_MONTH, year, month);
                snprintf(bare, sizeof bare, "%d/%d", month, year);
                if (strcmp(text, bare) == 0)
                        return true;
                for (enum language l = LANGUAGE_VI; l <= LANGUAGE_EN; l++) {
                        static size_t (*const write[])(char *, size_t, period, enum language) = { period_write_shown, period_write_said, period_write_short };
                        char out[64];

                        for (size_t i = 0; i < sizeof write / sizeof *write; i++) {
                                write[i](out, sizeof out, *p, l);
                                if (strcmp(text, out) == 0)
                                        return true;
                        }
                }
        }
        return false;
}
