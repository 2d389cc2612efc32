#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Bad input: names, options, files and hosts that are not as they should be.
# The exit status is the reference's, stderr names the pot, the file and line
# or the option, and nothing has changed.
# pot-test: timeout=120
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
pot create -p web -t single -b tiny >/dev/null || bail "create"
pot create -p db -t single -b tiny >/dev/null || bail "create"
pot set-cmd -p web -c "sleep 1000"
pot snapshot -p db >/dev/null
pot create-fscomp -f shared >/dev/null
printf '#!/bin/sh\n' >"$T/hook"
chmod 755 "$T/hook"
echo a file >"$T/file"
mkdir "$T/dir"
CONF=$T/data/fs/jails/web/conf/pot.conf
FSCOMP=$T/data/fs/jails/web/conf/fscomp.conf
cp "$CONF" "$T/pot.conf"
cp "$FSCOMP" "$T/fscomp.conf"
cp "$PREFIX/etc/pot/pot.conf" "$T/framework.conf"

# All that the installation has: names, modes, content.  Locks come and go,
# and so may empty directories which the first command of a kind makes.
census()
{
	(cd "$T/data" && find . -path ./run/lock -prune -o \
	    -path ./cache -prune -o -path ./tmp -prune -o -path ./log \
	    -prune -o -print |
	    grep -v 'work/work$' | sort &&
		find . -path ./run/lock -prune -o -path ./cache -prune -o \
		    -path ./tmp -prune -o -path ./log -prune -o \
		    -name .storage.lock -o -type f -print | sort |
		tr '\n' '\0' | xargs -0 cksum)
	(cd "$PREFIX" && find . -type f | sort | xargs cksum)
}
census >"$T/census"
unchanged() # DESC
{
	census >"$T/census.now"
	if cmp -s "$T/census" "$T/census.now"; then
		pass "$1: nothing has changed"
	else
		fail "$1: nothing has changed" \
		    "$(diff "$T/census" "$T/census.now")"
		cp "$T/census.now" "$T/census"
	fi
}

# Status 1, nothing but a message of ours on stderr which has WORD in it.
wrong() # DESC WORD COMMAND...
{
	t_desc=$1 word=$2
	shift 2
	t_run timeout --foreground 20 "$@"
	case "$t_status $(err)" in
	"1 ###>  "*"$word"*) pass "$t_desc" ;;
	*)
		fail "$t_desc" "command: $*" \
		    "exit status $t_status, wanted 1 and '$word'" \
		    "stdout: $(head -c 500 "$T/.out")" \
		    "stderr: $(head -c 1000 "$T/.err")"
		;;
	esac
}

LONG=$(printf '%0300d' 0 | tr 0 n)
NL=$(printf 'a\nb')

# -- names

bad_name() # KIND NAME: as the name of something new, and of something old
{
	what=$1 n=$2
	wrong "create: $what" "" "$POT" create -p "$n" -t single -b tiny
	wrong "clone to: $what" "" "$POT" clone -p "$n" -P db
	wrong "clone of: $what" "" "$POT" clone -p new -P "$n"
	wrong "rename to: $what" "" "$POT" rename -p db -n "$n"
	wrong "create of base: $what" "" "$POT" create -p new -t single -b "$n"
	wrong "create-base: $what" "" "$POT" create-base --from "$T/rootfs" \
	    -b "$n"
	wrong "create-fscomp: $what" "" "$POT" create-fscomp -f "$n"
	wrong "clone-fscomp: $what" "" "$POT" clone-fscomp -F shared -f "$n"
	wrong "clone-fscomp of: $what" "" "$POT" clone-fscomp -F "$n" -f new
	for c in start snapshot revert "purge-snapshots -a" destroy \
	    "destroy -F" "set-cmd -c x" "set-env -E A=1" "set-hosts -H a:1.1.1.1" \
	    "set-rss -M 64M" "set-attr -A persistent -V YES" \
	    "get-attr -A persistent" "export-ports -e 80" "add-dep -P db" \
	    "rename -n new" "set-hook -s $T/hook" "info" "show" "exec true" \
	    "signal -s TERM" "logs" "last-run-stats" "get-rss" "top" \
	    "mount-in -m /mnt -d $T/dir" "mount-out -m /mnt" "attach" \
	    "copy-in -s $T/file -d /root" "copy-out -s /bin/sh -d $T/dir" \
	    "wait" "term"; do
		# shellcheck disable=SC2086
		set -- $c
		verb=$1
		shift
		wrong "$c: $what" "" "$POT" "$verb" -p "$n" "$@"
	done
	wrong "add-dep: $what" "" "$POT" add-dep -p web -P "$n"
	wrong "destroy of a base: $what" "" "$POT" destroy -b "$n"
	wrong "destroy of a fscomp: $what" "" "$POT" destroy -f "$n"
	wrong "mount-in of: $what" "" "$POT" mount-in -p web -m /mnt -f "$n"
	unchanged "$what"
}

