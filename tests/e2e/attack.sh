#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A pot that attacks its host: links, FIFOs, devices and directories at each
# place where the host writes or looks, hostile output, and a guest that
# resists to be stopped.  Nothing outside the pot is touched or read; the pot
# starts, or a clear error says why not (the reference's 12.2).
# pot-test: timeout=120
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny

# What a link of the guest points to: by its absolute path on the host, and
# by more ".." than there are directories.
B=$T/bait
UP=../../../../../../../../../../../../..$B
mkdir -p "$B/dir" "$T/host/dir"
for f in resolv.conf hosts passwd group secret dir/file; do
	echo "secret of $f" >"$B/$f"
done
echo "evil:x:4242:4242::/:/bin/sh" >>"$B/passwd"
echo "evil:x:4242:" >>"$B/group"
echo "from the host" >"$T/host/file"
echo "from the host" >"$T/host/dir/file"
printf '#!/bin/sh\necho flavour ran\n' >"$T/host/run.sh"

# Names, modes, owners, kinds, times; a shell of the pot whatever it has done
# to itself.
STAT='stat -c %n:%f:%u:%g:%y' GUEST=/bin/busybox
if [ "$(uname -s)" = FreeBSD ]; then
	STAT='stat -f %N:%p:%u:%g:%Fm' GUEST=
fi

census()
{
	(cd "$B" && find . | sort && find . -type f | sort | xargs cksum &&
		find . -exec $STAT {} + | sort)
}
census >"$T/census"
untouched() # DESC
{
	is "$(census)" "$(cat "$T/census")" "$1: the host's files are as before"
}

# Works (status 0), or refuses with a message of ours on stderr.
is_sane() # DESC COMMAND...
{
	t_desc=$1
	shift
	t_run "$@"
	if [ "$t_status" -eq 0 ]; then
		pass "$t_desc"
		return 0
	fi
	if [ "$t_status" -lt 126 ] && grep -q '^###>  .' "$T/.err"; then
		pass "$t_desc: refused"
		diag "$(head -n 2 "$T/.err")"
		return 1
	fi
	fail "$t_desc" "command: $*" "exit status $t_status" \
	    "stdout: $(head -c 2000 "$T/.out")" \
	    "stderr: $(head -c 2000 "$T/.err")"
	return 1
}

fresh_pot()
{
	pot create -p web -t single -b tiny >"$T/.out" 2>&1 &&
	    pot set-cmd -p web -c "sleep 1000" >>"$T/.out" 2>&1 &&
	    pot set-attribute -p web -A stop_timeout -V 1 >>"$T/.out" 2>&1 ||
	    fail "a fresh pot" "$(out)"
}

# Text of the guest's shell, run as root of the pot.
guest()
{
	# shellcheck disable=SC2086
	pot exec -p web $GUEST sh -c "$1" >"$T/.guest" 2>&1
}

# The pot plants something, and everything which looks there is tried: while
# it runs, at a start, and when it is stopped.
planted() # DESC GUEST-SHELL
{
	desc=$1
	fresh_pot
	for a in $attributes; do
		pot set-attribute -p web -A "$a" -V YES >/dev/null
	done
	pot start -d -p web >"$T/.out" 2>&1 || fail "$desc: start" "$(out)"
	guest "B=$B; UP=$UP; $2" || fail "$desc: planting" "$(cat "$T/.guest")"
	is_sane "$desc: copy-in -F" pot copy-in -F -p web -s "$T/host/file" \
	    -d "$where"
	is_sane "$desc: stop" pot stop -p web
	is_sane "$desc: copy-in" pot copy-in -c -p web -s "$T/host/file" \
	    -d "$where"
	if is_sane "$desc: start" pot start -d -p web; then
		guest "for f in /etc/hosts /etc/resolv.conf /etc/passwd \
		    $where; do [ -p \$f ] || cat \$f; done"
		unlike "$(cat "$T/.guest")" "*secret of*" \
		    "$desc: the guest reads nothing of the host"
		# shellcheck disable=SC2086
		if pot exec -p web -U evil $GUEST true 2>/dev/null; then
			fail "$desc: the host's users are users of the pot"
		fi
		pot stop -p web >/dev/null 2>&1
	fi
	is "$(pot ps -q)" "" "$desc: nothing runs"
	runs "$desc: destroy" pot destroy -F -p web
	untouched "$desc"
}

