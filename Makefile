# cnnc -- one Makefile, not recursive. `make help` lists the targets.
#
# Everything that is made goes under $(BUILD). The Debian packages that a target needs are installed
# first, as root or through sudo; on another system the target says what it expects to find.
#
#   make V=1                                                shows the commands
#   make SANITIZE=address,undefined BUILD=build/asan check  builds and tests with sanitizers
#   make CC=clang CFLAGS=-O3 BUILD=build/clang              another compiler, other flags

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
CFLAGS   ?= -O2 -g
LUA      ?= lua5.4
SANITIZE ?=
WERROR   ?=
V        ?=
TESTS    ?=
AR       ?= ar
ifeq ($(origin CC),default)
CC := gcc
endif

RUNTIME_LIBS := $(shell sed -n 's/^\#define RUNTIME_LIBS "\(.*\)"/\1/p' compiler/command/command.h)
VERSION := $(shell sed -n 's/^\#define CNNC_VERSION "\(.*\)"/\1/p' compiler/base/base.h)

# ---- Debian packages: the one list ---------------------------------------------------------------

PACKAGES_build := $(if $(findstring clang,$(CC)),clang libomp-dev,gcc) libc6-dev liblua5.4-dev zlib1g-dev libpng-dev libjpeg-dev \
                  libprotobuf-c-dev protobuf-c-compiler libhdf5-dev libjansson-dev libgraphviz-dev pkg-config
PACKAGES_deb   := dpkg-dev lintian
# 140 MB to download; RISC-V's are 200 more, so that `make check` runs it where they are already.
PACKAGES_arm   := gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm
PACKAGES_avr   := gcc-avr avr-libc simavr
PACKAGES_check := ccache libcmocka-dev clang libclang-rt-dev libomp-dev g++ valgrind tcc clang-tidy clang-format cppcheck lua-check mandoc \
                  qemu-user libonnx-testdata gcc-s390x-linux-gnu libc6-dev-s390x-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross \
                  lld wasi-libc libclang-rt-dev-wasm32 nodejs chromium $(PACKAGES_arm) $(PACKAGES_avr) \
                  arduino-builder arduino-core-avr cmake meson ninja-build python3-numpy $(PACKAGES_deb) zsh fish
PACKAGES_mcu   := $(PACKAGES_arm) $(PACKAGES_avr) gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc gzip
PACKAGES_web   := clang lld wasi-libc libclang-rt-dev-wasm32
PACKAGES_coverage := gcc gcovr
PACKAGES_mutants := python3
PACKAGES_data  := npm gzip coreutils dataset-fashion-mnist
PACKAGES_bench := python3 clang libomp-dev npm python3-torch libopenblas0-pthread

# The name of a stamp holds a checksum of its list, so a changed list is looked at again.
stamp       = $(BUILD)/.packages-$1-$(shell echo '$(PACKAGES_$1)' | cksum | cut -d' ' -f1)
STAMP_build := $(call stamp,build)
STAMP_check := $(call stamp,check)
STAMP_coverage := $(call stamp,coverage)
STAMP_mutants := $(call stamp,mutants)
STAMP_data  := $(call stamp,data)
STAMP_bench := $(call stamp,bench)
STAMP_web   := $(call stamp,web)
STAMP_mcu   := $(call stamp,mcu)
STAMP_deb   := $(call stamp,deb)

$(STAMP_build) $(STAMP_check) $(STAMP_coverage) $(STAMP_mutants) $(STAMP_data) $(STAMP_bench) $(STAMP_web) $(STAMP_mcu) $(STAMP_deb): | $(BUILD)
	@sh .ci/packages.sh $(PACKAGES_$(word 2,$(subst -, ,$(@F))))
	@touch $@
# One after the other: apt-get does not run twice at once.
$(STAMP_check) $(STAMP_coverage) $(STAMP_mutants) $(STAMP_data) $(STAMP_bench) $(STAMP_web) $(STAMP_mcu) $(STAMP_deb): | $(STAMP_build)

$(BUILD):
	@mkdir -p $@

# ---- flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            $(if $(WERROR),-Werror)
SANITIZERS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)

