#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The calls of nomad-pot-driver 0.10, in its order and with its arguments (the
# reference's 10; cases 37, 40, 67, 82 of 11.2): a task from its start to its
# end, one that fails, one that is killed while it runs, recovery by the
# title of the process.  Where there is no worker for images, what `pot
# prepare` does is done by the commands it consists of.
# pot-test: timeout=180
. "$POT_TEST_TOP/tests/lib.sh"
with_base tiny

ALLOC=cb34cd8f-388d-7a38-e3fe-e01b62c93aa2
TASK=$T/alloc/nginx
mkdir -p "$TASK/local" "$TASK/secrets" "$T/volume" "$T/volume_ro"
echo template >"$TASK/local/file"
echo secret >"$TASK/secrets/token"
echo data >"$T/volume/data"
echo fixed >"$T/volume_ro/data"
echo config >"$T/nginx.conf"
cd "$TASK" || bail "cd"

# An image, in files; without a worker the pot that import leaves.
IMAGE=nginx-image_1_0
worker=$PREFIX/libexec/pot/pot-unpack
source=nginx-image
[ -x "$worker" ] || source=$IMAGE
pot create -p $source -t single -b tiny >/dev/null || bail "create"
pot set-cmd -p $source -c "sh /etc/rc"
if [ -x "$worker" ]; then
	mkdir "$T/images"
	runs "the image" pot export -A -p $source -t 1.0 -D "$T/images"
	pot destroy -p $source
else
	pot snapshot -p $IMAGE >/dev/null || bail "snapshot"
fi

# pot prepare -U URL -p nginx-image -t 1.0 [-c CMD] -a ALLOC -n nginx -v
prepare() # NAME COMMAND
{
	if [ -x "$worker" ]; then
		pot prepare -U "file://$T/images" -p nginx-image -t 1.0 \
		    -c "$2" -N host -a "${1#*_}" -n "${1%%_*}" -v
		return
	fi
	pot clone -p "$1" -P $IMAGE || return
	[ -z "$2" ] || pot set-cmd -p "$1" -c "$2" || return
	for a in "persistent NO" "no-rc-script YES" "prunable YES" \
	    "localhost-tunnel YES" "no-etc-hosts YES" "no-tmpfs YES"; do
		pot set-attribute -p "$1" -A "${a% *}" -V "${a#* }" || return
	done
}

# "Is it alive" and "does it exist", as the driver asks.
alive() # NAME
{
	pgrep -f "/bin/sh /usr/local/bin/pot start $1"
}
exists() # NAME
{
	[ "$(pot ls -q | grep "$1")" = "$1" ]
}

