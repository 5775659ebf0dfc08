# buyermap: make | make demo | make test | make lint | make bench | make install
# MODE=release|debug|asan|tsan chooses the build; each has its own folder under build/.
MODE ?= release
BUILD ?= build/$(MODE)
PREFIX ?= /usr/local
CC = gcc
CFLAGS ?=
BUYERMAP_DATA ?= ../shared/data
export BUYERMAP_DATA
# V=1 shows whole commands.
quiet = $(if $(V),,@)
say = @$(if $(V),true,echo)

VERSION := 0.1.0
# Libraries as Debian names them in pkg-config; libcsv has no .pc file. GSL's own cblas is never
# linked: OpenBLAS stands in for it.
PACKAGES := gsl openblas hdf5 yaml-0.1 jansson libcrypto zlib
LIBS = $(filter-out -lgslcblas,$(shell pkg-config --libs $(PACKAGES))) -lcsv -lm
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla
OPENMP := -fopenmp
FLAGS_release := -O2 -g
FLAGS_debug := -O0 -g3
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
ifeq ($(MODE),tsan)
CC := clang
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(FLAGS_$(MODE)) $(OPENMP) -Iinclude -Isrc \
             -DBM_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS)
LINK = $(CC) $(FLAGS_$(MODE)) $(OPENMP) $(LDFLAGS)

SOURCES := $(sort $(wildcard src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY := $(BUILD)/libbuyermap.a
BINARY := $(BUILD)/buyermap
UNIT := $(sort $(wildcard tests/unit/*/test_*.c tests/contract/test_*.c tests/reference/test_*.c))
UNIT_BINARIES := $(UNIT:%.c=$(BUILD)/%)

.PHONY: all
all: buyermap libbuyermap.a

ifeq ($(MODE),release)
buyermap: $(BINARY)
	@cp -f $< $@
libbuyermap.a: $(LIBRARY)
	@cp -f $< $@
else
.PHONY: buyermap libbuyermap.a
buyermap: $(BINARY)
libbuyermap.a: $(LIBRARY)
endif

$(BINARY): $(BUILD)/src/main.o $(LIBRARY)
	$(say) LD $@
	$(quiet)$(LINK) -o $@ $^ $(LIBS)
$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(say) AR $@
	$(quiet)ar rcsD $@ $^
# Of two functions of one name the linker takes the first without a word.
	@! nm --defined-only $@ | awk '$$2 ~ /^[TDRBC]$$/ { print $$3 }' | sort | uniq -d | grep .
$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(say) CC $<
	$(quiet)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(LIBRARY)
	$(say) LD $@
	$(quiet)$(LINK) -o $@ $^ $(LIBS) -lcmocka
# Objects of the tests are kept, so that a change of one builds one.
.SECONDARY:
-include $(OBJECTS:.o=.d) $(BUILD)/src/main.d $(UNIT_BINARIES:=.d)

.PHONY: setup demo test unit lint bench install clean test-asan test-tsan test-valgrind fuzz
setup:
	@sh scripts/setup.sh build

# Variables above are read by pkg-config when they are used, so that set-up can come first.
demo: setup
	@$(MAKE) --no-print-directory -j2 buyermap
	./buyermap run datasets/weekly.yaml --out demo-out

test:
	@sh scripts/setup.sh test
	@$(MAKE) --no-print-directory -j2 buyermap libbuyermap.a unit
	@sh tests/run.sh $(BUILD)

unit: $(UNIT_BINARIES)

test-asan:
	@sh scripts/setup.sh sanitize
	@$(MAKE) --no-print-directory -j2 MODE=asan buyermap libbuyermap.a unit
	@ASAN_OPTIONS=allocator_may_return_null=1 sh tests/run.sh build/asan

# clang's libomp and its Archer library, since gcc's libgomp gives false races.
test-tsan:
	@sh scripts/setup.sh sanitize
	@$(MAKE) --no-print-directory -j2 MODE=tsan buyermap libbuyermap.a unit
	@OMP_TOOL_LIBRARIES=/usr/lib/llvm-14/lib/libarcher.so \
	    TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1 second_deadlock_stack=1" \
	    sh tests/run.sh build/tsan

test-valgrind: setup
	@sh scripts/setup.sh sanitize
	@$(MAKE) --no-print-directory -j2 buyermap
	@sh tests/fault/valgrind.sh $(BUILD)/buyermap

# libFuzzer under clang; MODE=fuzz has a build of its own, and what it finds stays there.
FUZZ_SECONDS ?= 60
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
              -fno-omit-frame-pointer
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz:
	@sh scripts/setup.sh sanitize
	@$(MAKE) --no-print-directory -j2 MODE=fuzz CC=clang fuzzers
	@sh tests/fuzz/run.sh build/fuzz $(FUZZ_SECONDS)

.PHONY: fuzzers
fuzzers: $(FUZZERS)
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIBRARY)
	$(say) LD $@
	$(quiet)$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS)
-include $(FUZZERS:=.d)

lint:
	@sh scripts/setup.sh lint
	@sh scripts/lint.sh

bench:
	@sh scripts/setup.sh build bench
	@$(MAKE) --no-print-directory -j2 buyermap libbuyermap.a
	@sh bench/run.sh

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include/buyermap
	install -m 755 buyermap $(DESTDIR)$(PREFIX)/bin/buyermap
	install -m 644 libbuyermap.a $(DESTDIR)$(PREFIX)/lib/libbuyermap.a
	install -m 644 include/buyermap/*.h $(DESTDIR)$(PREFIX)/include/buyermap/

clean:
	rm -rf build buyermap libbuyermap.a demo-out