bad_name "a slash" a/b
bad_name "two dots" ..
bad_name "a path out" ../bases/tiny
bad_name "an absolute path" "$T/data/fs/jails/web"
bad_name "a blank" "a b"
bad_name "a newline" "$NL"
bad_name "300 characters" "$LONG"
bad_name "a leading dash" -- 2>/dev/null
bad_name "empty" ""
bad_name "a percent sign" %s%n
for n in 1234 .hidden a.b "$(printf 'a\033[31mb')" "$(printf '\377\376')"; do
	wrong "create: another bad name" "" "$POT" create -p "$n" -t single \
	    -b tiny
	wrong "clone: another bad name" "" "$POT" clone -p "$n" -P db
	wrong "rename: another bad name" "" "$POT" rename -p db -n "$n"
	like "$(LC_ALL=C tr -d '\12\40-\176' <"$T/.err" | wc -c | tr -d ' ')" 0 \
	    "control characters are not printed"
done
wrong "D35: only digits" "1234" "$POT" create -p 1234 -t single -b tiny
wrong "a name that is taken" "web" "$POT" create -p web -t single -b tiny
wrong "clone onto itself" "web" "$POT" clone -p web -P web
wrong "rename to what is there" "db" "$POT" rename -p web -n db
wrong "rename to itself" "web" "$POT" rename -p web -n web
wrong "add-dep on itself" "web" "$POT" add-dep -p web -P web
unchanged "names"

# -- options

for c in $(pot help -a | sed -n 's/^    \([a-z][a-z-]*\) .*/\1/p'); do
	case $c in
	term | run) ;;
	*) wrong "$c: an unknown letter" "-Z" "$POT" "$c" -Z ;;
	esac
	wrong "$c: an unknown long option" "--no-such" "$POT" "$c" --no-such
	wrong "$c: an option that is too long" "" "$POT" "$c" "--$LONG"
done
unchanged "options"
for a in "-t double" "-t ''" "-l 3" "-l x" "-N bridge" "-S ipv5" "-d nowhere" \
    "-d custom:/no/such" "-f no-such-flavour" "-f ../../no-such" "-P nosuch" \
    "-b nosuch" "-N public-bridge -i 300.1.1.1"; do
	wrong "create $a" "" sh -c "\"\$0\" create -p new -b tiny $a" "$POT"
done
wrong "a base that is missing" "nosuch" "$POT" create -p new -t single \
    -b nosuch
unchanged "create"
while read -r attribute value; do
	wrong "set-attr $attribute '$value'" "$attribute" "$POT" set-attr \
	    -p web -A "$attribute" -V "$value"
done <<END
persistent maybe
stop_timeout -1
stop_timeout 1e3
devfs_ruleset x
children -1
enforce_statfs 9
sysvshm foo
no-such-attribute x
END
for a in "-C 0" "-C x" "-C 4096" "-M 0" "-M x" "-M -1" "-M 99999999T" \
    "-M 16E" "--processes 0" "--processes -1" "--processes 99999999999" \
    "--open-files 0" "--open-files 99999999999" "--cpu-list 4000" \
    "--cpu-list 3-1" "--cpu-list x" "--cpu-weight 0" "--cpu-weight 10001" \
    "--cpu-quota 0" "--cpu-quota 9999" "--swap x" "--read-bps x" ""; do
	# shellcheck disable=SC2086
	wrong "set-rss $a" "" "$POT" set-rss -p web $a
done
# A limit above the host's names both.
wrong "more memory than there is" "pot web: memory 1.0T: the host has" "$POT" set-rss -p web -M 1024G
wrong "more CPUs than there are" "4096" "$POT" set-rss -p web -C 4096
unchanged "attributes and limits"
for e in "80:" ":80" 0 65536 80:99999 tcp udp: sctp:80 "80 81" "$NL"; do
	wrong "export-ports $e" "" "$POT" export-ports -p web -e "$e"
done
for e in "" A =1 "A B=1" "A=$NL"; do
	case $e in "A B=1") continue ;; esac
	wrong "set-env '$e'" "" "$POT" set-env -p web -E "$e"
done
for e in "" a a: :1.2.3.4 a:1.2.3 a:x "a b:1.2.3.4" "$NL:1.2.3.4"; do
	wrong "set-hosts '$e'" "" "$POT" set-hosts -p web -H "$e"
done
wrong "set-hook: not executable" "$T/file" "$POT" set-hook -p web -s "$T/file"
wrong "set-hook: no file" "/no/such" "$POT" set-hook -p web -s /no/such
wrong "set-hook: a directory" "$T/dir" "$POT" set-hook -p web -s "$T/dir"
for m in "" / // relative "/a b" "/a$NL" /..; do
	wrong "mount-in on '$m'" "" "$POT" mount-in -p web -m "$m" -d "$T/dir"
