# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# How each engine is made to do the same things.  For PEER there are
#	PEER_up			prepare it, quietly; status not 0: left out
#	PEER_cmd ACTION		the command line, in words without blanks;
#				"{}" becomes the number of the round
#	PEER_undo ACTION	a shell command that undoes it ($N: the round)
#	PEER_down		stop what _up started
# and perhaps PEER_wrap COMMAND..., which gives it a world that it accepts.
# An action that a peer has not prints nothing.  The actions:
#	start		detached, /bin/sleep
#	limit		the same with a memory limit of 64 MiB
#	true		/bin/true to its end, attached
#	many		like start, but a further one each round
#	exec		/bin/true in the one that "start" started
#	list		what runs
#	create		a new one, from a base or image
# Uses: $T (work), $root (a root file system), $build, $bin, $top.

: "${T:?}" "${root:?}" "${build:?}" "${bin:?}" "${top:?}"
limit_bytes=67108864

# -- the floor

floor_up() { :; }
floor_down() { :; }
floor_undo() { :; }
floor_cmd()
{
	case "$1" in
	start) echo "$bin/floor -N $root /bin/sleep 3" ;;
	true) echo "$bin/floor -N -w $root /bin/true" ;;
	esac
}

# The same with a network namespace, which is the largest piece of it.
floornet_up() { :; }
floornet_down() { :; }
floornet_undo() { :; }
floornet_cmd()
{
	case "$1" in
	start) echo "$bin/floor $root /bin/sleep 3" ;;
	true) echo "$bin/floor -w $root /bin/true" ;;
	esac
}

# -- pot

pot_up()
{
	DESTDIR=$T/pot.tree meson install -C "$build" --no-rebuild --quiet ||
	    return
	tree=$(find "$T/pot.tree" -path '*/bin/pot')
	if [ -z "$tree" ]; then
		say "this build installs no pot"
		return 1
	fi
	install_pot "${tree%/bin/pot}" "$T/pot" "$T/pot.data"
	pot=$T/pot/bin/pot
	# As /run is, where it is by default.
	mkdir -p "$T/pot.data/run" &&
	    mount -t tmpfs pot-bench "$T/pot.data/run" || return
	"$pot" init &&
	    "$pot" create-base --from "$root" -b bench &&
	    "$pot" create -p s -t single -b bench &&
	    "$pot" set-cmd -p s -c "/bin/sleep 100000" &&
	    "$pot" set-attribute -p s -A no-rc-script -V YES &&
	    "$pot" set-attribute -p s -A persistent -V NO &&
	    "$pot" snapshot -p s &&
	    "$pot" clone -p m -P s &&
	    "$pot" set-rss -p m -M 64M &&
	    "$pot" clone -p t -P s &&
	    "$pot" set-cmd -p t -c /bin/true
}

pot_cmd()
{
	case "$1" in
	start) echo "$pot start -d -p s" ;;
	limit) echo "$pot start -d -p m" ;;
	true) echo "$pot start -p t" ;;
	many) echo "$pot start -d -p n{}" ;;
	exec) echo "$pot exec -p s /bin/true" ;;
	list) echo "$pot ps" ;;
	create) echo "$pot clone -p n{} -P s" ;;
	esac
}

pot_undo()
{
	case "$1" in
	start) echo "$pot stop -p s" ;;
	limit) echo "$pot stop -p m" ;;
	many) echo "$pot stop -p n\$N" ;;
	create) echo "$pot destroy -F -p n\$N" ;;
	esac
}

pot_down()
{
	for pot_dir in "$T/pot.data/fs/jails"/*; do
		[ ! -d "$pot_dir" ] ||
		    "$pot" destroy -F -r -p "${pot_dir##*/}" >/dev/null 2>&1
	done
	umount "$T/pot.data/run"
}

# -- crun and runc: the same bundles

bundle() # DIR LIMIT COMMAND...
{
	mkdir -p "$1"
	oci_dir=$1 oci_limit=
	[ -z "$2" ] ||
	    oci_limit="\"resources\": {\"memory\": {\"limit\": $2}},"
	shift 2
	oci_args=$(printf ',"%s"' "$@")
	cat >"$oci_dir/config.json" <<-EOF
	{"ociVersion": "1.0.2",
	"process": {"terminal": false, "user": {"uid": 0, "gid": 0},
	"args": [${oci_args#,}], "env": ["PATH=/bin:/usr/bin"],
	"cwd": "/", "noNewPrivileges": true, "capabilities": {
	"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"],
	"permitted": ["CAP_KILL"]}},
	"root": {"path": "$root", "readonly": false}, "hostname": "bench",
	"mounts": [
	{"destination": "/proc", "type": "proc", "source": "proc"},
	{"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
	"options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
	{"destination": "/dev/pts", "type": "devpts", "source": "devpts",
	"options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666",
	"mode=0620"]},
	{"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
	"options": ["nosuid", "noexec", "nodev", "mode=1777"]},
	{"destination": "/sys", "type": "sysfs", "source": "sysfs",
	"options": ["nosuid", "noexec", "nodev", "ro"]}],
	"linux": {$oci_limit
	"namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"},
	{"type": "mount"}],
	"maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys",
	"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
	"/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
	"readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
	"/proc/sysrq-trigger"]}}
	EOF
}

