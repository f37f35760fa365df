# nashra - newsletter and mailing-list manager
VERSION = 0.1.0
PREFIX ?= /usr/local
B      ?= build
PKGS    = sqlite3 libcurl libmicrohttpd libconfuse libxml-2.0 icu-i18n icu-uc \
          libcrypto uuid libidn2 jansson

CFLAGS  ?= -O2 -g
WARN     = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
           -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
           -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla \
           -Wswitch-enum -Wconversion -Wno-sign-conversion \
           -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion
HARDEN   = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CPPFLAGS += -Iinclude -D_DEFAULT_SOURCE -DNASHRA_VERSION='"$(VERSION)"' \
            -DNASHRA_TEMPLATES='"$(PREFIX)/share/nashra/templates"' \
            $(shell pkg-config --cflags $(PKGS))
ALL_CFLAGS = $(WARN) $(HARDEN) -MMD -MP $(CFLAGS)
LDFLAGS += -pie -Wl,-z,relro,-z,now
LDLIBS  += $(shell pkg-config --libs $(PKGS))

LIB_SRC  = $(filter-out daemon/main.c,$(wildcard daemon/*/*.c))
CLI_SRC  = $(wildcard cli/*.c)
UNITS    = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))
FUZZERS  = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

ifneq ($(V),1)
Q = @
say = @printf '  %-5s %s\n' $(1) $(2);
endif

all: $(B)/nashrad $(B)/nashra
units: $(UNITS:%=$(B)/tests/%)

$(B)/nashrad: $(B)/daemon/main.o $(B)/libnashra.a
$(B)/nashra: $(CLI_SRC:%.c=$(B)/%.o) $(B)/libnashra.a
$(UNITS:%=$(B)/tests/%): $(B)/tests/%: $(B)/tests/unit/%.o $(B)/libnashra.a
$(UNITS:%=$(B)/tests/%): LDLIBS += -lcmocka
$(B)/nashrad $(B)/nashra $(UNITS:%=$(B)/tests/%):
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libnashra.a: $(LIB_SRC:%.c=$(B)/%.o)
	$(call say,AR,$@)
	$(Q)$(RM) $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -Itests $(ALL_CFLAGS) -c -o $@ $<

$(B)/fuzz/%: tests/fuzz/%.c $(LIB_SRC)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D) && clang $(CPPFLAGS) -std=c11 -g -O1 \
	    -fsanitize=fuzzer,address,undefined -o $@ $^ $(LDLIBS)

.PHONY: all units
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