done
wrong "mount-in of nothing" "/no/such" "$POT" mount-in -p web -m /mnt \
    -d /no/such
wrong "mount-in of no dataset" "zroot" "$POT" mount-in -p web -m /mnt \
    -z zroot/no/such
wrong "D8: mount-in of a directory in the pot" "inside the pot" "$POT" \
    mount-in -p web -m /mnt -d "$T/data/fs/jails/web/conf"
wrong "D6: mount-out of nothing" "/mnt" "$POT" mount-out -p web -m /mnt
wrong "copy-in of nothing" "/no/such" "$POT" copy-in -p web -s /no/such -d /r
wrong "copy-in of a device" "/dev/null" "$POT" copy-in -p web -s /dev/null \
    -d /root
wrong "copy-in to a relative path" "root" "$POT" copy-in -p web \
    -s "$T/file" -d root
wrong "copy-in to nowhere" "/no/such" "$POT" copy-in -p web -s "$T/file" \
    -d /no/such/file
wrong "copy-in below a file" "/etc/passwd" "$POT" copy-in -c -p web \
    -s "$T/file" -d /etc/passwd/file
wrong "D34: copy-out to nowhere" "/no/such" "$POT" copy-out -p web \
    -s /bin/sh -d /no/such
wrong "copy-out of nothing" "/no/such" "$POT" copy-out -p web -s /no/such \
    -d "$T/dir"
wrong "copy-out of a relative path" "bin" "$POT" copy-out -p web -s bin/sh \
    -d "$T/dir"
is "$(ls "$T/dir")" "" "nothing was copied"
for v in "signal -s NOSUCH" "signal -s 99" "signal -s TERM" "exec true" \
    "get-rss" "top" "attach" "logs -n x" "logs --since yesteryear" \
    "revert" "exec -U nobody true" "info -q -v" "ls"; do
	[ "$v" != ls ] || continue
	# shellcheck disable=SC2086
	set -- $v
	verb=$1
	shift
	wrong "$v of a stopped pot" "" "$POT" "$verb" -p web "$@"
done
wrong "exec without a command" "" "$POT" exec -p web
wrong "config of nothing" "nosuch" "$POT" config -g nosuch
wrong "create-base of nothing" "/no/such" "$POT" create-base \
    --from /no/such -b new
wrong "create-base of a text" "$T/file" "$POT" create-base --from "$T/file" \
    -b new
head -c 100000 /dev/urandom >"$T/noise.tar.gz"
wrong "D3: create-base of noise" "noise.tar.gz" "$POT" create-base \
    --from "$T/noise.tar.gz" -b new
(cd "$T/rootfs" && tar -czf "$T/whole.tgz" .)
head -c 200000 "$T/whole.tgz" >"$T/half.tgz"
wrong "D3: create-base of half a tarball" "half.tgz" "$POT" create-base \
    --from "$T/half.tgz" -b new
unchanged "files"
is "$(ls "$T/data/fs/bases")" tiny "no base was left behind"

# -- a pot's files

# The pot can't be started, by an error that names WORD; it can be listed,
# and the others are as they were.
broken() # DESC FILE WORD
{
	wrong "$1: start" "$3" "$POT" start -d -p web
	wrong "$1: set-cmd" "$3" "$POT" set-cmd -p web -c x
	is "$(pot ls -q 2>/dev/null | tr '\n' ' ')" "db web " "$1: ls"
	runs "$1: ps" pot ps -q
	runs "$1: another pot" pot info -qp db
	is "$(entries '*web*' "$T/data/run/pot" "$T/data/run/journal")" 0 \
	    "$1: nothing is left"
	cp "$T/pot.conf" "$CONF"
	cp "$T/fscomp.conf" "$FSCOMP"
}