# The user's CFLAGS come last, so that they win.
C_FLAGS  = -std=c11 -D_POSIX_C_SOURCE=200809L $(WARNINGS) $(SANITIZERS) $(CPPFLAGS) $(CFLAGS)
# Position-independent, as what Python loads is a shared library with the runtime in it.
RUNTIME_FLAGS := -Iruntime -fPIC
# Asked when a command runs, not before: the packages may have been installed only then.
LUA_CFLAGS = $$(pkg-config --cflags $(LUA))
LUA_LIBS   = $$(pkg-config --libs $(LUA))
# Debian's shared libhdf5 brings 30 others along, which take longer to load than a small model to compile.
HDF5_LIBS  = $$(a=$$(pkg-config --libs-only-L hdf5 | sed 's/^-L//; s/ *$$//')/libhdf5.a; \
               if test -f $$a; then echo $$a -lsz -ldl; else pkg-config --libs hdf5; fi)

quiet := $(if $(filter 1,$(V)),,@)
say    = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$1' '$2')

# Changed flags make everything anew: objects depend on this file, which is written only on change.
FLAGS_STAMP := $(BUILD)/.flags
$(FLAGS_STAMP): FORCE | $(BUILD)
	@echo '$(CC) $(C_FLAGS) $(LDFLAGS) $(RUNTIME_FLAGS)' | cmp -s - $@ || echo '$(CC) $(C_FLAGS) $(LDFLAGS) $(RUNTIME_FLAGS)' > $@
.PHONY: FORCE

# ---- compiler ------------------------------------------------------------------------------------

COMPILER := $(filter-out compiler/main.c compiler/base/embed.c,$(wildcard compiler/*.c compiler/*/*.c))
COMPILER_OBJECTS := $(COMPILER:%.c=$(BUILD)/%.o) $(BUILD)/embedded.o $(BUILD)/import/onnx.pb-c.o
COMPILER_LIBS = $(LUA_LIBS) -lprotobuf-c -ljansson $(HDF5_LIBS) -lz -lpng -ljpeg
EMBEDDED := $(sort $(shell find compiler templates -name '*.lua' -o -name '*.[ch].in' -o -name '*.py.in' -o -name '*.html.in' -o -name '*.css.in' -o -path '*/library/*.in'))
# Its time changes when a file is removed.
EMBEDDED_FOLDERS := $(shell find compiler templates -type d)

