#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is refused while a pot starts or stops (case 39 of 11.2), and the host
# names of new pots (case 49; reference 3.1).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init

# -- in the middle: a hook asks

fake_pot web
pot set-cmd -p web -c sleep
cat >"$T/hook" <<EOF
#!/bin/sh
export POT_FAKE_STATE=$POT_FAKE_STATE POT_FAKE_EXE=$POT_FAKE_EXE
for verb in "start -d" snapshot destroy; do
	"$POT" \$verb -p web
	echo "\$verb \$?"
done 2>>"$T/hook.err" | grep '[01]\$' >"$T/hook.out"
EOF
chmod +x "$T/hook"
pot set-hook -p web -s "$T/hook" -t "$T/hook"
runs "39: start" pot start -d -p web
is "$(tr '\n' ' ' <"$T/hook.out")" "start -d 1 snapshot 1 destroy 1 " \
    "39: meanwhile nothing else starts, freezes or destroys it"
like "$(cat "$T/hook.err")" "*web*" "39: and says why"
is "$(pot ps -q)" web "39: it runs"
: >"$T/hook.out"
runs "39: stop" pot stop -p web
# It still runs then, and a start of what runs has always been 0.
is "$(tr '\n' ' ' <"$T/hook.out")" "start -d 0 snapshot 1 destroy 1 " \
    "39: likewise while it stops"
is "$(pot ps -q)" "" "39: it does not run"

# -- host names

host=$(uname -n)
name_is() # NAME WANTED DESC
{
	fake_pot "$1"
	is "$(conf_values "$1" host.hostname)" "\"$2\"" "$3"
}
name_is short "short.$host" "49: name and host"
full=exact.$host
set_conf POT_HOSTNAME_MAX_LENGTH ${#full}
name_is exact "exact.$host" "49: exactly as long as it may be"
name_is exact1 exact1 "49: one more: the name alone"
set_conf POT_HOSTNAME_MAX_LENGTH 6
name_is sixsix sixsix "49: a name as long as it may be"
name_is sevenxx sevenx "49: a longer one is cut"
done_testing
