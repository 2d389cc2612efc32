#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Callers without root: members of POT_GROUP may look, nobody else may, and
# nobody changes anything (reference 1.5; case 83 of 11.2).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
fake_pot web
fake_pot run
pot set-cmd -p run -c sleep
pot snapshot -p web >/dev/null
pot start -d run >/dev/null
pot create-fscomp -f data
echo x >"$T/file"
chmod 666 "$POT_FAKE_STATE"
chmod 755 "$T" "$T/data"

as() # GID ARGUMENT...
{
	t_gid=$1
	shift
	"$POT_TEST_BUILD/tests/guest/front" -n "$t_gid" "$POT" "$@"
}
group=$(sed -n 's/^daemon:[^:]*:\([0-9]*\):.*/\1/p' /etc/group)

state()
{
	(cd "$T/data/fs" && find . -type f -exec cksum {} + &&
	    find . -type d) | sort
}
before=$(state)
while read -r line; do
	case $line in
	'' | '#'*) continue ;;
	esac
	# shellcheck disable=SC2086
	exits 1 "83: $line" as "$group" $line
	err_like "###>  *root*" "83: ${line%% *}: says why"
done <<END
init
de-init
de-init -f
create-fscomp -f new
clone-fscomp -F data -f new
create -p new -t single -b tiny
clone -p new -P web
rename -p web -n new
destroy -p web
destroy -F -p run
destroy -f data
destroy -b tiny
add-dep -p web -P run
set-cmd -p web -c x
set-env -p web -E A=1
set-hosts -p web -H a:1.2.3.4
set-rss -p web -M 1m
export-ports -p web -e 80
set-hook -p web -s /bin/sh
set-attribute -p web -A prunable -V YES
copy-in -p web -s $T/file -d /x
copy-out -p web -s /etc/motd -d $T
mount-in -p web -f data -m /mnt
mount-out -p web -m /mnt
snapshot -p web
revert -p web
purge-snapshots -ap web
start web
start -d web
stop run
term run
run web
exec -p run true
signal -s KILL -p run
recover
get-rss -p run
END
is "$(state)" "$before" "83: nothing was changed"
is "$(pot ps)" run "83: what ran runs"

for line in "ls" "ls -v" "ls -b" "ls -f" "ps" "info -p web" "info -vp run" \
    "show -a" "get-attribute -p web -A persistent" "last-run-stats -p web" \
    "config -g fs_root"; do
	# shellcheck disable=SC2086
	runs "a member of the group: $line" as "$group" $line
done
runs "create-fscomp of one that exists" as "$group" create-fscomp -f data
exits 1 "5: somebody else: ls" as 65534 ls
err_like "###>  *members of the group daemon*Permission denied*" "says why"
out_is "" "shows nothing"
runs "5: somebody else: version" as 65534 version
runs "5: somebody else: help" as 65534 help create
done_testing
