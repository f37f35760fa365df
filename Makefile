# nashra - newsletter and mailing-list manager
#
#   make            build/nashrad and build/nashra
#   make demo       a whole newsletter on this machine (ONCE=1: ends by itself)
#   make check      every test; ends in a line that counts them
#   make asan       the same under AddressSanitizer and UBSan
#   make chaos      the trips that break things at random, in their long form
#   make golden     write tests/golden anew, where mails are meant to change
#   make looks      the pictures of README, of those (needs chromium)
#   make lint       warnings of two compilers, format, tidy, our own rules
#   make fuzz       FUZZ_TIME (30) seconds of each fuzz target
#   make cover      line coverage, a line per file
#   make bench      the figures we watch
#   make bench-send    sending, beside others on the same sink; RUNS=5 of each
#                      pair, ONLY=word for some measures; fails below a floor
#   make bench-million the same for a list of ROWS (1000000), from end to end
#   make bench-compose a digest rendered, and what each of its letters costs
#   make bench-idle    IDLE (10) minutes of a daemon with nothing to do
#   make deps       install what is missing (check, demo, lint, fuzz do it too)
#   make install    under DESTDIR and PREFIX; uninstall takes it away again.
#                   Without DESTDIR it makes the user and its folders too
#   V=1             show the commands

VERSION  = 0.1.0
PREFIX  ?= /usr/local
B       ?= build
PYTHON  ?= /usr/bin/python3
FUZZ_CC ?= clang
FUZZ_TIME ?= 30
PKGS     = sqlite3 libcurl libmicrohttpd libconfuse libxml-2.0 icu-i18n icu-uc \
           libcrypto uuid libidn2 jansson

MAKEFLAGS += --no-print-directory

# What pkg-config says, asked once and only when something is compiled: `make
# deps` must work on a machine that has no pkg-config yet.
pkg = $(shell pkg-config $(1) $(PKGS))$(if $(filter-out \
    0,$(.SHELLSTATUS)),$(error libraries are missing: try 'make deps'))
