# Cầu Nối. `make` builds ./caunoi; `make check` runs everything; docs/building.md tells the rest.
#
# One directory per MODE: release, debug, asan, tsan; cov, fuzz (clang). Folders and files are found,
# not listed: a new area, module, template, text, data file or test needs no edit here.

MODE ?= release
CC ?= gcc
HOSTCC ?= gcc
# Fuzzers are guided by what they reach, and all of the program is made for that, unless GUIDED names some folders: what it does not name
# is taken as MODE=asan has made it.
GUIDED ?=
B := build/$(MODE)$(if $(GUIDED),-guided)
comma := ,
GEN := $(B)/gen

PACKAGES := libmicrohttpd gnutls gmp jansson sqlite3 libpq expat libsodium libcrypto libcurl \
            yaml-0.1 libutf8proc libzstd libbrotlienc zlib libqrencode pangocairo cairo-pdf geos
CFLAGS_WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes \
               -Wmissing-prototypes -Wvla
CFLAGS_release := -O2 -g1
CFLAGS_debug := -O0 -g $(if $(findstring clang,$(CC)),,-Wno-clobbered)
# What is undefined ends in a trap, which the other sanitizer reports with its line (handle_sigill in tests/run.sh). Messages of their own
# would be five megabytes that every start loads and every end searches for pointers.
# Frames are not kept after their end: what would keep them is off unless asked for, and only makes code.
CFLAGS_asan := -Og -g1 -fno-pie -no-pie -fno-omit-frame-pointer -fsanitize=address,undefined -fsanitize-undefined-trap-on-error \
               --param asan-use-after-return=0 -Werror
CFLAGS_tsan := -O1 -g -fsanitize=thread
# Counts lie in a file that all processes of a program share: what is killed, or leaves without its exit handlers, has counted until then.
CFLAGS_cov := -O0 -g1 -fcoverage-mapping -fprofile-instr-generate=$(CURDIR)/$(B)/counts/%c%m.profraw -Xclang -mllvm -Xclang -runtime-counter-relocation \
              -fprofile-update=atomic
# Of what clang can check, a look at each pointer before each use costs most; a bad one ends in the other sanitizer's report, and asan has it all.
# Optimising what the sanitizers add would take clang four times as long as the rest.
CFLAGS_fuzz := -O0 -g1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=null,alignment,object-size
CFLAGS_ALL := -std=c17 -D_GNU_SOURCE $(CFLAGS_WARN) $(CFLAGS_$(MODE)) -Isrc -I. -I$(GEN) \
              $(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS)
# Sanitizers make programs large, and of tests there are many; this linker takes a third of the time.
LINKER_asan := $(if $(shell command -v ld.gold),-fuse-ld=gold)
LINKER_fuzz := $(LINKER_asan)
LIBS := $(LINKER_$(MODE)) -Wl,--as-needed $(shell pkg-config --libs $(PACKAGES)) -lpthread -lm
# What few commands need and brings many others along is loaded by those (src/base/library.h); commas: with what comes with it.
LATER := $(if $(filter x86_64-% aarch64-%,$(shell $(CC) -dumpmachine)),pq curl microhttpd$(comma)gnutls$(comma)gmp geos_c pangocairo-1.0$(comma)pango-1.0$(comma)cairo$(comma)gobject-2.0)
LIBS_AT_START := $(filter-out $(patsubst %,-l%,$(subst $(comma), ,$(LATER))),$(LIBS))

ifneq ($(filter cov fuzz,$(MODE)),)
CC := clang
endif
ifneq ($(shell command -v ccache),)
CC := ccache $(CC)
endif

