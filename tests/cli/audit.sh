#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What syslog gets to know: commands that change something, with the
# facility of POT_LOG_FACILITY, and never the values of variables (reference
# 1.6; defect D43).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
fake_pot web

cat >"$T/commands" <<'END'
pot set-env -p web -E TOKEN=s3cret -E "B=also s3cret"
pot set-env -pweb -ELATER=s3cret
pot set-env --pot web --env=LONG=s3cret
pot exec -e PASS=s3cret -p web true
pot set-cmd -p web -c "nginx -g 'daemon off;'"
pot ls
pot ps
pot info -p web
pot get-attr -p web -A persistent
pot config -g fs_root
pot show
pot version
pot last-run-stats -p web
pot stop none
pot set-cmd -p web
pot set-hosts -p web -H "$(printf 'a\nb'):1.2.3.4"
pot snap -p web
END
# A /dev (FreeBSD: a /var/run) of our own, where we are syslogd.
cat >"$T/alone" <<'END'
pot() { "$POT" "$@" >/dev/null 2>&1; }
case "$(uname -s)" in
FreeBSD) log=/var/run/log ;;
*)
	log=/dev/log
	mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 || exit 3
	;;
esac
rm -f "$log"
"$POT_TEST_BUILD/tests/guest/syslogd" $log >"$T/lines" &
tries=0
until grep -q ready "$T/lines"; do
	tries=$((tries + 1))
	[ $tries -lt 1000 ] || exit 4
	sleep 0.01
done
. "$T/commands"
pot set-cmd -p web -c the-end
wait
END
alone()
{
	if [ "$(uname -s)" = FreeBSD ]; then
		chroot "$ROOT" /bin/sh "$T/alone"
	else
		unshare --mount sh "$T/alone"
	fi
}
leave_root()
{
	mount -p | awk -v r="$ROOT/" 'index($2, r) == 1 { print $2 }' |
	    sort -r | while read -r place; do
		umount "$place"
	done
	rm -rf -x "$ROOT"
}
if [ "$(uname -s)" = FreeBSD ]; then
	ROOT=$(mktemp -d /tmp/pot-audit.XXXXXX) || bail "mktemp"
	at_exit leave_root
	for dir in /bin /etc /lib /libexec /usr "$T" "$POT_TEST_BUILD"; do
		mkdir -p "$ROOT/$dir"
		mount -t nullfs "$dir" "$ROOT$dir" || bail "$dir"
	done
	mkdir -p "$ROOT/dev" "$ROOT/var/run"
	mount -t devfs devfs "$ROOT/dev" || bail "/dev"
fi
export POT T
runs "the commands" alone
# Linux: <PRI>TIME TAG: TEXT, FreeBSD: <PRI>1 TIME HOST TAG PID - - TEXT
said()
{
	sed -e '/^ready$/d' \
	    -e 's/^<\([0-9]*\)>[A-Z][a-z]* [ 0-9]* [0-9:]* /<\1> /' \
	    -e 's/^<\([0-9]*\)>1 [^ ]* [^ ]* \([^ ]*\) [^ ]* - - /<\1> \2: /' \
	    "$T/lines"
}
lines=$(said)
is "$lines" "<150> pot: pot-set-env -p web -E TOKEN= -E B=
<150> pot: pot-set-env -pweb -ELATER=
<150> pot: pot-set-env --pot web --env=LONG=
<150> pot: pot-exec -e PASS= -p web true
<150> pot: pot-set-cmd -p web -c nginx -g \\'daemon off;\\'
<150> pot: pot-stop none
<150> pot: pot-set-hosts -p web -H a\\nb:1.2.3.4
<150> pot: pot-snapshot -p web" "what changes something, without secrets"
set_conf POT_LOG_FACILITY local5
rm -f "$T/lines"
echo 'pot snap -p web' >"$T/commands"
runs "another facility" alone
like "$(said)" "<174>*pot-snapshot -p web" "is used"
runs "without syslogd" pot snap -p web
done_testing
