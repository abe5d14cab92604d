# SPDX-License-Identifier: GPL-2.0-only
#
# The targets are the index of this tree; `make help` lists them. What kbuild
# reads is Kbuild.

KERNEL	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KERNEL)/build
# make load PARAMS="max_records=100000"
PARAMS	?=

.DEFAULT_GOAL := all
.PHONY: all demo test truth check generate load unload clean help

# Headers before Linux 6.13 know no output folder: build/ gets a copy of the
# sources, with their times.
all: ## build build/tcpstate.ko for the running kernel
	@if [ ! -e "$(KDIR)/Makefile" ]; then \
		echo "The headers of kernel $(KERNEL) are not installed ($(KDIR) is missing): there is nothing to build against." >&2; \
		exit 1; \
	fi
	@mkdir -p build/tests
	@cp -pru Kbuild module build/
	@[ ! -d tests/kunit ] || cp -pru tests/kunit build/tests/
	$(MAKE) -C $(KDIR) M=$(CURDIR)/build modules

demo: ## show the main job in a guest: connections, and their states at each step
	@tests/guest/run -- tests/netns/demo

test: ## run every test in its guests; ends with the totals
	@tests/test

truth: ## compare with the kernel's own TCP in a guest (N=1000000 SEED=1)
	@tests/guest/run --timeout 0 -- tests/truth/run $(if $(N),N=$(N)) $(if $(SEED),SEED=$(SEED))

check: ## checkpatch, sparse, W=1, shellcheck, kernel-doc and tests/style.sh
	@tests/check

generate: ## make the netlink headers, policies and names anew from module/spec
	@module/spec/generate

load: ## build and insert the module into the running kernel (PARAMS="name=value")
	@if [ ! -e /proc/modules ]; then \
		echo "Kernel $(KERNEL) has no loadable modules: 'make demo' runs tcpstate in a guest instead." >&2; \
		exit 1; \
	fi
	@$(MAKE) --no-print-directory all
	insmod build/tcpstate.ko $(PARAMS)

unload: ## remove the module from the running kernel
	@if ! grep -qs '^tcpstate ' /proc/modules; then \
		echo "tcpstate is not loaded into this kernel." >&2; \
		exit 1; \
	fi
	rmmod tcpstate

clean: ## remove build/
	rm -rf build

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.* ## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12