# -- where a start writes or mounts

attributes=no-tmpfs
for f in etc/resolv.conf etc/hosts etc/passwd etc/group; do
	where=/$f
	planted "$f is an absolute link" "ln -sf \$B/${f##*/} /$f"
	planted "$f is a link upwards" "ln -sf \$UP/${f##*/} /$f"
done
f=etc/resolv.conf
where=/$f
planted "$f dangles" "ln -sf \$B/new /$f"
planted "$f is a FIFO" "rm -f /$f; mkfifo /$f"
planted "$f is a directory" "rm -f /$f; mkdir -p /$f/x"
planted "$f is a socket of its own" "ln -sf /$f /$f"
planted "passwd is a FIFO" "rm -f /etc/passwd; mkfifo /etc/passwd"
planted "passwd is a directory" "rm -f /etc/passwd; mkdir /etc/passwd"
planted "passwd is 100 MB" \
    "$GUEST truncate -s 100M /etc/passwd 2>/dev/null ||
	dd if=/dev/zero of=/etc/passwd bs=1M count=0 seek=100"
where=/etc/new
planted "etc is an absolute link" "mv /etc /etc.old; ln -s \$B /etc"
planted "etc is a link upwards" "mv /etc /etc.old; ln -s \$UP /etc"
planted "etc is a file" "mv /etc /etc.old; : >/etc"
planted "etc is not there" "mv /etc /etc.old"
where=/tmp/new
planted "tmp is an absolute link" "mv /tmp /tmp.old; ln -s \$B /tmp"
planted "tmp is a link upwards" "mv /tmp /tmp.old; ln -s \$UP /tmp"
planted "tmp is a file" "mv /tmp /tmp.old; : >/tmp"

# /tmp, /dev, /proc and /sys are mounted over in a pot that runs: the links
# come with its base.
i=0
for d in tmp dev proc sys; do
	for to in "$B" "$UP" fifo; do
		i=$((i + 1))
		cp -a "$T/rootfs" "$T/evil"
		rmdir "$T/evil/$d"
		if [ "$to" = fifo ]; then
			mkfifo "$T/evil/$d"
		else
			ln -s "$to" "$T/evil/$d"
		fi
		pot create-base --from "$T/evil" -b "evil$i" >"$T/.out" 2>&1 ||
		    fail "a base" "$(out)"
		rm -rf "$T/evil"
		pot create -p web -t single -b "evil$i" >"$T/.out" 2>&1
		pot set-cmd -p web -c "sleep 1000"
		is_sane "$d is $to: start" pot start -d -p web &&
		    pot stop -p web
		is_sane "$d is $to: copy-in" pot copy-in -p web \
		    -s "$T/host/file" -d "/$d/new"
		runs "$d is $to: destroy" pot destroy -F -p web
		runs "$d is $to: destroy of the base" pot destroy -b "evil$i"
		untouched "$d is $to"
	done
done

# -- mount points

mkdir -p "$T/lent"
echo lent >"$T/lent/file"
pot create-fscomp -f shared >/dev/null
for source in "-d $T/lent" "-d $T/lent/file" "-f shared"; do
	for to in "$B" "$UP" "$B/secret" "$UP/new"; do
		fresh_pot
		pot start -d -p web
		guest "mkdir -p /a/b; ln -s $to /a/mnt;
		    ln -s $to /mnt"
		# shellcheck disable=SC2086
		is_sane "mount-in $source onto a link, running" \
		    pot mount-in -p web -m /mnt $source
		pot mount-out -p web -m /mnt >/dev/null 2>&1
		pot stop -p web
		# shellcheck disable=SC2086
		is_sane "mount-in $source below a link, stopped" \
		    pot mount-in -p web -m /a/mnt/x/y $source
		is_sane "start with it" pot start -d -p web
		# The mount point turns into a link after mount-in.
		guest "mkdir -p /late; rm -rf /late; ln -s $to /late"
		pot stop -p web >/dev/null 2>&1
		pot destroy -F -p web
		untouched "mount-in $source, $to"
	done
