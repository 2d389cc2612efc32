#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Flavours: how they are found, what their lines may be, what fails and
# leaves nothing (reference 5; case 81 of 11.2).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
flavours=$PREFIX/etc/pot/flavours
mkdir -p "$flavours" "$T/here/sub"
cd "$T/here" || exit
n=0

# Make a pot with flavour f; $pot is its name.
create() # STATUS DESC
{
	n=$((n + 1))
	pot=p$n
	exits "$1" "$2" pot create -p $pot -t single -b tiny -f f
	[ "$1" -eq 0 ] || is "$(ls -d "$JAILS/$pot" 2>/dev/null)" "" \
	    "$2: nothing is left"
}

echo host >file
echo flavour >sub/file
pot create-fscomp -f data
fake_pot dep
cat >f <<'END'
# a comment

set-attribute -A persistent -V OFF
	set-attribute -A no-rc-script -V ON
copy-in -s file -d /etc/copied
mount-in -f data -m /data
set-rss -M 100M -C 1
export-ports -e 80 -e udp:53
set-env -E "A=two words" -E B='x y'
add-dep -P dep
set-cmd -c "/bin/sh -c 'a b' # all of it"
END
create 0 "81: each verb"
is "$(conf_values $pot pot.attr.persistent)" NO "81: set-attribute"
is "$(cat "$JAILS/$pot/m/etc/copied")" host "81: copy-in"
like "$(cat "$JAILS/$pot/conf/fscomp.conf")" "*fscomp/data /data" "81: mount-in"
is "$(conf_values $pot pot.rss.memory)" 100M "81: set-rss"
is "$(conf_values $pot pot.export.ports)" "80 udp:53" "81: export-ports"
is "$(conf_values $pot pot.env)" '"A=two words"
"B=x y"' "81: set-env, with quotes"
is "$(conf_values $pot pot.depend)" dep "81: add-dep"
is "$(conf_values $pot pot.cmd)" "/bin/sh -c 'a b' # all of it" \
    "81: set-cmd takes the rest"
printf 'set-env -E A=1\nset-cmd -c last' >f
create 0 "81: no newline at the end"
is "$(conf_values $pot pot.cmd)" last "81: the last line counts"

for v in set-attr set-hosts set-hook copy-out mount-out destroy exec pot; do
	echo "$v -p x" >f
	create 0 "81: $v is passed over"
	err_like "###>  flavour *f:1: $v: *" "81: $v: and told"
done

# What is wrong is told with file and line, before anything is made.
bad() # LINE
{
	printf 'set-env -E A=1\n\n%s\nset-cmd -c x\n' "$1" >f
	create 1 "81: $1"
	err_like "###>  *$T/here/f:3: *" "names file and line"
	out_unlike "*creating the pot*" "nothing was made"
	out_unlike "usage:*" "the help would be of no use"
}
bad "set-attribute -A persistent"
bad "set-attribute -A persistent -V maybe"
bad "set-attribute -A persistant -V NO"
bad "set-attribute -Z"
bad "copy-in -s file"
bad "copy-in -s file -d relative"
bad "mount-in -m /mnt"
bad "mount-in -d dir -f data -m /mnt"
bad "set-rss"
bad "set-rss -M lots"
bad "export-ports"
bad "export-ports -e ssh"
bad "set-env"
bad "set-env -E NOVAR"
bad "add-dep"
bad "set-cmd"
bad "set-cmd nginx"
bad "set-env -E 'open quote"
bad "set-env -h"
bad "set-env -E A=1 word"

# What only the engine can know fails later; the pot is gone all the same.
late() # LINE
{
	printf 'set-env -E A=1\n%s\n' "$1" >f
	create 1 "81: $1"
	err_like "###>  *$pot*$T/here/f:2: *" "names pot, file and line"
}
late "copy-in -s nofile -d /x"
late "copy-in-flv -s file -d /no/such/dir"
late "mount-in -f none -m /mnt"
late "add-dep -P none"
late "set-rss -M 900g"
printf 'set-rss -M 900g\n' >f
exits 1 "-k keeps the pot" pot create -k -p kept -t single -b tiny -f f
is "$(pot ls -q | grep kept)" kept "it is there"

# -- where they are found

echo 'set-cmd -c dir' >"$flavours/g"
echo 'set-cmd -c sub' >sub/g
cmd() # OPTION...: the command of a new pot
{
	pot destroy -q -p cmd 2>"$T/.err"
	pot create -p cmd -t single -b tiny "$@" >"$T/.out" 2>&1
	conf_values cmd pot.cmd
}
is "$(cmd -f g)" dir "81: in the flavour directory"
is "$(cmd -f sub/g)" sub "81: a relative path"
is "$(cmd -f "$T/here/sub/g")" sub "81: an absolute path"
echo 'set-cmd -c here' >g
is "$(cmd -f g)" here "81: the working directory comes first"
is "$(cmd -f g -f sub/g)" sub "81: in the order given"
is "$(cmd -f sub/g -f g)" here "81: in the order given"
echo 'copy-in-flv -s file -d /etc/flv' >sub/h
echo 'copy-in -s file -d /etc/plain' >>sub/h
runs "81: copy-in-flv" pot create -p flv -t single -b tiny -f sub/h
is "$(cat "$JAILS/flv/m/etc/flv")" flavour "81: is relative to the flavour"
is "$(cat "$JAILS/flv/m/etc/plain")" host "81: copy-in to the caller"
for f in none sub "" none.sh; do
	exits 1 "81: flavour '$f'" pot create -p new -t single -b tiny -f "$f"
	is "$(ls -d "$JAILS/new" 2>/dev/null)" "" "nothing is left"
done
exits 1 "one of two is missing" pot create -p new -t single -b tiny -f g -f no
is "$(ls -d "$JAILS/new" 2>/dev/null)" "" "nothing is left"
printf 'set-env -E A=\0b\n' >z
exits 1 "a binary file" pot create -p new -t single -b tiny -f z

# -- scripts: on this kernel the script's name says what it does

printf '#!/bin/sh\n' >s.sh
runs "a script" pot create -p s1 -t single -b tiny -f s
exits 1 "it does not run any more" pot info -rp s1
runs "a script by its file" pot create -p s2 -t single -b tiny -f s.sh
echo 'set-attribute -A persistent -V NO' >s
runs "commands and a script" pot create -p s3 -t single -b tiny -f s
is "$(conf_values s3 pot.attr.persistent)" NO "persistent is NO again"
pot snapshot -p s1
runs "clone with a flavour" pot clone -p s4 -P s1 -f g -f s
is "$(conf_values s4 pot.cmd)" here "it was applied"
exits 1 "clone with a bad flavour" pot clone -p s5 -P s1 -f f
is "$(ls -d "$JAILS/s5" 2>/dev/null)" "" "D2: nothing is left"
done_testing