oci_up()
{
	bundle "$T/oci.start" '' /bin/sleep 100000
	bundle "$T/oci.limit" "$limit_bytes" /bin/sleep 100000
	bundle "$T/oci.true" '' /bin/true
}

oci_cmd() # RUNTIME ACTION
{
	case "$2" in
	start) echo "$1 run -d --bundle $T/oci.start b{}" ;;
	many) echo "$1 run -d --bundle $T/oci.start bn{}" ;;
	limit) echo "$1 run -d --bundle $T/oci.limit b{}" ;;
	true) echo "$1 run --bundle $T/oci.true b{}" ;;
	exec) echo "$1 exec b0 /bin/true" ;;
	list) echo "$1 list" ;;
	esac
}

oci_undo() # RUNTIME ACTION
{
	case "$2" in
	start | limit) echo "$1 delete -f b\$N" ;;
	many) echo "$1 delete -f bn\$N" ;;
	esac
}

runc_up() { oci_up; }
runc_cmd() { oci_cmd "runc --root $T/runc" "$1"; }
runc_undo() { oci_undo "runc --root $T/runc" "$1"; }
runc_down() { :; }

crun_up() { oci_up; }
crun_cmd() { oci_cmd "crun --root $T/crun" "$1"; }
crun_undo() { oci_undo "crun --root $T/crun" "$1"; }
crun_down() { :; }
# crun refuses a hybrid hierarchy: it sees none of it.
crun_wrap()
{
	if [ -d /sys/fs/cgroup/unified ]; then
		unshare --mount sh -c \
		    'umount /sys/fs/cgroup/unified && exec "$@"' sh "$@"
	else
		"$@"
	fi
}

# -- podman and docker: the same command line

client_up() # CLIENT...
{
	"$@" import "$T/rootfs.tar" bench:1 &&
	    "$@" create --name s0 --network=none bench:1 /bin/sleep 100000 &&
	    "$@" create --name m0 --network=none -m "$limit_bytes" bench:1 \
		/bin/sleep 100000 &&
	    "$@" create --name t0 --network=none bench:1 /bin/true
}

client_cmd() # CLIENT ACTION
{
	case "$2" in
	start) echo "$1 start s0" ;;
	limit) echo "$1 start m0" ;;
	true) echo "$1 start -a t0" ;;
	many) echo "$1 run -d --name n{} --network=none bench:1 /bin/sleep 100000" ;;
	exec) echo "$1 exec s0 /bin/true" ;;
	list) echo "$1 ps" ;;
	create) echo "$1 create --name n{} --network=none bench:1 /bin/true" ;;
	esac
}

client_undo() # CLIENT ACTION [OPTION of rm]
{
	case "$2" in
	start) echo "$1 stop -t 0 s0" ;;
	limit) echo "$1 stop -t 0 m0" ;;
	many | create) echo "$1 rm -f ${3:-} n\$N" ;;
	esac
}

podman=
podman_up()
{
	# Its own limits may be above what this host allows.
	cat >"$T/containers.conf" <<-EOF
	[containers]
	default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
	log_driver = "k8s-file"
	[engine]
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	EOF
	CONTAINERS_CONF=$T/containers.conf
	export CONTAINERS_CONF
	podman="podman --root $T/podman --runroot $T/podman.run \
--tmpdir $T/podman.tmp"
	# shellcheck disable=SC2086
	client_up $podman
}
# With crun, its default.
podman_wrap() { crun_wrap "$@"; }
podman_cmd() { client_cmd "$podman" "$1"; }
podman_undo() { client_undo "$podman" "$1" "-t 0"; }
podman_down()
{
	# shellcheck disable=SC2086
	podman_wrap $podman rm -f -t 0 -a
}

docker="docker -H unix://$T/docker.sock"
docker_up()
{
	dockerd --data-root "$T/docker" --exec-root "$T/docker.run" \
	    -H "unix://$T/docker.sock" --bridge=none --iptables=false \
	    --pidfile "$T/docker.pid" >"$T/dockerd.log" 2>&1 &
	tries=0
	# shellcheck disable=SC2086
	until $docker version; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || return 1
		sleep 0.1
	done
	# shellcheck disable=SC2086
	client_up $docker
}
docker_cmd() { client_cmd "$docker" "$1"; }
docker_undo() { client_undo "$docker" "$1"; }
docker_down()
{
	# shellcheck disable=SC2046,SC2086
	$docker rm -f $($docker ps -a -q)
	kill "$(cat "$T/docker.pid")"
	wait
}