SOURCES := $(filter-out %_test.c %_fuzz.c,$(wildcard src/*/*.c areas/*.c areas/*/*.c bench/*.c))
TESTS := $(wildcard src/*/*_test.c areas/*/*_test.c tests/*_test.c)
FUZZERS := $(wildcard src/*/*_fuzz.c areas/*/*_fuzz.c tests/*_fuzz.c)
TEMPLATES := $(wildcard src/*/*.html areas/*/*.html)
TEST_TEMPLATES := $(wildcard tests/*/*.html)
TEXT_FILES := $(wildcard src/*/vi.po areas/*/vi.po po/*.po main.po)
DATA := $(shell find data -type f ! -name "*.md" 2>/dev/null) \
        $(wildcard areas/*/*.form areas/*/*.indicator areas/*/*.workflow areas/*/*.yaml areas/*/*.csv)
ASSETS := $(wildcard assets/*)

PAGES := $(patsubst src/%,%,$(TEMPLATES))
PAGE_SOURCES := $(PAGES:%.html=$(GEN)/%.html.c)
PAGE_HEADERS := $(sort $(foreach page,$(PAGES) $(TEST_TEMPLATES),$(GEN)/$(dir $(page))pages.h))
PAGE_FOLDERS := $(sort $(foreach page,$(PAGES),$(GEN)/$(dir $(page))pages.c))
TEST_PAGE_OBJECTS := $(TEST_TEMPLATES:%.html=$(GEN)/%.html.o)
MADE_SOURCES := $(PAGE_FOLDERS) $(GEN)/texts.c $(GEN)/shipped.c
ifneq ($(ASSETS),)
MADE_SOURCES += $(GEN)/assets.c
endif
ifneq ($(wildcard areas/*/),)
MADE_SOURCES += $(GEN)/areas.c
endif
OBJECTS := $(SOURCES:%.c=$(B)/%.o) $(MADE_SOURCES:%.c=%.o)
TEST_PROGRAMS := $(TESTS:%.c=$(B)/%)
TEST_HELPERS := $(filter-out %_test.c %_fuzz.c,$(wildcard tests/*.c))
FUZZ_PROGRAMS := $(FUZZERS:%.c=$(B)/%)

# PROGRESS=1 shows a line a file while it builds quietly (make -s).
say = $(if $(PROGRESS),@echo "  $(1)")

.PHONY: all tests fuzzers objects first warnings list-tests list-fuzzers list-flags check check-ladder check-headers check-texts check-duplicates \
        fuzz fuzz-short soak stories tsan coverage clean force
all: caunoi
tests: $(TEST_PROGRAMS)
fuzzers: $(FUZZ_PROGRAMS)
OWN_OBJECTS := $(TESTS:%.c=$(B)/%.o) $(TEST_HELPERS:%.c=$(B)/%.o) $(patsubst %.c,$(B)/%.o,$(wildcard main.c))
objects: $(OBJECTS) $(OWN_OBJECTS)
# Most of what ./check needs, and can be compiled before the npm packages are there.
first: $(filter-out $(GEN)/assets.o,$(OBJECTS)) $(if $(filter asan,$(MODE)),$(OWN_OBJECTS),$(B)/main.o)
	$(if $(filter asan,$(MODE)),,$(MAKE) MODE=asan first)

GUIDED_OBJECTS := $(filter $(GUIDED:%=$(B)/%/%),$(OBJECTS))
FUZZED := $(if $(GUIDED),$(GUIDED_OBJECTS) build/asan/tests/libtests.a build/asan/libcaunoi.a,$(B)/tests/libtests.a $(B)/libcaunoi.a)

caunoi: $(B)/caunoi
	@cp $< $@.new && mv $@.new $@ # a running program keeps its own file

$(B)/caunoi: $(B)/main.o $(if $(LATER),$(GEN)/later.o) $(B)/libcaunoi.a
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS_AT_START)

$(B)/libcaunoi.a: $(OBJECTS)
	rm -f $@ && ar rcs $@ $^

# A test's own code runs once: what optimising it would save is less than it costs.
ifneq ($(filter asan release,$(MODE)),)
$(B)/%_test.o: CFLAGS_ALL += $(CFLAGS_debug) -g1
endif

$(B)/%.o: %.c | $(PAGE_HEADERS)
	@mkdir -p $(@D)
	$(call say,$<)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(GEN)/%.o: $(GEN)/%.c | $(PAGE_HEADERS)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# What tests share beside headers: only what a program uses is linked.
$(B)/tests/libtests.a: $(TEST_HELPERS:%.c=$(B)/%.o)
	rm -f $@ && ar rcs $@ $^

$(TEST_PROGRAMS): $(B)/%: $(B)/%.o $(B)/tests/libtests.a $(TEST_PAGE_OBJECTS) $(B)/libcaunoi.a
	$(CC) $(CFLAGS_ALL) -o $@ $^ $(FAILING) $(if $(filter release,$(MODE)),$(LINKER_asan)) $(LIBS) -lcmocka
# tests/failing_calls.h.
$(B)/tests/failure_test $(B)/src/db/sqlite_test $(B)/src/db/pgsql_test \
        $(B)/src/catalogue/shelf_test $(B)/src/ledger/errors_test $(B)/src/format/zip_read_test $(B)/src/web/reserve_test: FAILING := $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc strdup \
        $(addprefix db_,exec query number text each many begin commit savepoint release script))

$(FUZZ_PROGRAMS): $(B)/%: $(B)/%.o $(FUZZED)
	$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(if $(GUIDED),-no-pie) -o $@ $^ $(LIBS) -lcmocka

# ---- what is made from other files ------------------------------------------------------------
# Files whose content is found again on every run are replaced only when it differs.
replace = cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/tools/%: tools/%.c
	@mkdir -p $(@D)
	$(HOSTCC) -std=c17 -D_GNU_SOURCE $(CFLAGS_WARN) -O1 -g -Isrc -o $@ $<
build/tools/texts: src/base/text_private.h

# Pages: one C file a template; a folder's are compiled together, and have one header.
$(GEN)/%.html.c: src/%.html build/tools/template
	@mkdir -p $(@D)
	build/tools/template code $< > $@.new && mv $@.new $@
$(GEN)/%.html.c: %.html build/tools/template
	@mkdir -p $(@D)
	build/tools/template code $< > $@.new && mv $@.new $@
.SECONDEXPANSION:
$(PAGE_HEADERS): $(GEN)/%pages.h: $$(wildcard src/$$*/*.html) $$(wildcard $$*/*.html) build/tools/template
	@mkdir -p $(@D)
	@build/tools/template header $(filter %.html,$^) > $@.new && $(replace)
$(PAGE_FOLDERS): $(GEN)/%pages.c: $$(foreach page,$$(PAGE_SOURCES),$$(if $$(filter $$(dir $$@),$$(dir $$(page))),$$(page))) $(GEN)/pages
	@printf '#include "%s"\n' $(patsubst $(GEN)/%,%,$(filter %.c,$^)) > $@
$(GEN)/pages: force
	@mkdir -p $(@D)
	@echo $(PAGES) > $@.new && $(replace)

# What the compiler has to say of sources that no fuzzer needs from it, without making anything of them. To start clang takes longer than to
# read a file: one looks at all of a folder (its driver alone would start one for each).
LOOKED_AT := $(TESTS) main.c $(if $(GUIDED),$(filter-out $(GUIDED:%=%/%),$(SOURCES)) $(MADE_SOURCES) $(TEST_HELPERS))
LOOKED_IN := $(addprefix warnings-in-,$(sort $(dir $(LOOKED_AT))))
warnings: $(LOOKED_IN)
$(LOOKED_IN): warnings-in-%: $$(foreach file,$(LOOKED_AT),$$(if $$(filter $$*,$$(dir $$(file))),$$(file))) | $(PAGE_HEADERS)
	$(lastword $(CC)) $(CFLAGS_ALL) -fsyntax-only $(patsubst %,-Xclang %,$(wordlist 2,$(words $^),$^)) $<

# Texts: every folder's translations in one table.
$(GEN)/vi.po: $(TEXT_FILES) Makefile
	@mkdir -p $(@D)
	@$(if $(TEXT_FILES),msgcat --use-first -o $@ $(TEXT_FILES),: > $@)
$(GEN)/texts.c: $(GEN)/vi.po build/tools/texts
	@$(if $(TEXT_FILES),msgfmt -o $(GEN)/vi.mo $<,: > $(GEN)/vi.mo)
	build/tools/texts $(GEN)/vi.mo > $@.new && mv $@.new $@

# The list of areas is the list of folders.
$(GEN)/areas.c: tools/areas.sh force
	@mkdir -p $(@D)
	@tools/areas.sh > $@.new && $(replace)

# Data files travel in the program.
$(GEN)/shipped.c: tools/shipped.sh force
	@mkdir -p $(@D)
	@tools/shipped.sh $(DATA) > $@.new && $(replace)
$(GEN)/shipped.o: $(DATA)

# Libraries that are loaded when something first needs them.
$(GEN)/later.c: tools/later.sh $(B)/libcaunoi.a Makefile
	@tools/later.sh $(B)/libcaunoi.a $(LATER) > $@.new && $(replace)

# Style sheets, scripts, fonts: compressed once, named by content.
$(GEN)/assets.c: tools/assets.sh $(ASSETS) node_modules/.package-lock.json
	@mkdir -p $(@D)
	tools/assets.sh build/assets > $@.new && mv $@.new $@
node_modules/.package-lock.json: package-lock.json
	tools/npm.sh ci --ignore-scripts --no-audit --no-fund --silent && touch $@

# ---- checks -------------------------------------------------------------------------------------
check:
	tests/all.sh
check-ladder:
	tools/check_ladder.sh
check-headers:
	tools/check_headers.sh
check-duplicates:
	tools/check_duplicates.sh
check-texts: $(PAGE_SOURCES)
	tools/check_texts.sh $(GEN)

list-tests:
	@echo $(TEST_PROGRAMS)
list-flags:
	@echo $(CFLAGS_$(MODE))
list-fuzzers:
	@echo $(FUZZ_PROGRAMS)

FUZZ_SECONDS ?= 600
fuzz:
	$(MAKE) MODE=fuzz fuzzers
	tests/fuzz.sh $(FUZZ_SECONDS) $(FUZZERS:%.c=build/fuzz/%)
fuzz-short:
	$(MAKE) FUZZ_SECONDS=4 fuzz

# What ./check does a little of, at length.
soak: caunoi
	$(MAKE) MODE=release build/release/tests/order_test build/release/tests/disk_test
	$(MAKE) MODE=asan build/asan/caunoi build/asan/tests/failure_test
	$(MAKE) MODE=fuzz fuzzers
	tests/soak.sh

# Each story on each database by itself.
stories:
	$(MAKE) MODE=asan build/asan/caunoi
	tests/stories.sh

# Tests with threads and an exchange, watched for races between threads: the first one ends the program that has it.
THREADED := $(addprefix build/tsan/src/,base/belt_test base/library_test sync/lines_test web/server_test web/serving_test ledger/ledger_test ledger/trust_test ledger/place_test ledger/past_test)
tsan:
	$(MAKE) MODE=tsan $(THREADED) build/tsan/caunoi
	TSAN_OPTIONS=halt_on_error=1 PATIENCE=5 TEST_SECONDS=3600 CAUNOI_PROGRAM=$(CURDIR)/build/tsan/caunoi tests/run.sh "" $(THREADED) tests/story/exchange_story.py tests/story/iip_late_story.py

# Lines and branches reached by the tests and stories: build/coverage/index.html and a summary.
coverage:
	$(MAKE) MODE=cov tests build/cov/caunoi
	tests/coverage.sh

clean:
	rm -rf build caunoi

.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
