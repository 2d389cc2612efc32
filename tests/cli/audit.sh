#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What syslog gets to know: commands that change something, with the
# facility of POT_LOG_FACILITY, and never the values of variables (reference
# 1.6; defect D43).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
fake_pot web

# A /dev of our own, where we are syslogd.
cat >"$T/syslogd.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
print("ready", flush=True)
while True:
    text = s.recv(65536).decode("utf-8", "replace")
    if "the-end" in text:
        break
    with open(sys.argv[1], "a") as f:
        f.write(text.rstrip("\0\n") + "\n")
END
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
cat >"$T/in_dev" <<'END'
pot() { "$POT" "$@" >/dev/null 2>&1; }
mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 || exit 3
mkfifo "$T/fifo"
python3 "$T/syslogd.py" "$T/lines" >"$T/fifo" &
read -r _ <"$T/fifo"
. "$T/commands"
pot set-cmd -p web -c the-end
wait
END
export POT T
if [ "$(uname -s)" != Linux ]; then
	skip_all "no private /dev here"
fi
runs "the commands" unshare --mount sh "$T/in_dev"
lines=$(sed 's/^<\([0-9]*\)>[A-Z][a-z]* [ 0-9]* [0-9:]* /<\1> /' "$T/lines")
is "$lines" "<150> pot: pot-set-env -p web -E TOKEN= -E B=
<150> pot: pot-set-env -pweb -ELATER=
<150> pot: pot-set-env --pot web --env=LONG=
<150> pot: pot-exec -e PASS= -p web true
<150> pot: pot-set-cmd -p web -c nginx -g \\'daemon off;\\'
<150> pot: pot-stop none
<150> pot: pot-set-hosts -p web -H a\\nb:1.2.3.4
<150> pot: pot-snapshot -p web" "what changes something, without secrets"
set_conf POT_LOG_FACILITY local5
rm -f "$T/lines" "$T/fifo"
echo 'pot snap -p web' >"$T/commands"
runs "another facility" unshare --mount sh "$T/in_dev"
like "$(cat "$T/lines")" "<174>*pot-snapshot -p web" "is used"
runs "without syslogd" pot snap -p web
done_testing
