#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copy-in, copy-out, mount-in and mount-out from the command line (reference
# 2.5; cases 68, 69 and 71 of 11.2).
. "$POT_TEST_TOP/tests/lib.sh"
. "$POT_TEST_TOP/tests/fake.sh"
fake_init
fake_pot web
fake_pot run
pot set-cmd -p run -c sleep
root=$JAILS/web/m
mkdir -p "$T/host/dir/sub"
echo text >"$T/host/file"
echo deep >"$T/host/dir/sub/file"
pot create-fscomp -f data
cd "$T/host" || exit

# -- copy-in

usage "71: copy-in without -s" pot copy-in -p web -d /tmp
usage "71: copy-in without -d" pot copy-in -p web -s file
usage "71: copy-in without -p" pot copy-in -s file -d /tmp
usage "71: copy-in, -d is relative" pot copy-in -p web -s file -d tmp
exits 1 "71: copy-in of none" pot copy-in -p none -s file -d /tmp/x
exits 1 "71: copy-in of no file" pot copy-in -p web -s nofile -d /tmp/x
out_like "###>  *nofile*" "the error is on stdout too, where Nomad looks"
err_like "###>  *nofile*" "and on stderr"
exits 1 "copy-in of a device" pot copy-in -p web -s /dev/null -d /tmp/x
exits 1 "copy-in where no directory is" pot copy-in -p web -s file -d /a/b/c
runs "copy-in of a file, a relative path" pot copy-in -p web -s file -d /etc/x
is "$(cat "$root/etc/x")" text "is there"
runs "-c makes the directories" pot copy-in -c -p web -s file -d /a/b/c
is "$(cat "$root/a/b/c")" text "is there"
runs "copy-in of a directory" pot copy-in -p web -s "$T/host/dir" -d /new
is "$(cat "$root/new/sub/file")" deep "is there"
runs "D34: onto a directory that exists" pot copy-in -p web -s dir -d /etc
is "$(cat "$root/etc/dir/sub/file")" deep "D34: below it, by its name"
pot start -d run
exits 1 "71: copy-in, running" pot copy-in -p run -s file -d /etc/x
exits 0 "71: copy-in, running, -F" pot copy-in -F -p run -s file -d /etc/x
ln -s "$T/host" "$root/out"
exits 1 "72: a link that leads out" pot copy-in -p web -s file -d /out/stolen
is "$(ls "$T/host/stolen" 2>/dev/null)" "" "72: nothing is written there"

# -- copy-out

usage "71: copy-out without -s" pot copy-out -p web -d .
usage "71: copy-out without -d" pot copy-out -p web -s /etc/x
usage "71: copy-out, -s is relative" pot copy-out -p web -s etc/x -d .
exits 1 "71: copy-out of none" pot copy-out -p none -s /etc/x -d .
exits 1 "71: copy-out of no file" pot copy-out -p web -s /etc/none -d .
exits 1 "71: copy-out to no directory" pot copy-out -p web -s /etc/x -d none
exits 1 "71: copy-out to a file" pot copy-out -p web -s /etc/x -d file
mkdir back
runs "copy-out, a relative path" pot copy-out -p web -s /etc/x -d back
is "$(cat back/x)" text "is there"
exits 1 "71: copy-out, running" pot copy-out -p run -s /etc/x -d back
exits 0 "71: copy-out, running, -F" pot copy-out -F -p run -s /etc/x -d back
exits 1 "72: a link that leads out" pot copy-out -p web -s /out/file -d back

# -- mount-in

mounts() # DESC OPTION...: refused with the help
{
	t_what=$1
	shift
	usage "68: mount-in, $t_what" pot mount-in "$@"
}
mounts "no pot" -d dir -m /mnt
mounts "no source" -p web -m /mnt
mounts "two sources" -p web -d dir -f data -m /mnt
mounts "two sources" -p web -f data -z zroot/x -m /mnt
mounts "no mount point" -p web -d dir
mounts "a blank in it" -p web -d dir -m "/m nt"
mounts "a relative one" -p web -d dir -m mnt
mounts "the root" -p web -d dir -m /
mounts "the root again" -p web -d dir -m //
mounts "-w with -d" -p web -w -d dir -m /mnt
exits 1 "68: mount-in, no pot of that name" pot mount-in -p none -d dir -m /mnt
exits 1 "68: mount-in, no component" pot mount-in -p web -f none -m /mnt
exits 1 "68: mount-in, no dataset" pot mount-in -p web -z zroot/none -m /mnt
exits 1 "68: mount-in, no directory" pot mount-in -p web -d none -m /mnt
out_like "###>  *none*" "the error is on stdout too"
is "$(cat "$JAILS/web/conf/fscomp.conf")" "" "nothing is stored"
runs "69: a relative directory" pot mount-in -p web -d dir/ -m /mnt
is "$(cat "$JAILS/web/conf/fscomp.conf")" "$T/host/dir /mnt" "69: absolute"
exits 1 "68: the same directory" pot mount-in -p web -d dir -m /mnt2
exits 1 "D8: a directory in the pot itself" pot mount-in -p web -m /mnt2 \
    -d "$T/data/fs/jails/web/conf"
ln -s fs "$T/data/link"
set_conf POT_FS_ROOT "$T/data/link"
exits 1 "D8: POT_FS_ROOT is a link" pot mount-in -p web -m /mnt2 \
    -d "$T/data/link/jails/web/conf"
err_like "*is inside the pot itself" "says why"
set_conf POT_FS_ROOT "$T/data/fs"
exits 1 "D7: the same mount point" pot mount-in -p web -f data -m /mnt
runs "69: a component, read-only" pot mount-in -p web -r -f data -m /data
runs "-w with -r: read-only wins" pot mount-in -p web -r -w -f data -m /d2
is "$(tail -n 2 "$JAILS/web/conf/fscomp.conf")" "zroot/pot/fscomp/data /data ro
zroot/pot/fscomp/data /d2 ro" "69: stored"
runs "a single file" pot mount-in -p web -d file -m /etc/one
runs "69: in a running pot" pot mount-in -p run -d dir -m /mnt
like "$(cat "$POT_FAKE_STATE")" "*$T/host/dir*" "69: at once"

usage "mount-out without -m" pot mount-out -p web
exits 1 "mount-out of what is not mounted" pot mount-out -p web -m /nothing
exits 1 "mount-out of the root" pot mount-out -p web -m /
runs "D6: mount-out" pot mount-out -p web -m /mnt
is "$(grep -c ' /mnt' "$JAILS/web/conf/fscomp.conf")" 0 "D6: the line is gone"
runs "69: in a running pot" pot mount-out -p run -m /mnt
is "$(cat "$JAILS/run/conf/fscomp.conf")" "" "69: the line is gone"
done_testing
