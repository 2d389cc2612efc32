#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What all commands have in common: usage, help, option parsing, messages,
# what is refused before anything is looked at (reference 1.3 to 1.5; cases
# 1 to 6 of 11.2).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"

commands=$(pot help -a | sed -n 's/^    \([a-z][a-z-]*\) .*/\1/p')
all=$(grep -c '^COMMAND(' "$POT_TEST_TOP/src/cli/commands.def")
is "$(echo "$commands" | grep -c .)" $((all - 1)) "help -a lists all but one"

exits 1 "1: no arguments" pot
out_like "usage: pot COMMAND*" "usage on stdout"
exits 1 "1: an unknown command" pot frobnicate
out_like "usage: pot COMMAND*" "usage on stdout"
err_is "###>  frobnicate: unknown command" "stderr says which"
exits 1 "a slip of the finger" pot strat web
err_is "###>  strat: unknown command (did you mean start?)" "is recognised"
exits 1 "a short one" pot lss
err_is "###>  lss: unknown command (did you mean ls?)" "an alias too"
exits 1 "the hidden command is not suggested" pot internal-aftr
err_is "###>  internal-aftr: unknown command" "it is nobody's"
exits 1 "a name with control characters" pot "$(printf 'a\033[2Jb')"
err_is '###>  a\x1b[2Jb: unknown command' "is shown, not obeyed"

runs "2: help" pot help
out_like "usage: pot COMMAND*" "is the usage"
is "$(awk 'length > 80' "$T/.out")" "" "it fits 80 columns"
is "$(($(wc -l <"$T/.out") <= 40))" 1 "it fits 40 lines"
for c in $commands; do
	grep -qw -- "$c" "$T/.out" || fail "help names $c"
done
runs "help -h is help's own" pot help -h
runs "--help" pot --help
runs "2: help of a command" pot help ls
out_like "usage: pot list *" "aliases are understood"
runs "help of term's alias" pot help run
exits 1 "2: help of nothing" pot help nope
exits 1 "help of what is missing" pot help promote
err_is "###>  promote: not available in this version" "says so"

for c in promote \
    vnet-start create-private-bridge; do
	exits 1 "$c comes later" pot $c -p x
	err_is "###>  $c: not available in this version" "$c: says so"
	out_like "usage: pot COMMAND*" "$c: usage"
done
for c in add-fscomp add-file execute create-dns add-rss; do
	exits 1 "$c was removed long ago" pot $c
done

for c in $commands; do
	runs "3: $c -h" pot "$c" -h
	out_like "usage: pot $c*--help*" "3: $c: its help"
	is "$(awk 'length > 80' "$T/.out")" "" "$c: it fits 80 columns"
	[ "$c" = term ] || [ "$c" = run ] || usage "4: $c -Z" pot "$c" -Z
	usage "4: $c --zzz" pot "$c" --zzz
done
for c in $commands; do
	# Every option that wants a value, by its letter and by its name.
	pot help "$c" | sed -n \
	    's/^  -\([a-zA-Z]\), \(--[a-z-]*\) [A-Z].*/-\1 \2/p
	    s/^      \(--[a-z-]*\) [A-Z].*/\1/p' >"$T/wanting"
	for option in $(cat "$T/wanting"); do
		usage "4: $c $option without its value" pot "$c" "$option"
		err_like "*$option needs a value*" "$c $option: says which"
	done
done

exits 1 "5: no POT_FS_ROOT: ls" pot ls
err_like "###>  *not initialised*$T/data/fs*" "stderr names it"
out_is "" "stdout is empty"
exits 1 "5: no POT_FS_ROOT: config" pot config -g fs_root
runs "5: no POT_FS_ROOT: version" pot version
runs "5: no POT_FS_ROOT: help" pot help ls

runs "6: version" pot version
version=$(out)
like "$version" "pot version: [0-9]*.[0-9]*" "the classic line"
runs "6: version -q" pot version -q
is "pot version: $(out)" "$version" "the number alone"
runs "version in JSON" pot version --format json
is_json "is valid"
runs "--version" pot --version
usage "another format" pot version --format yaml
usage "a flag takes no value" pot version --quiet=1

fake_init
runs "clusters" pot ls -qp
runs "a glued value" pot config -gfs_root
runs "a cluster that ends in a value" pot config -qgfs_root
out_is "$T/data/fs" "-q and -g were understood"
runs "the last value wins" pot config -q -g gateway -g fs_root
out_is "$T/data/fs" "the last one"
runs "a long option with =" pot config --quiet --get=fs_root
out_is "$T/data/fs" "is understood"
runs "a long option with a word" pot config --quiet --get fs_root
out_is "$T/data/fs" "is understood"
usage "a word that is not expected" pot config -g fs_root more
usage "a value is not an option" pot config -g -q
err_like "*-q is not a valid name*" "the word behind -g is its value"

runs "init again" pot init -m
fake_pot web
# Words behind the one pot that a command takes.
for c in logs attach top set-status create; do
	usage "$c of two" pot $c web more
	err_like "###>  $c: more: not expected here" "$c: says so"
done
usage "a word behind -p" pot logs -p web more
exits 0 "a name in place of -p" pot start -d web
exits 0 "options behind names" pot stop web -v
exits 0 "-- ends the options" pot start -d -- web
pot stop web

# Streams.
sh -c '"$0" config -g fs_root >&-' "$POT" 2>"$T/.err"
is $? 0 "stdout may be closed"
if [ -c /dev/full ]; then
	sh -c '"$0" config -g fs_root >/dev/full' "$POT" 2>"$T/.err"
	is $? 1 "a full stdout is a failure"
	err_like "###>  stdout: *" "stderr says so"
fi
is "$(sh -c '"$0" ls -q 2>&- <&-' "$POT")" web "stdin and stderr may be closed"
done_testing