# All that comes before the start.
start_task() # NAME COMMAND
{
	exits 1 "$1: 1: pgrep: it is not alive" alive "$1"
	exits 1 "$1: 2: ls: it does not exist" exists "$1"
	runs "$1: 3: prepare" prepare "$1" "$2"
	for a in persistent=NO no-rc-script=YES prunable=YES \
	    localhost-tunnel=YES no-etc-hosts=YES no-tmpfs=YES; do
		is "$(pot get-attr -qp "$1" -A ${a%=*})" ${a#*=} \
		    "67: $1: ${a%=*} is ${a#*=}"
	done
	is "$(sed -n 's/^network_type=//p' \
	    "$T/data/fs/jails/$1/conf/pot.conf")" inherit "67: -N host"
	runs "67: $IMAGE: the image is a pot" pot info -qp $IMAGE
	exits 1 "67: $1: the same allocation again" prepare "$1" "$2"
	runs "$1: 4: set-attribute" pot set-attribute -p "$1" \
	    -A devfs_ruleset -V 3
	runs "$1: 5: copy-in" pot copy-in -p "$1" -s "$T/nginx.conf" \
	    -d /etc/nginx.conf
	runs "$1: 6: mount-in /local" pot mount-in -p "$1" -d "$TASK/local" \
	    -m /local
	runs "$1: 7: mount-in /secrets" pot mount-in -p "$1" \
	    -d "$TASK/secrets" -m /secrets
	runs "$1: 8: mount-in" pot mount-in -p "$1" -d "$T/volume" -m /volume
	runs "$1: 9: mount-in -r" pot mount-in -p "$1" -d "$T/volume_ro" \
	    -m /volume_ro -r
	runs "$1: 10: set-env" pot set-env -p "$1" -E NOMAD_ALLOC_ID=$ALLOC \
	    -E "NOMAD_META=a b  \"c\" \$d" -E NOMAD_TASK_NAME=nginx -E EMPTY=
	runs "$1: 11: set-hosts" pot set-hosts -p "$1" -H db.local:10.1.1.1
	runs "$1: 12: set-rss" pot set-rss -M 64M -p "$1"
}
begin() # NAME: 13, not waited for
{
	"$POT" start "$1" >"$T/stdout" 2>"$T/stderr" </dev/null &
	pid=$!
}
end() # STATUS is that of the last begin
{
	STATUS=0
	wait $pid || STATUS=$?
}
ready() { pot exec -p "$1" true; }

# -- a service: runs until it is killed

N=nginx-pot8_81ded15e_$ALLOC
start_task "$N" "\"sh -c 'cat /local/file /secrets/token /volume/data \
/volume_ro/data /etc/nginx.conf; echo \$NOMAD_META; trap : HUP; \
while :; do sleep 1; done'\""
begin "$N"
becomes "13: it runs" ready "$N"
becomes_out "template secret data fixed config a b \"c\" \$d" \
    "13: its output is the task's log" \
    sh -c "grep -v '^=' '$T/stdout' | tr '\n' ' ' | tr -s ' ' | sed 's/ \$//'"
is "$(alive "$N" | grep -c .)" 1 "82: one process has the title"
is "$(alive "$N")" "$pid" "82: the one that waits"
runs "exists" exists "$N"
refuses "it can't write to what is read-only" \
    pot exec -p "$N" sh -c 'echo x >/volume_ro/new'
runs "it can to the other" pot exec -p "$N" sh -c 'echo x >/volume/new'
is "$(cat "$T/volume/new")" x "and the host sees it"
is "$(pot exec -p "$N" cat /etc/hosts | grep -c 'db.local')" 1 \
    "extra hosts are there"
runs "get-rss -J" pot get-rss -p "$N" -J
out_like '{*"MemoryStats"*"RSS"*"CpuStats"*"TotalTicks"*"Percent"*}' \
    "as the driver parses it"
runs "signal" pot signal -s SIGHUP -p "$N"
exits 3 "exec passes the status on" pot exec -p "$N" sh -c 'exit 3'
is "$(pot exec -p "$N" echo "two  words")" "two  words" \
    "exec passes arguments on"
runs "40: destroy -F while start waits" pot destroy -p "$N" -F
end
case $STATUS in
0 | 125) pass "40: start returns 0 or 125" ;;
*) fail "40: start returns 0 or 125" "status $STATUS" ;;
esac
is "$(pot ls -q)" $IMAGE "40: nothing is left but the image"
exits 1 "40: nor a process of that title" alive "$N"
is "$(cat "$T/volume/data" "$TASK/local/file" | tr '\n' ' ')" \
    "data template " "40: and what was mounted is there"

# -- a batch job that ends, one that fails, one that is killed by a signal

while read -r name command wanted code; do
	N=${name}_81ded15e_$ALLOC
	prepare "$N" "\"sh -c '$(echo "$command" | tr _ ' ')'\"" >/dev/null ||
	    bail "prepare $N"
	runs "$name: set-rss" pot set-rss -M 64M -p "$N"
	begin "$N"
	end
	is $STATUS "$wanted" "37: $name: status of start"
	runs "$name: last-run-stats" pot last-run-stats -p "$N"
	out_is "{ \"ExitCode\": $code }" "37: $name: exit code"
	exits 1 "$name: is not alive" alive "$N"
	runs "$name: destroy" pot destroy -p "$N" -F
done <<EOF
good exit_0 0 0
bad exit_3 125 3
shot kill_-9_\$\$ 125 137
EOF

# -- the client restarts: it finds the task by the title, and adopts it

N=adopt_81ded15e_$ALLOC
prepare "$N" '"sleep 123456"' >/dev/null || bail "prepare"
begin "$N"
becomes "adopt: it runs" ready "$N"
is "$(alive "$N" | grep -c .)" 1 "adopt: found by its title"
is "$(alive "adopt_81ded15e" | grep -c .)" 1 "adopt: by a part of it"
exits 1 "adopt: a second start of a running pot is no second task" \
    sh -c "'$POT' start $N | grep Starting"
runs "adopt: stop" pot stop "$N"
end
case $STATUS in
0 | 1 | 125) pass "adopt: start returns" ;;
*) fail "adopt: start returns" "status $STATUS" ;;
esac
runs "adopt: destroy" pot destroy -p "$N" -F

# -- whatever fails before the start is followed by a destroy -F

N=broken_81ded15e_$ALLOC
prepare "$N" '"true"' >/dev/null || bail "prepare"
exits 1 "broken: mount-in of what is not there" pot mount-in -p "$N" \
    -d "$T/none" -m /none
out_like "*none*" "broken: the reason is on stdout, where the driver looks"
exits 1 "broken: copy-in" pot copy-in -p "$N" -s "$T/none" -d /x
out_like "*none*" "broken: likewise"
exits 1 "broken: set-attribute" pot set-attribute -p "$N" -A none -V 1
out_like "*none*" "broken: likewise"
runs "broken: destroy -F" pot destroy -p "$N" -F
refuses "broken: destroy -F again" pot destroy -p "$N" -F
is "$(pot ls -q)" $IMAGE "nothing is left but the image"
done_testing