done
fresh_pot
pot mount-in -p web -m /late/point -d "$T/lent"
pot set-attribute -p web -A no-tmpfs -V YES
for to in "$B" "$UP"; do
	# fscomp.conf says /late/point; the guest replaces /late.
	pot mount-out -p web -m /late/point >/dev/null
	pot start -d -p web
	guest "rm -rf /late; ln -s $to /late"
	pot stop -p web
	grep -q late "$T/data/fs/jails/web/conf/fscomp.conf" ||
	    echo "$T/lent /late/point" >>"$T/data/fs/jails/web/conf/fscomp.conf"
	is_sane "a mount point's parent has become a link" \
	    pot start -d -p web
	pot stop -p web >/dev/null 2>&1
	untouched "a mount point's parent has become a link"
done
pot destroy -F -p web

# -- copies

fresh_pot
pot start -d -p web
guest "ln -s $B /abs; ln -s $UP /up; ln -s $B/secret /absfile;
    mkdir -p /tree/sub; ln -s $B /tree/abs; ln -s $UP/secret /tree/up;
    mkfifo /tree/fifo; echo mine >/tree/mine; mknod /tree/null c 1 3;
    mkfifo /fifo; chmod 4755 /tree/mine; ln -s / /tree/root"
for d in /abs /up /abs/dir/file /up/dir/file /absfile /fifo /abs/new/new \
    /../../../../../$B/secret; do
	for s in file dir; do
		is_sane "copy-in $s to $d" pot copy-in -F -c -p web \
		    -s "$T/host/$s" -d "$d"
	done
done
untouched "copy-in to links"
pot stop -p web
mkdir "$T/got"
for s in /abs /up /absfile /abs/secret /up/secret /fifo /tree /tree/abs \
    /tree/up /tree/root /../../../../../"$B"/secret /proc/1/root; do
	is_sane "copy-out $s" pot copy-out -p web -s "$s" -d "$T/got"
done
runs "a second copy-out" pot copy-out -p web -s /tree -d "$T/got"
is "$(find "$T/got" -type f -exec grep -l 'secret of' {} +)" "" \
    "nothing of the host was copied"
is "$(find "$T/got" -type l -name abs -exec readlink {} + | sort -u)" "$B" \
    "links are copied as links"
untouched "copy-out of links"
# What was copied out as a link is not followed by the next copy-out.
rm -rf "$T/got/mine"
ln -s "$B/secret" "$T/got/mine"
runs "copy-out onto a link" pot copy-out -p web -s /tree/mine -d "$T/got"
untouched "copy-out onto a link"
pot destroy -F -p web
rm -rf "$T/got"

# A guest that renames directories while the host copies into them.
fresh_pot
pot set-cmd -p web -c "sh -c 'mkdir -p /x/d; ln -s $UP /x/l; while :; do mv /x/d /x/e; mv /x/l /x/d; mv /x/d /x/l; mv /x/e /x/d; done'"
pot start -d -p web
n=0
while [ $n -lt 60 ]; do
	pot copy-in -F -c -p web -s "$T/host/dir" -d /x/d >"$T/.out" 2>&1
	pot copy-in -F -c -p web -s "$T/host/file" -d /x/d/dir/file \
	    >"$T/.out" 2>&1
	n=$((n + 1))
done
untouched "a guest that renames while copy-in runs"
runs "stop" pot stop -p web
pot destroy -F -p web

# -- flavours

