# Cầu Nối. `make` builds ./caunoi; `make check` runs what is quick; see docs/building.md.
#
# One directory of objects per MODE: release, debug, asan, tsan, cov. Folders are found, not listed:
# a new area or module needs no edit here.

MODE ?= release
CC ?= gcc
B := build/$(MODE)

PACKAGES := libmicrohttpd jansson sqlite3 libpq xlsxwriter libzip expat libsodium libcrypto libcurl \
            libfyaml libutf8proc libzstd libbrotlienc zlib
CFLAGS_WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes \
               -Wmissing-prototypes -Wvla
CFLAGS_release := -O2 -g
CFLAGS_debug := -O0 -g
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS_tsan := -O1 -g -fsanitize=thread
CFLAGS_cov := -O0 -g --coverage
CFLAGS_ALL := -std=c17 -D_GNU_SOURCE $(CFLAGS_WARN) $(CFLAGS_$(MODE)) -Isrc -I. -I$(B)/gen \
              $(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS)
LIBS := $(shell pkg-config --libs $(PACKAGES)) -lpthread -lm

ifneq ($(shell command -v ccache),)
CC := ccache $(CC)
endif

SOURCES := $(filter-out %_test.c %_fuzz.c,$(wildcard src/*/*.c areas/*/*.c))
TESTS := $(wildcard src/*/*_test.c areas/*/*_test.c tests/*_test.c)
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
TEST_PROGRAMS := $(TESTS:%.c=$(B)/%)

.PHONY: all tests clean
all: caunoi
tests: $(TEST_PROGRAMS)

caunoi: $(B)/caunoi
	cp $< $@

$(B)/caunoi: $(B)/main.o $(OBJECTS)
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

$(B)/libcaunoi.a: $(OBJECTS)
	rm -f $@ && ar rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(TEST_PROGRAMS): $(B)/%: $(B)/%.o $(B)/libcaunoi.a
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS) -lcmocka

clean:
	rm -rf build caunoi

.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
