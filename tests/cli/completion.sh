#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Completion: what bash and fish offer at a cursor; zsh takes the script.
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init tiny other
fake_pot web
fake_pot webdb

exits 1 "a shell is needed" pot completion
out_like "usage: pot completion*SHELL*" "its help"
exits 1 "not any shell" pot completion csh
err_like "*bash, zsh*fish*" "says which"
for shell in bash zsh fish; do
	runs "for $shell" pot completion "$shell"
	cp "$T/.out" "$T/$shell"
	for c in start exec set-rss completion; do
		grep -q "$c" "$T/$shell" || fail "$shell: knows $c"
	done
	! grep -q internal- "$T/$shell" || fail "$shell: internal commands"
done

# What bash offers behind words, the last of which is being typed.  Like
# bash it takes "--pot=web" as three words.
in_bash() # WORD...
{
	# shellcheck disable=SC2016
	bash --norc --noprofile -c '. "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_pot
		[ ${#COMPREPLY[@]} -eq 0 ] ||
		    printf "%s\n" "${COMPREPLY[@]}" | sort | paste -s -d " " -' \
	    bash "$T/bash" "$@" 2>&1
}
offers() # WANTED WORD...
{
	want=$1
	shift
	is "$(in_bash "$POT" "$@")" "$want" "bash: pot $* -> $want"
}
mkdir "$T/dir" "$T/dir/sub"
: >"$T/dir/file"
cd "$T/dir" || bail "$T/dir"

in_bash_all()
{
	offers "start" sta
	offers "snap snapshot" sna
	offers "web webdb" start ""
	offers "webdb" start webd
	offers "web webdb" start web w
	offers "web webdb" info -p ""
	offers "web webdb" info -vp ""
	offers "web webdb" info --pot ""
	offers "web webdb" info --pot =
	offers "webdb" info --pot = webd
	offers "" clone -pweb -s ""
	offers "web webdb" set-cmd -c "sleep 9" -p ""
	offers "" set-cmd -c ""
	offers "other tiny" create -b ""
	offers "tiny" create --base = ti
	offers "sysvmsg sysvsem sysvshm" get-attr -p web -A sysv
	offers "--pots" list --po
	offers "--flavour --force --from" clone --f
	offers "json text" list --format ""
	offers "file sub" copy-in -p web -s ""
	offers "sub" copy-out -p web -d ""
	offers "TERM" signal -p web -s TER
	offers "bash fish zsh" completion ""
	offers "clone clone-fscomp" help cl
	offers "" nonsense ""
	offers "" version ""

	exits 0 "web runs" pot start -d web
	offers "web" stop ""
	offers "web" exec ""
	offers "" exec web ""
	offers "" exec web --p
	offers "" exec -t web ls -p ""
}

in_fish() # LINE
{
	# shellcheck disable=SC2016
	PATH="${POT%/*}:$PATH" HOME="$T" fish --no-config -c \
	    'source $argv[1]; complete -C $argv[2]' "$T/fish" "$1" 2>&1 |
	    cut -f 1 | sort | paste -s -d " " -
}
fish_offers() # WANTED LINE
{
	is "$(in_fish "$2")" "$1" "fish: $2 -> $1"
}
in_fish_all()
{
	runs "fish takes its script" fish --no-config --no-execute "$T/fish"
	fish_offers "start" "pot sta"
	fish_offers "web webdb" "pot start "
	fish_offers "web" "pot stop "
	fish_offers "web webdb" "pot info -p "
	fish_offers "sysvmsg sysvsem sysvshm" "pot get-attr -A sysv"
	fish_offers "json text" "pot list --format "
	fish_offers "bash fish zsh" "pot completion "
}

# FreeBSD's base has none of these shells.
has_shell() # NAME
{
	! command -v "$1" >/dev/null || return 0
	[ "$(uname -s)" = FreeBSD ] || bail "$1 is missing"
	skip "$1" "the base has no such shell"
	return 1
}
! has_shell bash || in_bash_all
! has_shell zsh || runs "zsh takes its script" zsh -n "$T/zsh"
! has_shell fish || in_fish_all
cd / || bail /
done_testing
