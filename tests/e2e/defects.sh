#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Defects of the sh version (the reference's 12.1) that are mended and have
# no test elsewhere, each named by its number.  Not here: D18, D20 and D32,
# which are of networks of a pot's own, and those come later.
# pot-test: timeout=180
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
F=$T/data
FLAVOURS=$PREFIX/etc/pot/flavours
mkdir -p "$FLAVOURS" "$T/dir"
echo text >"$T/dir/file"

# D1
echo "copy-in -s /no/such/file -d /root" >"$FLAVOURS/broken"
exits 1 "D1: a flavour that fails" pot create -p web -t single -b tiny \
    -f broken
is "$(pot ls -q)" "" "D1: leaves no pot"
printf '#!/bin/sh\nexit 3\n' >"$FLAVOURS/script.sh"
chmod 755 "$FLAVOURS/script.sh"
exits 1 "D1: a flavour's script that fails" pot create -p web -t single \
    -b tiny -f script
is "$(pot ls -q)$(ls "$F/run/pot" "$F/log")" \
    "$(printf '%s:\n\n%s:' "$F/log" "$F/run/pot")" "D1: leaves nothing"

runs "a pot" pot create -p web -t single -b tiny
pot set-cmd -p web -c "sleep 1000"

# D2
exits 1 "D2: a clone that fails" pot clone -p two -P web -s nosuch
is "$(pot ls -q)" web "D2: leaves no pot"
exits 1 "D2: a clone whose flavour fails" pot clone -F -p two -P web -f broken
is "$(pot ls -q)" web "D2: leaves no pot"

# D5, D6, D7, D8
runs "D5: a directory is mounted in" pot mount-in -p web -m /mnt -d "$T/dir" -r
runs "D5: the pot is cloned" pot clone -F -p two -P web
is "$(grep -c "$T/dir .*/mnt ro" \
    "$F/fs/jails/two/conf/fscomp.conf")" 1 \
    "D5: the clone has the directory, and its option"
pot set-cmd -p two -c "sleep 1000"
runs "D5: the clone of an older snapshot, too, has the mount point: it starts" \
    pot start -d -p two
runs "D5: and sees it" pot exec -p two cat /mnt/file
out_is text "D5: its content"
refuses "D5: read-only" pot exec -p two sh -c 'echo x >/mnt/file'
runs "D6: mount-out, running" pot mount-out -p two -m /mnt
exits 1 "D6: it is gone" pot exec -p two cat /mnt/file
pot stop -p two
pot start -d -p two >/dev/null
exits 1 "D6: also after the next start" pot exec -p two cat /mnt/file
runs "D6: stop" pot stop -p two
runs "D6: mount-out, stopped" pot mount-out -p web -m /mnt
is "$(grep -c mnt "$F/fs/jails/web/conf/fscomp.conf")" 0 "D6: the line is gone"
pot create-fscomp -f shared >/dev/null
runs "D7: mount-in of a fscomp" pot mount-in -p web -m /mnt -f shared
exits 1 "D7: the same mount point again" pot mount-in -p web -m /mnt \
    -d "$T/dir"
exits 1 "D7: by another spelling" pot mount-in -p web -m /usr/../mnt/. \
    -d "$T/dir"
exits 1 "D8: a directory of the pot itself" pot mount-in -p web -m /in \
    -d "$F/fs/jails/web/conf"
mkdir "$T/dir2"
runs "D8: a directory" pot mount-in -p web -m /a -d "$T/dir2"
runs "D8: another one whose name is its beginning" \
    pot mount-in -p web -m /b -d "$T/dir"
exits 1 "D8: the same in other words" pot mount-in -p web -m /c \
    -d "$T/dir2/../dir2"
runs "start" pot start -d -p web

# D9, D10
runs "stop" pot stop -p web
is "$(ls "$F/fs/fscomp")" shared "D9: the fscomp is where it was"
is "$( (cat /proc/self/mountinfo || mount -p) 2>/dev/null |
    grep -F "$F/fs/jails" | grep -v zfs)" "" \
    "D10: nothing is mounted on the host after a stop" # but datasets

# D11, D38
runs "D11: set-hosts" pot set-hosts -p web -H a:10.0.0.1
is "$(ls "$F/tmp")" "" "D11, D38: no temporary file"

# D15
pot start -d -p web >/dev/null
refuses "D15: no raw sockets unless asked for" pot exec -p web \
    ping -c 1 127.0.0.1
err_like "*[Pp]ermi*" "D15: it is not permitted"
pot stop -p web

# D24
exits 1 "D24: rename to a bad name" pot rename -p web -n "a/b"
runs "D24: the base of single pots is destroyed" pot destroy -r -b tiny
is "$(pot ls -q | tr '\n' ' ')" "two web " "D24: which are no part of it"
with_base tiny