$(BUILD)/cnnc: $(BUILD)/compiler/main.o $(BUILD)/libcnnc.a $(BUILD)/libcnnrt.a $(BUILD)/cnnrt.h
	$(call say,LINK,$@)
	$(quiet)$(CC) $(C_FLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(COMPILER_LIBS) -lm

$(BUILD)/libcnnc.a: $(COMPILER_OBJECTS)
$(BUILD)/compiler/%.o: private C_FLAGS += -Icompiler -I$(BUILD)/import $(LUA_CFLAGS)

# protobuf-c's own C is not held to our warnings.
$(BUILD)/import/onnx.pb-c.c $(BUILD)/import/onnx.pb-c.h &: compiler/import/onnx.proto | $(STAMP_build)
	$(call say,PROTO,$@)
	@mkdir -p $(@D)
	$(quiet)protoc-c --proto_path=$(<D) --c_out=$(@D) $(<F)
$(BUILD)/compiler/import/onnx.o $(BUILD)/compiler/export/pack.o: $(BUILD)/import/onnx.pb-c.h
$(BUILD)/compiler/import/%.o $(BUILD)/compiler/verify/%.o: private C_FLAGS += -Iruntime
$(BUILD)/compiler/import/hdf5.o $(BUILD)/tests/unit/keras_models.o: private C_FLAGS += $$(pkg-config --cflags hdf5)
$(BUILD)/import/onnx.pb-c.o: private WARNINGS = -w
$(BUILD)/import/onnx.pb-c.o: $(BUILD)/import/onnx.pb-c.c $(FLAGS_STAMP)
	$(call say,CC,$<)
	$(quiet)$(CC) $(C_FLAGS) -c -o $@ $<

$(BUILD)/embed: compiler/base/embed.c $(FLAGS_STAMP) | $(STAMP_build)
	$(call say,LINK,$@)
	$(quiet)$(CC) $(C_FLAGS) $(LUA_CFLAGS) $(LDFLAGS) -o $@ $< $(LUA_LIBS)

$(BUILD)/embedded.c: $(BUILD)/embed $(EMBEDDED) $(EMBEDDED_FOLDERS)
	$(call say,EMBED,$@)
	$(quiet)$(BUILD)/embed $@ $(EMBEDDED)

$(BUILD)/embedded.o: $(BUILD)/embedded.c $(FLAGS_STAMP)
	$(call say,CC,$@)
	$(quiet)$(CC) $(C_FLAGS) -Icompiler -c -o $@ $<

# ---- runtime -------------------------------------------------------------------------------------

RUNTIME_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out runtime/program/manual.c,$(wildcard runtime/*/*.c))) $(BUILD)/page.o

$(BUILD)/libcnnrt.a: $(RUNTIME_OBJECTS)
$(BUILD)/runtime/%.o $(BUILD)/page.o: private C_FLAGS += $(RUNTIME_FLAGS)

# What trains and predicts over arrays in memory: needs no system, but for memory and a clock.
RUNTIME_MEMORY := $(patsubst %,runtime/%.c,$(addprefix file/,alloc bytes clock error json printable tensors) \
                  $(addprefix data/,rng rows sample words) $(addprefix train/,adapt callbacks class_weight fit hash inference \
                  init kept model pace pack parameters split told trainer))

# The page of a report.
$(BUILD)/page.c: runtime/report/page.awk $(wildcard runtime/report/*.html runtime/report/*.css runtime/report/*.js) | $(BUILD)
	$(call say,PAGE,$@)
	$(quiet)awk -v folder=runtime/report -f $< runtime/report/page.html > $@
$(BUILD)/page.o: $(BUILD)/page.c $(FLAGS_STAMP)
	$(call say,CC,$@)
	$(quiet)$(CC) $(C_FLAGS) -c -o $@ $<

# Beside the command, so that `cnnc run` finds it there.
$(BUILD)/cnnrt.h: runtime/cnnrt.h | $(BUILD)
	@cp $< $@

# ---- manual pages --------------------------------------------------------------------------------

# Their lists of layers, options and the like come from the tables that the code goes by: manual.awk.
MANUAL_SOURCES := $(wildcard compiler/*/*.[137].in runtime/*.[137].in runtime/*/*.[137].in)
MANUALS := $(patsubst %.in,$(BUILD)/man/%,$(notdir $(MANUAL_SOURCES)))

$(BUILD)/manual: $(BUILD)/runtime/program/manual.o $(BUILD)/libcnnrt.a
	$(call say,LINK,$@)
	$(quiet)$(CC) $(C_FLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(RUNTIME_LIBS)

vpath %.in $(sort $(dir $(MANUAL_SOURCES)))
$(MANUALS): $(BUILD)/man/%: %.in compiler/command/manual.awk $(BUILD)/cnnc $(BUILD)/manual
	$(call say,MAN,$@)
	@mkdir -p $(@D)
	$(quiet)awk -v cnnc='$(BUILD)/cnnc help --mdoc ' -v program='$(BUILD)/manual' -f compiler/command/manual.awk $< > $@

# ---- completions of shells -----------------------------------------------------------------------

# Where each looks for them below $(PREFIX)/share; Debian's zsh does so elsewhere.
ZSH_FOLDER  ?= zsh/site-functions
COMPLETIONS := $(addprefix $(BUILD)/completion/,bash zsh fish)
$(COMPLETIONS): $(BUILD)/completion/%: $(BUILD)/cnnc
	@mkdir -p $(@D)
	$(quiet)$(BUILD)/cnnc help --completion $* > $@

# ---- objects, archives, dependencies -------------------------------------------------------------

$(BUILD)/%.o: %.c $(FLAGS_STAMP) | $(STAMP_build)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(quiet)$(CC) $(C_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.a:
	$(call say,AR,$@)
	@rm -f $@
	$(quiet)$(AR) qcs $@ $(filter %.o,$^)

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)

# ---- tests ---------------------------------------------------------------------------------------

UNIT_SOURCES := $(wildcard tests/unit/*.c)
# What only calls what is tested need not be fast, and compiles in a third of the time; with sanitizers, as all else.
UNIT_CFLAGS  := $(if $(SANITIZE),,-O0)
# A hundred programs are linked, which gold does in half of the time; what tests share is a library, too, so that a test of
# the runtime has nothing of the compiler in it.
UNIT_LINKER  := $(if $(shell command -v ld.gold),-fuse-ld=gold)
UNIT_SHARED  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(UNIT_SOURCES)))
UNIT_LIBRARY := $(BUILD)/tests/unit/libunit.a
UNIT_TESTS   := $(patsubst %.c,$(BUILD)/%,$(filter tests/unit/test_%,$(UNIT_SOURCES)))
TEST_SCRIPTS := $(sort $(wildcard tests/*/run.sh tests/*/*/run.sh))

$(BUILD)/tests/%.o: private C_FLAGS += -Icompiler -Iruntime -Itests/unit -I$(BUILD)/import $(LUA_CFLAGS) $(UNIT_CFLAGS)
$(UNIT_SHARED) $(UNIT_TESTS:%=%.o): | $(STAMP_check) $(BUILD)/import/onnx.pb-c.h
.SECONDARY: $(UNIT_SHARED) $(UNIT_TESTS:%=%.o)

$(UNIT_LIBRARY): $(UNIT_SHARED)
	@rm -f $@ && $(AR) qcs $@ $^

$(UNIT_TESTS): %: %.o $(UNIT_LIBRARY) $(BUILD)/libcnnc.a $(BUILD)/libcnnrt.a
	$(call say,LINK,$@)
	$(quiet)$(CC) $(C_FLAGS) $(UNIT_LINKER) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcmocka $(COMPILER_LIBS) -lm -lpthread

# Fuzz targets are made by clang with everything they call, in a folder of their own: make fuzz calls this Makefile.
FUZZ_TARGETS ?= $(filter-out planted,$(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SECONDS ?= 60
# Compiled in a third of the time, which is what counts for a few inputs; run.sh asks for fast ones, and lines, where there are many.
FUZZ_CFLAGS  ?= -O0
FUZZ_FLAGS    = BUILD='$(BUILD)/fuzz' CC=clang CFLAGS='$(FUZZ_CFLAGS)' SANITIZE=fuzzer-no-link,address,undefined

FUZZ_SHARED := $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/tests/fuzz/bare.o $(BUILD)/tests/fuzz/file.o $(BUILD)/tests/unit/fake_model.o

$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_SHARED) $(BUILD)/libcnnc.a $(BUILD)/libcnnrt.a
	$(call say,LINK,$@)
	$(quiet)$(CC) $(C_FLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(COMPILER_LIBS) -lm
.SECONDARY: $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%.o) $(FUZZ_SHARED)

# Each test is a target, so that make's job server runs them; a script that runs many things by itself asks it too
# (parallel.sh), which is what the plus is for. Those begin last: they use all that the others leave.
TEST_NAMES := $(UNIT_TESTS:$(BUILD)/tests/unit/test_%=unit/%) $(TEST_SCRIPTS:tests/%/run.sh=%)
chosen      = $(filter $1 $1/%,$(TEST_NAMES))
TESTS_RUN  := $(if $(TESTS),$(sort $(foreach test,$(TESTS),$(call chosen,$(test)))),$(TEST_NAMES))
TESTS_RUN  := $(filter-out static kernel,$(TESTS_RUN)) $(filter static kernel,$(TESTS_RUN))
no_test     = $(foreach test,$(TESTS),$(if $(call chosen,$(test)),,$(error there is no test $(test): the tests are $(TEST_NAMES))))
plus       := $(if $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,+)

.PHONY: run-tests $(TESTS_RUN:%=run/%)
run-tests: $(TESTS_RUN:%=run/%)
	@BUILD='$(abspath $(BUILD))' sh tests/check.sh --sum $(TESTS_RUN)

# What takes gcc's place of <immintrin.h> where tests compile generated code.
$(BUILD)/tests/vectors.h: tests/vectors.sh tests/vectors.awk tests/vectors.h $(wildcard templates/simd/*)
	@mkdir -p $(@D)
	@sh tests/vectors.sh $(if $(findstring clang,$(CC)),gcc,$(CC)) >$@.new && mv $@.new $@

$(filter run/unit/%,$(TESTS_RUN:%=run/%)): run/unit/%: $(BUILD)/tests/unit/test_% all
	$(plus)@$(TEST_ENVIRONMENT) sh tests/check.sh unit/$* $<
$(filter-out run/unit/%,$(TESTS_RUN:%=run/%)): run/%: tests/%/run.sh all $(BUILD)/tests/vectors.h
	$(plus)@$(TEST_ENVIRONMENT) sh tests/check.sh $* $<

# What every test script finds in its environment; check.sh adds SCRATCH, an empty folder of its own.
TEST_ENVIRONMENT = TOP='$(CURDIR)' BUILD='$(abspath $(BUILD))' MAKE='$(MAKE)' \
  CNNC='$(abspath $(BUILD))/cnnc' CNNRT='$(CURDIR)/runtime' CNNRT_LIB='$(abspath $(BUILD))/libcnnrt.a' \
  CNNRT_MEMORY='$(RUNTIME_MEMORY:%=$(CURDIR)/%)' CC='$(CC)' CFLAGS='$(CFLAGS)' SANITIZE='$(SANITIZE)'

# ---- targets -------------------------------------------------------------------------------------

TARGET  ?=
NETS    ?=
QUICK   ?=
ROUNDS  ?=
THREADS ?=

.PHONY: all check coverage mutants soak fuzz fuzz-targets bench bench-deps demo web mcu deb pictures data golden install uninstall clean help

all: $(BUILD)/cnnc $(BUILD)/libcnnrt.a $(MANUALS) $(COMPLETIONS) ## the compiler, the runtime library and their manual (default)

# As many jobs as there are cores, where the user does not say how many.
check: | $(STAMP_check) ## all tests; TESTS="unit/arena fuzz" runs these only
	@$(no_test)$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$$(nproc)) run-tests

soak: all | $(STAMP_check) ## random networks, fuzzing and killed trainings for as long as you like; SECONDS=3600
	$(plus)@$(TEST_ENVIRONMENT) sh tests/soak.sh '$(or $(SECONDS),600)'

coverage: | $(STAMP_check) $(STAMP_coverage) ## prints which lines and branches the tests run; UNTOUCHED=1 which not
	$(plus)@$(TEST_ENVIRONMENT) BUILD='$(abspath $(BUILD))/coverage' TESTS='$(TESTS)' sh tests/coverage.sh

mutants: | $(STAMP_check) $(STAMP_mutants) ## changes operators and looks whether a test fails; MUTANTS=300 SEED=1 LIMIT=3600 MUTANT=text
	@$(TEST_ENVIRONMENT) MUTANTS='$(MUTANTS)' SEED='$(SEED)' LIMIT='$(LIMIT)' MUTANT='$(MUTANT)' python3 -B tests/mutants/mutants.py

fuzz: all ## runs the fuzz targets; FUZZ_SECONDS=60 of each, FUZZ_TARGETS="script idx"
	$(plus)@$(TEST_ENVIRONMENT) FUZZ_TARGETS='$(FUZZ_TARGETS)' FUZZ_SECONDS='$(FUZZ_SECONDS)' sh tests/fuzz/run.sh

fuzz-targets: | $(STAMP_check)
	@$(MAKE) $(FUZZ_FLAGS) $(FUZZ_TARGETS:%=$(BUILD)/fuzz/fuzz_%)

bench: all ## measures cnnc beside its peers; NETS="lesson mlp" TARGET=avx2 CC=clang THREADS=1 QUICK=1
	@$(TEST_ENVIRONMENT) TARGET='$(TARGET)' NETS='$(NETS)' QUICK='$(QUICK)' ROUNDS='$(ROUNDS)' THREADS='$(THREADS)' \
	  COMPILERS='$(if $(filter file,$(origin CC)),gcc clang,$(CC))' python3 tests/bench/bench.py

bench-deps: | $(STAMP_bench) ## installs those peers: PyTorch and ONNX Runtime
	@sh tests/bench/peers.sh $(BUILD)/bench

golden: all ## renews the expected C in tests/golden; review the diff
	@rm -rf '$(abspath $(BUILD))/golden' && mkdir -p '$(abspath $(BUILD))/golden'
	@$(TEST_ENVIRONMENT) SCRATCH='$(abspath $(BUILD))/golden' sh tests/golden/run.sh --renew

demo: all ## trains the lesson's network on 5,000 digits and shows what it predicts
	@$(TEST_ENVIRONMENT) sh examples/demo.sh

web: all | $(STAMP_web) ## builds $(BUILD)/web/index.html, a page that draws, trains and shows the lesson's network
	$(call say,WEB,$(BUILD)/web/index.html)
	@$(TEST_ENVIRONMENT) sh examples/web/make.sh '$(BUILD)/web'

mcu: all | $(STAMP_mcu) ## runs the lesson's network on emulated boards: Cortex-M4 and M7, RISC-V, AVR
	@$(TEST_ENVIRONMENT) sh examples/mcu/make.sh '$(BUILD)/mcu'

pictures: web ## takes the README's pictures anew, of a real training, of the page and of a diagram
	@$(TEST_ENVIRONMENT) sh examples/web/pictures.sh '$(BUILD)/web/index.html' examples/web

data: | $(STAMP_data) ## puts MNIST and Fashion-MNIST under $(BUILD)/data
	@sh examples/data/fetch.sh $(BUILD)/data

install: all ## installs under $(DESTDIR)$(PREFIX)
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(quiet)install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/include' '$(DESTDIR)$(PREFIX)/lib/pkgconfig'
	$(quiet)install -m 755 $(BUILD)/cnnc '$(DESTDIR)$(PREFIX)/bin/cnnc'
	$(quiet)install -m 644 $(BUILD)/libcnnrt.a '$(DESTDIR)$(PREFIX)/lib/libcnnrt.a'
	$(quiet)install -m 644 runtime/cnnrt.h '$(DESTDIR)$(PREFIX)/include/cnnrt.h'
	$(quiet)printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include' 'libdir=$${prefix}/lib' '' \
	  'Name: cnnc' 'Description: Trains and runs the convolutional networks that cnnc compiles' \
	  'Version: $(VERSION)' 'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lcnnrt $(RUNTIME_LIBS)' \
	  > '$(DESTDIR)$(PREFIX)/lib/pkgconfig/cnnc.pc' && chmod 644 '$(DESTDIR)$(PREFIX)/lib/pkgconfig/cnnc.pc'
	$(quiet)install -D -m 644 compiler/command/cnncConfig.cmake '$(DESTDIR)$(PREFIX)/lib/cmake/cnnc/cnncConfig.cmake'
	$(quiet)printf '%s\n' 'set(PACKAGE_VERSION $(VERSION))' 'if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)' \
	  '  set(PACKAGE_VERSION_EXACT TRUE)' 'endif()' 'if(NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)' \
	  '  set(PACKAGE_VERSION_COMPATIBLE TRUE)' 'endif()' > $(BUILD)/cnncConfigVersion.cmake
	$(quiet)install -m 644 $(BUILD)/cnncConfigVersion.cmake '$(DESTDIR)$(PREFIX)/lib/cmake/cnnc/cnncConfigVersion.cmake'
	$(quiet)install -D -m 644 $(BUILD)/completion/bash '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/cnnc'
	$(quiet)install -D -m 644 $(BUILD)/completion/zsh '$(DESTDIR)$(PREFIX)/share/$(ZSH_FOLDER)/_cnnc'
	$(quiet)install -D -m 644 $(BUILD)/completion/fish '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/cnnc.fish'
	$(quiet)for page in $(MANUALS:$(BUILD)/man/%=%); do \
	  install -D -m 644 $(BUILD)/man/$$page '$(DESTDIR)$(PREFIX)/share/man/man'$${page##*.}/$$page || exit 1; done

uninstall: ## removes what install put there
	$(quiet)rm -f '$(DESTDIR)$(PREFIX)/bin/cnnc' '$(DESTDIR)$(PREFIX)/lib/libcnnrt.a' \
	  '$(DESTDIR)$(PREFIX)/include/cnnrt.h' '$(DESTDIR)$(PREFIX)/lib/pkgconfig/cnnc.pc' \
	  '$(DESTDIR)$(PREFIX)/lib/cmake/cnnc/cnncConfig.cmake' '$(DESTDIR)$(PREFIX)/lib/cmake/cnnc/cnncConfigVersion.cmake' \
	  '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/cnnc' '$(DESTDIR)$(PREFIX)/share/$(ZSH_FOLDER)/_cnnc' \
	  '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/cnnc.fish'
	$(quiet)for page in $(MANUALS:$(BUILD)/man/%=%); do \
	  rm -f '$(DESTDIR)$(PREFIX)/share/man/man'$${page##*.}/$$page; done

DEB ?= $(BUILD)/deb
deb: all | $(STAMP_deb) ## builds Debian packages of the command and of the library in $(BUILD)/deb
	$(quiet)MAKE='$(MAKE)' BUILD='$(BUILD)' DEB='$(DEB)' VERSION='$(VERSION)' sh .ci/deb.sh

clean: ## removes $(BUILD)
	$(quiet)rm -rf $(BUILD)

help: ## lists the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
