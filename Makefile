# SPDX-License-Identifier: GPL-2.0-only
#
# The targets are the index of this tree; `make help` lists them. What kbuild
# reads is Kbuild.

KERNEL	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KERNEL)/build
# make load PARAMS="max_records=100000"
PARAMS	?=

CFLAGS	?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL	?= install
prefix	?= /usr/local
sbindir	?= $(prefix)/sbin
mandir	?= $(prefix)/share/man
completiondir ?= $(prefix)/share/bash-completion/completions
# kbuild's name for the root that modules are installed in
INSTALL_MOD_PATH ?= $(DESTDIR)

.DEFAULT_GOAL := all
.PHONY: all module tools demo unit kunit mutants test truth replay offline attack bench \
	instructions kernels check generate load unload install install-tool install-module uninstall dkms deb packages \
	clean help

# The compiler's options with which what is built in FOLDER does not name it
nowhere = -ffile-prefix-map=$(1)=.

all: module tools ## build module and tool

# Headers before Linux 6.13 know no output folder: build/ gets a copy of the
# sources, with their times.
module: ## build build/tcpstate.ko for the running kernel
	@if [ ! -e "$(KDIR)/Makefile" ]; then \
		echo "The headers of kernel $(KERNEL) are not installed ($(KDIR) is missing): there is nothing to build against." >&2; \
		exit 1; \
	fi
	@mkdir -p build
	@cp -pru Kbuild module build/
	$(MAKE) -C $(KDIR) M=$(CURDIR)/build CONFIG_TCPSTATE=m \
		KCFLAGS="$(KCFLAGS) $(call nowhere,$(CURDIR)/build)" modules

