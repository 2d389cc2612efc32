#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The FreeBSD port lists what is installed: no file more, none less.
. "$POT_TEST_TOP/tests/lib.sh"

PORT=$POT_TEST_TOP/contrib/freebsd-port
[ -n "${POT_TEST_TREE:-}" ] || bail "no tree"

# What differs between the systems: how pots are started at boot.
boot='^etc/rc.d/|^lib/systemd/'
sed -e '/^@dir/d' -e 's/^@[a-z]* //' -e '/^$/d' "$PORT/pkg-plist" |
    sed 's,^\(share/man/.*\)\.gz$,\1,' | grep -vE "$boot" | sort >"$T/listed"
(cd "$POT_TEST_TREE" && find . ! -type d) | sed 's,^\./,,; s,\.gz$,,' |
    grep -vE "$boot" | sort >"$T/installed"
is "$(comm -23 "$T/installed" "$T/listed")" "" "all that is installed is listed"
# A build for another system prints no completions (completion/meson.build).
[ -d "$POT_TEST_TREE/share/bash-completion" ] || {
	grep -v complet "$T/listed" | grep -v share/zsh/ >"$T/fewer"
	mv "$T/fewer" "$T/listed"
}
is "$(comm -13 "$T/installed" "$T/listed")" "" "all that is listed is installed"
is "$(grep -E "$boot" "$PORT/pkg-plist" | tr '\n' ' ')" \
    "etc/rc.d/pot etc/rc.d/pot_early " "and both scripts of rc.d"
for f in pot pot_early; do
	runs "rc.d/$f is there" test -f "$POT_TEST_TOP/etc/rc.d/$f"
done
if [ "$(uname -s)" = FreeBSD ]; then
	runs "and is installed" test -x "$POT_TEST_TREE/etc/rc.d/pot"
else
	for u in pot pot-early; do
		runs "$u.service is installed" \
		    test -f "$POT_TEST_TREE/lib/systemd/system/$u.service"
	done
fi
version=$(pot version -q)
is "$(sed -n 's/^DISTVERSION=[	 ]*//p' "$PORT/Makefile")" "$version" \
    "it is of this version"
for f in Makefile pkg-descr pkg-plist pkg-message; do
	runs "$f is there" test -s "$PORT/$f"
done
is "$(awk 'length > 80' "$PORT/pkg-descr" "$PORT/pkg-message")" "" \
    "its texts fit 80 columns"
done_testing
