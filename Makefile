# SPDX-License-Identifier: BSD-2-Clause
# A thin front: Meson and Ninja do the work.  For GNU and BSD make.
#
#	make		build in BUILD
#	make install	into DESTDIR/PREFIX
#	make demo	watch pot work (as root)
#	make check	all tests, plain and with sanitizers (as root)
#	make check-all	the long ones: fuzzers, kill rounds, linters (as root)
#	make bench	figures beside the peers' (as root)
#	make freebsd	cross compile for FreeBSD
#	make style	what CI says about style
#	make format	format the sources
#
# tools/bootstrap ROLE installs what a target needs; demo, check, check-all
# and bench do so themselves.

PREFIX = /usr/local
DESTDIR =
BUILD = build
MESON_ARGS =

all: build

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD)
	@tools/give-back $(BUILD)

$(BUILD)/build.ninja:
	@tools/bootstrap -n build
	@meson setup $(BUILD) --prefix=$(PREFIX) -Dtests=false $(MESON_ARGS)

install: build
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD)
	@tools/give-back $(BUILD)

demo:
	@tools/bootstrap build demo
	@$(MAKE) -s build
	@tools/demo $(BUILD)

check:
	@tools/bootstrap build check
	@tests/check

check-all:
	@tools/bootstrap build check check-all
	@tests/check-all

bench:
	@tools/bootstrap build bench
	@[ -f build-bench/build.ninja ] || meson setup build-bench
	@ninja -C build-bench
	@tests/bench/run build-bench

freebsd:
	@tools/bootstrap freebsd
	@tools/freebsd/build
	@[ -n "$$FREEBSD_SYSROOT" ] || tools/freebsd/build -a arm64

style:
	@tools/bootstrap style
	@tools/style

format:
	@clang-format-14 -i `git ls-files '*.c' '*.h'`

clean:
	rm -rf $(BUILD) build-*

.PHONY: all build install demo check check-all bench freebsd style format clean