FLAVOURS=$PREFIX/etc/pot/flavours
mkdir -p "$FLAVOURS"
printf 'copy-in -s %s -d /tmp/f\n' "$T/host/file" >"$FLAVOURS/bad"
cp "$T/host/run.sh" "$FLAVOURS/bad.sh"
chmod 755 "$FLAVOURS/bad.sh"
for to in "$B" "$UP" "$B/secret"; do
	cp -a "$T/rootfs" "$T/evil"
	rmdir "$T/evil/tmp"
	ln -s "$to" "$T/evil/tmp"
	pot create-base --from "$T/evil" -b evil >"$T/.out" 2>&1
	rm -rf "$T/evil"
	is_sane "a flavour's script where tmp is a link" \
	    pot create -p web -t single -b evil -f bad
	! pot info -qp web >/dev/null 2>&1 || pot destroy -F -p web
	runs "the base is removed" pot destroy -b evil
	untouched "a flavour's script"
done

# -- output

fresh_pot
cat >"$T/host/shout" <<'END'
#!/bin/sh
printf '2020-01-01T00:00:00.000000000Z stderr F injected\n'
printf 'a\000b\000\033[2J\033]0;title\007\r\n'
printf '\n\n \n'
printf '2020-01-01T00:00:00.000000000Z stdout P half'
printf '\n\377\376\n'
dd if=/dev/zero bs=1048576 count=1 2>/dev/null | tr '\000' x
echo
printf 'no end'
END
chmod 755 "$T/host/shout"
runs "a hostile program" pot copy-in -p web -s "$T/host/shout" -d /shout
pot set-attribute -p web -A persistent -V no
pot set-cmd -p web -c /shout
runs "runs" pot start -p web
sh "$T/host/shout" >"$T/wanted"
is "$(sed 1d "$T/.out" | cksum)" "$(cksum <"$T/wanted")" \
    "a foreground start passes all bytes on"
pot logs -p web >"$T/got" 2>"$T/.err"
(cat "$T/wanted" && echo) | cksum >"$T/wanted.sum"
case "$(cksum <"$T/got")" in
"$(cat "$T/wanted.sum")" | "$(cksum <"$T/wanted")") pass "so does the log" ;;
*) fail "so does the log" "$(cmp "$T/got" "$T/wanted" 2>&1)" \
    "$(head -c 300 "$T/got" | od -c | head -n 20)" ;;
esac
is "$(pot logs -p web --stream stderr)" "" "no line was taken for one of stderr"
is "$(pot logs -p web --until 2021-01-01 2>/dev/null)" "" \
    "nor for one of another time"
is "$(pot logs -p web -n 1)" "no end" "the last line"
is "$(pot logs --timestamps -p web | LC_ALL=C awk '!/^20[2-9][0-9]-/' | wc -l |
    tr -d ' ')" 0 "each line has its time"
pot destroy -F -p web

# -- a guest that resists

fresh_pot
pot start -d -p web
for p in /proc/1/oom_score_adj /proc/sys/kernel/core_pattern \
    /proc/sysrq-trigger /proc/sys/kernel/hostname /sys/fs/cgroup/x; do
	refuses "the guest can't write to $p" \
	    pot exec -p web sh -c "echo x >$p"
done
pot exec -p web sh -c 'kill -9 1; kill -9 -1' >/dev/null 2>&1
runs "a guest that kills all" pot stop -p web
pot set-cmd -p web -c "sh -c 'trap \"\" HUP INT QUIT TERM USR1 USR2; while :; do sleep 1000; done'"
pot start -d -p web
runs "one that ignores signals is stopped" pot stop -p web
pot set-cmd -p web -c "sh -c 'while :; do dd if=/dev/zero bs=1M count=8 \
    >>/tmp/fill 2>/dev/null || sleep 1; done'"
pot set-rss -p web -M 64M >/dev/null 2>&1
pot start -d -p web >/dev/null 2>&1
sleep 0.5
is_sane "one that fills /tmp is stopped" pot stop -p web
pot set-rss -p web -M none >/dev/null
runs "a process limit" pot set-rss -p web --processes 60
pot set-cmd -p web -c "sh -c 'f() { f | f & }; while :; do f; sleep 1; done'"
runs "a fork bomb starts" pot start -d -p web
sleep 0.5
runs "and is stopped" pot stop -p web
is "$(pot ps -q)" "" "nothing runs"
runs "destroy" pot destroy -F -p web
untouched "the end"

done_testing