PKG_CFLAGS = $(eval PKG_CFLAGS := $(patsubst -I%,-isystem %,$(call pkg,--cflags)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(call pkg,--libs))$(PKG_LIBS)

CFLAGS  ?= -O2 -g
WARN     = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
           -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
           -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla \
           -Wswitch-enum -Wconversion -Wno-sign-conversion \
           -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion
HARDEN   = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CPPFLAGS += -Iinclude -D_DEFAULT_SOURCE -DNASHRA_VERSION='"$(VERSION)"' \
            -DNASHRA_TEMPLATES='"$(PREFIX)/share/nashra/templates"' \
            $(PKG_CFLAGS)
ALL_CFLAGS = $(WARN) $(HARDEN) -fPIE -MMD -MP $(CFLAGS)
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
LDLIBS  += $(PKG_LIBS)

LIB_SRC  = $(wildcard daemon/*/*.c)
CLI_SRC  = $(wildcard cli/*.c)
SRC      = $(LIB_SRC) $(CLI_SRC) $(wildcard daemon/*.c)
UNITS    = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))
FUZZERS  = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
BENCHES  = $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*.c))
MAN      = cli/nashra.1 cli/nashra-templates.7 daemon/nashrad.8 \
           daemon/nashra.conf.5
C_FILES  = $(shell find daemon cli include tests -name '*.[ch]')
HOUSE    = pairs layers sql_owner banned ignored size units man paths \
           keys

ASAN     = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
           -fno-sanitize-recover=all

# Programs that link the whole library and one file of their own.
UNIT_BIN   = $(UNITS:%=$(B)/tests/%)
REPLAY_BIN = $(FUZZERS:%=$(B)/replay/%)
BENCH_BIN  = $(BENCHES:%=$(B)/bench/%)
# Counterparts that had to be fast, or had to break: they link nothing of ours.
PEER_BIN   = $(B)/tests/relay
FUZZ_BIN   = $(FUZZERS:%=$(B)/fuzz/%)

# All cores for the targets that set everything up, unless -j was given.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

ifneq ($(V),1)
Q = @
say = @printf '  %-5s %s\n' $(1) $(2);
endif

all: $(B)/nashrad $(B)/nashra
	@:
units: $(UNIT_BIN) $(REPLAY_BIN) $(PEER_BIN)
	@:
fuzzers: $(FUZZ_BIN)
	@:

$(B)/nashrad: $(B)/daemon/main.o $(B)/libnashra.a
$(B)/nashra: $(CLI_SRC:%.c=$(B)/%.o) $(B)/libnashra.a
$(B)/tests/doc_test: $(B)/cli/doc.o
$(B)/tests/progress_test: $(B)/cli/progress.o
$(UNIT_BIN): $(B)/tests/%: $(B)/tests/unit/%.o $(B)/libnashra.a
$(UNIT_BIN): LDLIBS += -lcmocka
$(B)/tests/digest_test: LDFLAGS += -Wl,--wrap=db_begin,--wrap=compose_digest
$(B)/tests/template_hole_test: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray
$(REPLAY_BIN): $(B)/replay/%: $(B)/tests/fuzz/%.o $(B)/tests/replay.o $(B)/libnashra.a
$(FUZZERS:%=$(B)/tests/fuzz/%.o): WARN += -Wno-missing-prototypes
$(BENCH_BIN): $(B)/bench/%: $(B)/tests/bench/%.o $(B)/libnashra.a
$(B)/nashrad $(B)/nashra $(UNIT_BIN) $(REPLAY_BIN) $(BENCH_BIN):
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(PEER_BIN): $(B)/tests/%: $(B)/tests/peers/%.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS) $(CFLAGS) -o $@ $^ -lssl -lcrypto

$(B)/libnashra.a: $(LIB_SRC:%.c=$(B)/%.o)
	$(call say,AR,$@)
	$(Q)$(RM) $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -Itests $(ALL_CFLAGS) -c -o $@ $<

# Touched when the compiler or its flags change: objects are never mixed.
$(B)/flags: FORCE
	$(Q)$(shell mkdir -p $(@D))$(file >$@.new,$(CC) $(CPPFLAGS) $(ALL_CFLAGS))\
	    cmp -s $@.new $@ && $(RM) $@.new || mv $@.new $@

deps:
	$(Q)tests/deps build check lint fuzz

check:
	$(Q)tests/deps build check
	$(Q)tests/deps npm $(B)/npm
	$(Q)$(MAKE) $(JOBS) all units
	$(Q)env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(PYTHON) tests/run $(B) $(UNITS)

asan:
	$(Q)NASHRA_PATIENCE=3 $(MAKE) B=build-asan HARDEN= CFLAGS='$(ASAN)' check

# The short forms are part of check. NASHRA_SEED=N repeats what failed.
CHAOS = chaos kill snapshot disk crash signals
chaos:
	$(Q)tests/deps build check
	$(Q)$(MAKE) $(JOBS) all $(PEER_BIN)
	$(Q)$(RM) $(B)/chaos; touch $(B)/chaos; \
	export NASHRA_CHAOS=long NASHRA_FIGURES='$(abspath $(B))/chaos' \
	    NASHRA_BUILD='$(abspath $(B))' PYTHONPATH=tests/trips; \
	$(PYTHON) -B -m pytest -p no:cacheprovider -q --tb=short -rfEs \
	    $(CHAOS:%=tests/trips/test_%.py); status=$$?; \
	$(PYTHON) -B -m rig.chaos; exit $$status

golden:
	$(Q)tests/deps build
	$(Q)$(MAKE) $(JOBS) all
	$(Q)NASHRA_BUILD='$(abspath $(B))' $(PYTHON) -B tests/trips/rig/golden.py

looks:
	$(Q)tests/deps check
	$(Q)$(PYTHON) -B tests/demo/looks.py

demo:
	$(Q)tests/deps build demo
	$(Q)$(MAKE) $(JOBS) all
	$(Q)env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL ONCE='$(ONCE)' \
	    NASHRA_BUILD='$(abspath $(B))' $(PYTHON) -B tests/demo/demo.py

cover:
	$(Q)$(MAKE) B=build-cov HARDEN= CFLAGS='-O0 -g --coverage' check; status=$$?; \
	gcov -n $$(find build-cov/daemon build-cov/cli -name '*.gcda') | awk ' \
	    /^File .(daemon|cli)/ { gsub("\047", "", $$2); file = $$2 } \
	    /^Lines/ && file { sub("executed:", "", $$2); \
	        printf "%7s of %4d  %s\n", $$2, $$4, file; file = "" }' | \
	    sort -k4; exit $$status

bench: all $(BENCH_BIN)
	$(Q)for bench in $(filter-out %/compose,$(BENCH_BIN)); do echo "$${bench##*/}"; "$$bench" || exit 1; done

# One measure at a time, on a machine that does nothing else.
BENCH_SEND = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL NASHRA_BUILD='$(abspath $(B))' \
    $(PYTHON) -B tests/bench/send.py $(if $(FOLDER),--folder '$(FOLDER)')
bench-send bench-million bench-idle: bench-deps all $(PEER_BIN)
bench-deps:
	$(Q)tests/deps build bench
bench-send:
	$(Q)$(BENCH_SEND) --runs '$(or $(RUNS),5)' --only '$(ONLY)' --rows '$(or $(ROWS),0)'
bench-million:
	$(Q)$(BENCH_SEND) --rows '$(or $(ROWS),1000000)'
bench-compose: bench-deps $(B)/bench/compose
	$(Q)NASHRA_BUILD='$(abspath $(B))' $(PYTHON) -B tests/bench/compose.py
bench-idle:
	$(Q)$(BENCH_SEND) --idle '$(or $(IDLE),10)'

# Seeds and old crashes are read from tests/data/corpus; what is found goes to
# the build folder, and by hand from there into the corpus.
fuzz:
	$(Q)tests/deps build fuzz
	$(Q)$(MAKE) $(JOBS) fuzzers
	$(Q)for name in $(FUZZERS); do \
	    printf '%s, %s s\n' "$$name" $(FUZZ_TIME); \
	    mkdir -p $(B)/fuzz/found/$$name tests/data/corpus/$$name; \
	    dict=tests/data/corpus/$$name.dict; log=$(B)/fuzz/$$name.log; \
	    $(B)/fuzz/$$name -max_total_time=$(FUZZ_TIME) -artifact_prefix=$(B)/fuzz/ \
	        $$([ ! -e $$dict ] || echo -dict=$$dict) $(B)/fuzz/found/$$name \
	        tests/data/corpus/$$name >$$log 2>&1 || { tail -n 40 $$log; exit 1; }; \
	    grep -a '^Done' $$log; done

FUZZ_FLAGS = -std=c11 -g -O1 -fno-sanitize-recover=all -MMD -MP
$(FUZZ_BIN): $(B)/fuzz/%: $(B)/fuzz/o/tests/fuzz/%.o $(LIB_SRC:%.c=$(B)/fuzz/o/%.o)
	$(call say,FUZZ,$@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LDLIBS)
$(B)/fuzz/o/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(FUZZ_CC) $(CPPFLAGS) -Itests $(FUZZ_FLAGS) \
	    -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

lint:
	$(Q)tests/deps build check lint
	$(Q)for rule in $(HOUSE); do $(PYTHON) -B tests/lint/$$rule.py || bad=1; done; exit $$bad
	$(Q)tests/lint/format $(C_FILES)
	$(Q)tests/lint/manpages $(MAN)
	$(Q)$(MAKE) $(JOBS) B=build-lint/gcc CC=gcc CFLAGS='-O2 -g -Werror' all units
	$(Q)$(MAKE) $(JOBS) B=build-lint/clang CC=clang CFLAGS='-O2 -g -Werror' all units tidy
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
	    --enable=warning,performance,portability -Iinclude daemon cli
	$(Q)echo 'lint: ok'

# One file a process: clang-tidy 14 reports false findings when given several.
tidy: $(SRC:%=$(B)/%.tidy)
$(B)/%.c.tidy: %.c $(B)/%.o .clang-tidy
	$(call say,TIDY,$<)
	$(Q)clang-tidy --quiet $< -- $(CPPFLAGS) -std=c11 >$@.new 2>/dev/null || \
	    { cat $@.new; exit 1; }
	$(Q)mv $@.new $@

MANDIR = $(DESTDIR)$(PREFIX)/share/man
DOCDIR = $(DESTDIR)$(PREFIX)/share/doc/nashra
LIBDIR = $(DESTDIR)$(PREFIX)/lib
TEMPLATES = $(shell find templates -type f)

install: all
	install -Dm755 $(B)/nashra $(DESTDIR)$(PREFIX)/bin/nashra
	install -Dm755 $(B)/nashrad $(DESTDIR)$(PREFIX)/sbin/nashrad
	install -Dm644 cli/nashra.1 $(MANDIR)/man1/nashra.1
	install -Dm644 daemon/nashra.conf.5 $(MANDIR)/man5/nashra.conf.5
	install -Dm644 cli/nashra-templates.7 $(MANDIR)/man7/nashra-templates.7
	install -Dm644 daemon/nashrad.8 $(MANDIR)/man8/nashrad.8
	for file in $(TEMPLATES); do \
	    install -Dm644 $$file $(DESTDIR)$(PREFIX)/share/nashra/$$file || exit 1; done
	install -Dm644 systemd/nashra.sysusers $(LIBDIR)/sysusers.d/nashra.conf
	install -Dm644 systemd/nashra.tmpfiles $(LIBDIR)/tmpfiles.d/nashra.conf
	for unit in systemd/*.service systemd/*.timer; do \
	    to=$(LIBDIR)/systemd/system/$${unit##*/}; \
	    install -Dm644 $$unit $$to && sed -i 's|/usr/local/|$(PREFIX)/|' $$to || exit 1; done
	install -Dm644 systemd/nashra.cron $(DOCDIR)/nashra.cron
	install -m644 README.md CHANGELOG.md LICENSE $(DOCDIR)
	if [ -z '$(DESTDIR)' ] && command -v systemd-sysusers >/dev/null; then \
	    systemd-sysusers $(LIBDIR)/sysusers.d/nashra.conf && \
	    systemd-tmpfiles --create $(LIBDIR)/tmpfiles.d/nashra.conf; fi

# Settings, database and keys are the operator's: they stay.
uninstall:
	$(RM) $(DESTDIR)$(PREFIX)/bin/nashra $(DESTDIR)$(PREFIX)/sbin/nashrad
	$(RM) $(MANDIR)/man1/nashra.1 $(MANDIR)/man5/nashra.conf.5 \
	    $(MANDIR)/man7/nashra-templates.7 $(MANDIR)/man8/nashrad.8
	$(RM) $(LIBDIR)/sysusers.d/nashra.conf $(LIBDIR)/tmpfiles.d/nashra.conf
	$(RM) $(patsubst systemd/%,$(LIBDIR)/systemd/system/%,$(wildcard systemd/*.service systemd/*.timer))
	$(RM) -r $(DESTDIR)$(PREFIX)/share/nashra $(DOCDIR)

clean:
	$(RM) -r build build-asan build-cov build-lint

.PHONY: all units fuzzers check golden looks asan chaos lint tidy fuzz cover bench bench-send \
        bench-compose bench-million bench-idle bench-deps install uninstall demo deps clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