for file in "$CONF" "$FSCOMP"; do
	word=${file##*/}
	[ "$file" = "$FSCOMP" ] || : >"$file"
	[ "$file" = "$FSCOMP" ] || broken "an empty $word" "$file" "$word"
	head -c 3000 /dev/urandom >"$file"
	broken "a binary $word" "$file" "$word"
	yes "pot.cmd=x" | head -c 30000000 >"$file"
	broken "a huge $word" "$file" "$word"
	head -c 2000000 /dev/zero | tr '\0' x >"$file"
	broken "one line of 2 MB in $word" "$file" "$word"
	printf 'a\0b\n' >>"$file"
	broken "a NUL in $word" "$file" "$word"
	rm "$file"
	[ "$file" = "$FSCOMP" ] || broken "no $word" "$file" "$word"
	rm -f "$file"
	mkdir "$file"
	wrong "$word is a directory" "$word" "$POT" start -d -p web
	rmdir "$file"
	ln -s /etc/passwd "$file"
	wrong "$word is a link" "$word" "$POT" start -d -p web
	rm "$file"
	mkfifo "$file"
	wrong "$word is a FIFO" "$word" "$POT" start -d -p web
	rm "$file"
	cp "$T/pot.conf" "$CONF"
	cp "$T/fscomp.conf" "$FSCOMP"
done
mv "${CONF%/*}" "$T/conf.away"
wrong "no conf directory" "web: conf: not found" "$POT" start -d -p web
mv "$T/conf.away" "${CONF%/*}"
head -c $(($(wc -c <"$T/pot.conf") - 30)) "$T/pot.conf" >"$CONF"
runs "half a pot.conf: ls" pot ls -q
cp "$T/pot.conf" "$CONF"
sed 's/^pot.level=.*/pot.level=7/' "$T/pot.conf" >"$CONF"
broken "a level that is none" "$CONF" "pot.conf:"
sed 's/^pot.type=.*/pot.type=triple/' "$T/pot.conf" >"$CONF"
broken "a type that is none" "$CONF" "pot.conf:"
{
	cat "$T/pot.conf"
	echo "pot.rss.memory=lots"
} >"$CONF"
wrong "a limit that is none" "lots" "$POT" start -d -p web
cp "$T/pot.conf" "$CONF"
echo "/no/such/dir /mnt" >>"$FSCOMP"
wrong "a source that is gone" "/no/such/dir" "$POT" start -d -p web
cp "$T/fscomp.conf" "$FSCOMP"
echo "$T/dir ../../../etc" >>"$FSCOMP"
is_up=$(pot start -d -p web 2>&1 && pot stop -p web)
unlike "$is_up" "*core dumped*" "a target with dots"
cp "$T/fscomp.conf" "$FSCOMP"
unchanged "a pot's files"

# -- the framework's pot.conf

framework() # DESC
{
	t_run timeout --foreground 20 "$POT" ls -q
	if [ "$t_status" -le 1 ] && { [ "$t_status" -eq 0 ] ||
	    grep -Eq '###>.*pot.conf|###>.*POT_|###>' "$T/.err"; }; then
		pass "$1"
	else
		fail "$1" "status $t_status" "$(head -c 500 "$T/.err")"
	fi
	cp "$T/framework.conf" "$PREFIX/etc/pot/pot.conf"
}
F=$PREFIX/etc/pot/pot.conf
head -c 3000 /dev/urandom >"$F"
framework "a binary framework conf"
yes "# comment" | head -c 30000000 >"$F"
framework "a huge framework conf"
echo 'POT_FS_ROOT="half' >>"$F"
framework "half a line"
echo 'POT_FS_ROOT=relative' >>"$F"
wrong "a relative root" "POT_FS_ROOT" "$POT" ls
cp "$T/framework.conf" "$F"
echo 'POT_STORAGE=floppy' >>"$F"
wrong "an unknown driver" "floppy" "$POT" create -p new -t single -b tiny
cp "$T/framework.conf" "$F"
echo 'POT_NETWORK_STACK=ipv9' >>"$F"
framework "an unknown stack"
rm "$F"
mkfifo "$F"
t_run timeout --foreground 20 "$POT" ls
isnt "$t_status" 124 "a FIFO as framework conf: no hang"
rm "$F"
cp "$T/framework.conf" "$F"
unchanged "the framework"

# -- bases and commands

cp -a "$T/rootfs" "$T/bare"
rm -rf "$T/bare/bin/sh"
pot create-base --from "$T/bare" -b bare >/dev/null 2>&1 ||
    bail "create-base bare"
pot create -p bare -t single -b bare >/dev/null 2>&1 || bail "create bare"
pot set-cmd -p bare -c "sleep 1000"
t_run "$POT" start -d -p bare
is "$t_status" 0 "a base without /bin/sh runs what needs none"
pot stop -p bare
pot set-cmd -p bare -c "sleep 1000 | cat"
pot set-attr -p bare -A persistent -V no
exits 125 "and can't run what needs one" pot start -p bare
err_like "*/bin/sh*" "the error names it"
pot destroy -F -p bare
pot destroy -b bare
pot set-attr -p web -A persistent -V no
pot set-cmd -p web -c /no/such/command
exits 125 "a command that does not exist" pot start -p web
err_like "*web*/no/such/command*" "is named"
pot set-cmd -p web -c /etc/passwd
exits 125 "a command that is not executable" pot start -p web
err_like "*web*/etc/passwd*" "is named"
is "$(pot ps -q)$(entries '*web*' "$T/data/run/pot" "$T/data/run/journal")" 0 \
    "nothing is left"
exits 0 "stop of what is not there" pot stop -p nosuch
err_like "*nosuch*" "says so"

done_testing