tool_sources := $(wildcard tools/*.c)
tool_objects := $(tool_sources:%.c=build/%.o)
tool_flags := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Imodule/include/uapi -Imodule
tool_flags += $(call nowhere,$(CURDIR))
# Where pkg-config does not know them, they are where all libraries are.
tool_cflags = $(shell $(PKG_CONFIG) --cflags libmnl ncursesw 2>/dev/null)
tool_libs = $(or $(shell $(PKG_CONFIG) --libs libmnl ncursesw 2>/dev/null),-lmnl -lncursesw -ltinfo)

tools: tools/tcpstate ## build tools/tcpstate

# If the flags change between two calls, for a sanitizer say, everything is built again.
build/tools/flags: FORCE | build/tools
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' >$@

build/tools/libraries: | build/tools
	@for each in libmnl/libmnl.h:libmnl-dev ncurses.h:libncurses-dev; do \
		echo "#include <$${each%:*}>" | \
			$(CC) $(CPPFLAGS) $(tool_cflags) $(CFLAGS) -E - >/dev/null 2>&1 || { \
			echo "The tool needs $${each%:*}: 'apt install $${each#*:}' has it on Debian." >&2; \
			exit 1; \
		}; \
	done
	@touch $@

build/tools:
	@mkdir -p $@

build/tools/%.o: tools/%.c build/tools/flags build/tools/libraries
	$(CC) $(tool_flags) $(tool_cflags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

tools/tcpstate: $(tool_objects)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(tool_libs)

-include $(tool_objects:.o=.d)

.PHONY: FORCE
FORCE:

# Emulated, the compiler takes minutes for the helpers and the tool: build them here.
demo: ## show the main job under Debian 12's kernel: states at each step, and what TCP costs next to UDP
	@tests/guest/packages gcc libc6-dev make procps nftables tcpdump libmnl-dev libncurses-dev \
		pkg-config
	@TCPSTATE_HELPERS=$$(tests/netns/build) && export TCPSTATE_HELPERS && \
		TCPSTATE_TOOL=$$(tests/tool/build) && export TCPSTATE_TOOL && \
		tests/guest/run --kernel debian12 -- tests/demo/run

unit: ## run the suites of the pure code in user space, with sanitizers too (RUNS=1)
	@RUNS=$(RUNS) tests/unit/run

kunit: ## run the KUnit suites with the kernel's kunit.py, built into User Mode Linux (ARGS="tcpstate_fsm*" LLVM=-19)
	@LLVM=$(LLVM) tests/kunit/kunit $(ARGS)

mutants: ## list the changes of the engine that no case notices: minutes (FILES="a.c" JOBS=1)
	@tests/mutants/selftest
	@JOBS=$(JOBS) tests/mutants/run $(FILES)

test: ## run every test in its guests; ends with the totals
	@tests/test

truth: ## compare with the kernel's own TCP in a guest (N=1000000 SEED=1)
	@tests/guest/packages nftables procps ethtool libmnl-dev python3 tcpdump
	@tests/guest/run --cpus 1 --timeout 0 -- tests/truth/run $(if $(N),N=$(N)) $(if $(SEED),SEED=$(SEED))

replay: ## compare with tshark, in a guest, what captures hold (FILES="a.pcap" or N=800 SEED=1)
	@tests/guest/packages tshark tcpdump libmnl-dev libncurses-dev pkg-config
	@tests/guest/run --timeout 0 -- tests/replay/run $(if $(N),N=$(N)) $(if $(SEED),SEED=$(SEED)) $(FILES)

offline: ## compare the engine alone with tests/replay/derive.py: seconds (FILES="a.pcap" or N=800 SEED=1)
	@tests/replay/offline $(if $(N),N=$(N)) $(if $(SEED),SEED=$(SEED)) $(FILES)

attack: ## attack it in guests, and print what must hold next to what was measured: minutes (TRIALS="bucket")
	@tests/guest/packages nftables procps ethtool libmnl-dev python3
	@TCPSTATE_BENCH=$$(tests/bench/build) tests/guest/run --timeout 0 -- tests/attack/run $(TRIALS)

bench: ## measure it against nf_conntrack in a guest: half an hour (QUICK=1 to try)
	@QUICK=$(QUICK) ROUNDS=$(ROUNDS) tests/bench/bench

instructions: ## count the instructions a segment, by callgrind, and write their list in docs/cost.md
	@tests/instructions/run --write

kernels: ## build for Debian's kernels, boot them, write README's table (ROWS="12-amd64 13-amd64")
	@tests/kernels/run --table $(ROWS)

check: ## checkpatch, sparse, W=1, shellcheck, kernel-doc and tests/style.sh
	@tests/check

generate: ## make the netlink headers, policies and names from module/spec
	@module/spec/generate

load: ## build and insert the module into the running kernel (PARAMS="name=value")
	@if [ ! -e /proc/modules ]; then \
		echo "Kernel $(KERNEL) has no loadable modules: 'make demo' runs tcpstate in a guest instead." >&2; \
		exit 1; \
	fi
	@$(MAKE) --no-print-directory module
	@contrib/load build/tcpstate.ko $(PARAMS)

unload: ## remove the module from the running kernel
	@if ! grep -qs '^tcpstate ' /proc/modules; then \
		echo "tcpstate is not loaded into this kernel." >&2; \
		exit 1; \
	fi
	rmmod tcpstate

# Where there are no headers, there is no module to install, and the tool is installed alone.
install: install-tool ## install the tool, and the module where headers are (prefix=, DESTDIR=)
	@if [ -e "$(KDIR)/Makefile" ]; then \
		$(MAKE) --no-print-directory install-module; \
	else \
		echo "The headers of kernel $(KERNEL) are not installed: the module is left out."; \
	fi

# No root where DESTDIR is one's own.
install-tool: tools
	$(INSTALL) -d $(DESTDIR)$(sbindir) $(DESTDIR)$(mandir)/man8 $(DESTDIR)$(completiondir)
	$(INSTALL) -m 755 tools/tcpstate $(DESTDIR)$(sbindir)/tcpstate
	$(INSTALL) -m 644 tools/tcpstate.8 $(DESTDIR)$(mandir)/man8/tcpstate.8
	$(INSTALL) -m 644 tools/tcpstate.bash-completion $(DESTDIR)$(completiondir)/tcpstate

# Debian's kernels ask for a signature here, and the key is not in their headers.
unsigned = $(if $(wildcard $(KDIR)/certs/signing_key.x509),,CONFIG_MODULE_SIG_ALL=)

# kbuild runs depmod only where the headers have a System.map, which packages of them lack.
install-module: module
	$(MAKE) -C $(KDIR) M=$(CURDIR)/build CONFIG_TCPSTATE=m INSTALL_MOD_DIR=updates \
		INSTALL_MOD_PATH=$(INSTALL_MOD_PATH) $(unsigned) modules_install
	$(if $(INSTALL_MOD_PATH),,depmod $$(modinfo -F vermagic build/tcpstate.ko | cut -d ' ' -f 1))

uninstall: ## remove what install has installed, the module from all kernels (prefix=, DESTDIR=)
	rm -f $(DESTDIR)$(sbindir)/tcpstate $(DESTDIR)$(mandir)/man8/tcpstate.8 \
		$(DESTDIR)$(completiondir)/tcpstate
	@for file in $(INSTALL_MOD_PATH)/lib/modules/*/updates/tcpstate.ko*; do \
		[ -e "$$file" ] || continue; \
		echo "rm -f $$file"; \
		rm -f "$$file" || exit; \
		folder=$${file%/*}; \
		rmdir --ignore-fail-on-non-empty "$$folder"; \
		kernel=$${folder%/updates}; \
		$(if $(INSTALL_MOD_PATH),:,depmod) "$${kernel##*/}" || exit; \
	done

# The tests and the tool stay out of it. `dkms install tcpstate/VERSION` builds from there.
dkms_version = $(shell sed -n 's/^PACKAGE_VERSION=//p' dkms.conf)
dkms_source = $(DESTDIR)/usr/src/tcpstate-$(dkms_version)

dkms: ## copy to /usr/src what dkms builds the module from (DESTDIR=)
	rm -rf $(dkms_source)
	$(INSTALL) -d $(dkms_source)
	cp -p Kbuild dkms.conf LICENSE $(dkms_source)/
	find module -name '*.[ch]' ! -name '*.mod.c' -exec cp -p --parents -t $(dkms_source) {} +

deb: ## build the packages of Debian, tcpstate and tcpstate-dkms, in build/deb
	@tests/guest/packages dpkg-dev debhelper dh-dkms libmnl-dev libncurses-dev pkg-config
	@contrib/deb

packages: ## test the packages in clean roots of Debian, and signatures in QEMU: minutes
	@tests/packages/run $(TOPICS)

clean: ## remove what was built
	rm -rf build tools/tcpstate

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.* ## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12
