/* hex.h - bytes as lower-case hexadecimal and back. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* Write 2 * length digits and a NUL. */
void hex_write(char *out, const void *bytes, size_t length);

/* Read exactly length bytes from a text of exactly 2 * length digits; false otherwise. */
bool hex_read(void *out, size_t length, const char *text);

#endif