# D25
pot start -d -p web >/dev/null
runs "D25: destroy -F of a pot with mounts" pot destroy -F -p web
is "$(cat "$T/dir/file")" text "D25: what was mounted in is whole"
is "$(ls "$F/fs/fscomp")" shared "D25: so is the fscomp"

# D28
runs "a pot" pot create -p web -t single -b tiny
pot set-cmd -p web -c "sleep 1000"
pot start -d -p web >/dev/null
rm -rf "$F/tmp"/* "$F/tmp"/.[a-z]* /tmp/pot_* 2>/dev/null
is "$(pot ps -q)" web "D28: a tmp cleaner changes no status"
runs "D28: it can be stopped" pot stop -p web

# D29
printf 'set-cmd -c "sleep 999"\n' >"$FLAVOURS/slow"
printf '#!/bin/sh\nwhile [ ! -e /tmp/go ]; do sleep 0.05; done\n' \
    >"$FLAVOURS/slow.sh"
chmod 755 "$FLAVOURS/slow.sh"
pot create -p slow -t single -b tiny -f slow >"$T/slow.out" 2>&1 &
slow=$!
eventually "$POT" info -qrp slow
runs "D29: a flavour that runs is in nobody's way: create" \
    timeout --foreground 20 "$POT" create -p three -t single -b tiny
runs "D29: start" timeout --foreground 20 "$POT" start -d -p web
runs "D29: stop" timeout --foreground 20 "$POT" stop -p web
pot exec -p slow touch /tmp/go
wait $slow
is $? 0 "D29: and comes to its end"
pot destroy -F -p slow
pot destroy -F -p three

# D33
if pot set-rss -p web -M 64M >"$T/.out" 2>&1; then
	pot start -d -p web >/dev/null
	runs "D33: a limit of a running pot is removed" pot set-rss -p web \
	    -M none
	pot stop -p web
	# A group that is left on the host is found by tests/run.
else
	fail "D33: a limit" "$(out)"
fi

# D34
runs "D34: copy-in of a directory" pot copy-in -p web -s "$T/dir" -d /root
runs "D34: copy-out of what it made" pot copy-out -p web -s /root/dir/file \
    -d "$T/dir2"
is "$(cat "$T/dir2/file")" text "D34: it is where one expects it"
runs "D34: twice" pot copy-in -p web -s "$T/dir" -d /root
pot start -d -p web >/dev/null
is "$(pot exec -p web ls /root)" dir "D34: no other directory appears"
is "$(pot exec -p web ls -a /tmp | tr -d '.\n')" "" "D34: nothing is in tmp"

# D41
runs "D41: a dependency" pot add-dep -p two -P web
pot stop -p web
pot set-cmd -p web -c /no/such/thing
pot set-attribute -p web -A persistent -V no
isnt "$(pot start -d -p two >"$T/.out" 2>&1; echo $?)" 0 \
    "D41: a dependency that fails is no secret"
runs "D41: it can be removed" pot add-dep -p two -P web --remove
runs "D41: then it starts" pot start -d -p two
runs "destroy" pot destroy -F -p two
runs "destroy" pot destroy -F -p web

# -- pots whose components are shared: a base as a Debian's, of busybox

says() # WANTED DESC NAME COMMAND...
{
	t_want=$1 t_desc=$2
	shift 2
	t_run "$POT" exec -p "$@"
	is "$t_status $(out)" "0 $t_want" "$t_desc"
}

sleeper() # NAME
{
	pot set-cmd -p "$1" -c "sleep 1000" &&
	    pot set-attribute -p "$1" -A stop_timeout -V 1
}

mkdir "$T/deb"
(
	cd "$T/deb" || exit 1
	cp -R "$T/rootfs/." .
	mkdir -p usr/local var/lib/dpkg usr/bin
	mv bin/* usr/bin
	rmdir bin
	ln -s usr/bin bin
	# A link to the host's busybox, here.
	rm -f usr/bin/dpkg
	: >usr/bin/dpkg
	: >var/lib/dpkg/status
	echo "of the base" >etc/motd
)
runs "a base whose usr is shared" pot create-base --from "$T/deb" -b deb
runs "level 1" pot create -p one -t multi -l 1 -b deb
sleeper one
pot start -d -p one >/dev/null
runs "it is written to" pot exec -p one \
    sh -c 'echo mine >/etc/motd; echo mine >/usr/local/tool'
pot stop -p one
runs "a snapshot" pot snapshot -p one
pot start -d -p one >/dev/null

# D4
exits 1 "D4: level 2 of a pot that is not there" \
    pot create -p two -t multi -l 2 -P nosuch
err_like "*nosuch: not found*" "D4: says just that"
runs "D4: level 2 of a pot that runs" pot create -p two -t multi -l 2 -P one
says mine "D4: the ancestor keeps its component" one cat /usr/local/tool
sleeper two
runs "D4: both run" pot start -d -p two
says mine "D4: the new one has it, too" two cat /usr/local/tool
refuses "D4: and can't write to it" pot exec -p two \
    sh -c 'echo >/usr/local/tool'
runs "D4: the ancestor stops" pot stop -p one
says mine "D4: the new one keeps it" two cat /usr/local/tool
runs "D4: the ancestor starts again" pot start -d -p one
says mine "D4: and has it" one cat /usr/local/tool
pot stop -p two
pot stop -p one

# D5
mkdir "$T/ro"
echo text >"$T/ro/file"
pot mount-in -p one -m /usr/local/dir -d "$T/dir" >/dev/null
pot mount-in -p one -m /usr/local/ro -d "$T/ro" -r >/dev/null
pot mount-in -p one -m /var/shared -f shared -r >/dev/null
runs "D5: a multi pot is cloned" pot clone -F -p copy -P one
is "$(cat "$F/fs/jails/copy/conf/fscomp.conf")" \
    "$(sed 's,/jails/one/,/jails/copy/,' "$F/fs/jails/one/conf/fscomp.conf")" \
    "D5: its entries are the source's"
runs "D5: the clone starts" pot start -d -p copy
says text "D5: it has the directory" copy cat /usr/local/dir/file
runs "D5: which is writable" pot exec -p copy touch /usr/local/dir/new
refuses "D5: the other is not" pot exec -p copy touch /usr/local/ro/new
exits 1 "D5: nor the component" pot exec -p copy touch /var/shared/new
runs "D5: stop" pot stop -p copy

# D9
runs "D9: -w" pot mount-in -p two -m /var/shared -f shared -w
runs "D9: start" pot start -d -p two
runs "D9: it is written to" pot exec -p two sh -c 'echo data >/var/shared/f'
runs "D9: stop" pot stop -p two
is "$(cat "$F/fs/fscomp/shared/f")" data "D9: it is at its place again"
runs "D9: and known to commands of components" pot snapshot -f shared
runs "D9: clone-fscomp" pot clone-fscomp -F shared -f second
is "$(cat "$F/fs/fscomp/second/f")" data "D9: has its content"
is "$(ls "$F/fs/jails/two")" "$(printf 'conf\ncustom\nm')" \
    "D9: nothing is parked in the pot's directory"

# D24
exits 1 "D24: a pot on which another stands" pot destroy -p one
err_like "*two*" "D24: it is named"
runs "D24: -r destroys both" pot destroy -r -p one
is "$(pot ls -q)" copy "D24: and not the clone"
runs "D24: which is whole" pot start -d -p copy
says mine "D24: with all it had" copy cat /usr/local/tool
pot stop -p copy
runs "destroy" pot destroy -p copy

# D27
[ "${POT_TEST_STORAGE:-}" != zfs ] ||
    skip "D27" "a dataset can't be moved away; e2e/zfs_bad has it missing"
[ "${POT_TEST_STORAGE:-}" = zfs ] || while read -r d command; do
	mv "$F/fs/$d" "$F/fs/$d.away"
	# shellcheck disable=SC2086
	exits 1 "D27: $d is missing: $command" pot $command
	err_like "*$d*" "D27: says what is missing"
	runs "D27: init makes it again" pot init -m
	rmdir "$F/fs/$d" || fail "D27: $d"
	mv "$F/fs/$d.away" "$F/fs/$d"
done <<END
jails create -p new -t single -b tiny
bases create -p new -t single -b tiny
bases create-base --from $T/rootfs -b new
fscomp create-fscomp -f new
END

# D37: the pot's own files are as the user left them
runs "D37: a pot" pot create -p web -t single -b tiny
pot set-cmd -p web -c "sleep 1000"
pot start -d -p web >/dev/null
pot exec -p web sh -c 'echo a=b >/etc/rc.conf; echo host >/etc/hosts;
    echo dns >/etc/resolv.conf; mkdir /etc/rc.d; echo x >/etc/rc.d/rtsold'
pot stop -p web
for mode in NO YES; do
	pot set-attribute -p web -A no-rc-script -V $mode
	pot start -d -p web >/dev/null
	says "a=b x" "D37: rc.conf and rc.d after a start ($mode)" web \
	    sh -c 'echo $(cat /etc/rc.conf /etc/rc.d/*)'
	pot exec -p web sh -c 'mkdir /seen; ls -a /tmp /root >/seen/ls'
	pot stop -p web
	pot copy-out -p web -s /seen -d "$T" >/dev/null
	is "$(grep -c -e tinirc -e environment "$T/seen/ls")" 0 \
	    "D37: no script of pot's in it ($mode)"
	rm -rf "$T/seen"
	pot start -d -p web >/dev/null
	pot exec -p web rm -rf /seen
	pot stop -p web
done

# D40
cache=$F/cache
(cd "$T/rootfs" && tar -cf "$cache/forky_base.tar" .)
cksum <"$cache/forky_base.tar" >"$T/sum"
runs "D40: a base from the archive in the cache" pot create-base -r forky
is "$(pot ls -bq | grep -c forky)" 1 "D40: is there"
exits 1 "D40: once more" pot create-base -r forky
is "$(cksum <"$cache/forky_base.tar")" "$(cat "$T/sum")" \
    "D40: the archive is not touched by an error"
runs "D40: the base is destroyed" pot destroy -b forky
head -c 100000 "$cache/forky_base.tar" >"$cache/half_base.tar"
cp "$cache/half_base.tar" "$T/half"
exits 1 "D40: half an archive in the cache" pot create-base -r half
err_like "*half_base.tar*" "D40: is named"
# What one that was killed had in the making.
echo half >"$cache/.nosuch_base.tar.2147483647"
mkdir -p "$cache/.nosuch_base.tar.2147483646.tree/etc"
exits 1 "D40: a release that is none" pot create-base -r nosuch
err_like "*nosuch*" "D40: is named"
is "$(ls -A "$cache" | tr '\n' ' ')" "forky_base.tar half_base.tar " \
    "D40: nothing else is in the cache"
is "$(pot ls -bq | tr '\n' ' ')" "deb tiny " "D40: nor is a base left"

# D42: the way of a start: nothing of the host is executed but pot's own
# three programs, and nobody sleeps.  (All of pot's processes have ended when
# strace has.)
pot set-cmd -p web -c "sh -c 'mkfifo /f; read x </f'"
pot set-attribute -p web -A stop_timeout -V 1

# Successful executions and sleeps of a FreeBSD's trace; one by descriptor
# (pot-init's) has no name.
kdumped() # FILE
{
	kdump -f "$1" | awk '
	$3 == "CALL" && $4 ~ /^f?execve\(/ {
		name[$1] = $4 ~ /^f/ ? "pot-init" : ""
	}
	$3 == "NAMI" && name[$1] == "" { name[$1] = $4 }
	$3 == "RET" && $4 ~ /^f?execve$/ && $5 == "JUSTRETURN" {
		gsub(/"/, "", name[$1])
		sub(/.*\//, "", name[$1])
		print name[$1]
	}
	$4 ~ /^(clock_)?nanosleep\(/ { print "nanosleep" }'
}

if command -v ktrace >/dev/null; then
	runs "D42: a pot starts" ktrace -i -t cn -f "$T/trace" \
	    "$POT" start -d -p web
	becomes "D42: its command is executed" "$POT" exec -p web test -p /f
	kdumped "$T/trace" | sort >"$T/started"
	is "$(grep -vx -e sh -e mkfifo "$T/started" | tr '\n' ' ')" \
	    "pot pot-init pot-supervise " \
	    "D42: nothing was executed but what is pot's, each once"
	runs "D42: and stops" ktrace -i -t cn -f "$T/trace2" \
	    "$POT" stop -p web
	is "$( (kdumped "$T/trace"; kdumped "$T/trace2") |
	    grep -c nanosleep)" 0 "D42: nobody slept"
elif has_strace "D42: what a start executes"; then
	# LeakSanitizer does not work under ptrace(2).
	ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
	    timeout 60 strace -ff -qq -o "$T/trace" \
	    -e trace=execve,execveat,nanosleep,clock_nanosleep,kill \
	    "$POT" start -d -p web >/dev/null 2>&1 &
	tracer=$!
	becomes "D42: a pot starts" "$POT" exec -p web test -p /f
	cat "$T"/trace.* >"$T/started"
	runs "D42: and stops" pot stop -p web
	wait $tracer
	is "$(cat "$T"/trace.* | grep -c nanosleep)" 0 "D42: nobody slept"
	is "$(sed -n 's/.*execve("\([^"]*\)".*= 0$/\1/p' "$T/started" |
	    grep -vx '/bin/sh\|/bin/mkfifo\|/usr/bin/mkfifo' |
	    sed 's,.*/,,' | sort -u | tr '\n' ' ')" "pot pot-supervise " \
	    "D42: nothing was executed but what is pot's"
fi
runs "destroy" pot destroy -p web

done_testing
