#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pot boot, and the scripts that run it (reference 8.9, D30, D41): order,
# dependencies, commands that do not end, pots that can't start; rc.d with
# FreeBSD's rc.subr or what stands for it here; units for systemd.
# pot-test: timeout=180
. "$POT_TEST_TOP/tests/lib.sh"
with_base tiny

# The time of a start goes to a file of the host's.
mark() # POT
{
	printf '#!/bin/sh\necho %s >>%s/order\n' "$1" "$T" >"$T/hook-$1"
	chmod 755 "$T/hook-$1"
	pot set-hook -p "$1" -s "$T/hook-$1" -t "$T/hook-$1"
}
for p in alone db early web zlast; do
	pot create -p $p -t single -b tiny >/dev/null || bail "create $p"
	pot set-cmd -p $p -c "sleep 123456"
	pot set-attribute -p $p -A stop_timeout -V 1
	mark $p
done
for p in web zlast; do
	pot set-attribute -p $p -A start-at-boot -V YES
done
pot set-attribute -p early -A early-start-at-boot -V YES
# web needs db, and db zlast; in a foreground start web would block the rest.
pot add-dep -p web -P db
pot add-dep -p db -P zlast
pot set-attribute -p web -A persistent -V NO

runs "boot --list" pot boot --list
out_is "web is not running
zlast is not running" "those with the attribute"
runs "boot --list --early" pot boot --list --early
out_is "early is not running" "and those of the early ones"
runs "boot" pot boot
is "$(pot ps -q | tr '\n' ' ')" "db web zlast " "they run, with what they need"
is "$(tr '\n' ' ' <"$T/order")" "zlast db web " "each behind what it needs"
runs "boot again" pot boot
is "$(grep -c . "$T/order")" 3 "nothing is started twice"
runs "boot --early" pot boot -e
runs "boot --list" pot boot --list
out_is "web is running
zlast is running" "is told"
: >"$T/order"
runs "boot --stop" pot boot --stop
is "$(pot ps -q | tr '\n' ' ')" "db early " "those with the attribute stop"
is "$(tr '\n' ' ' <"$T/order")" "web zlast " "who needs others first"
runs "boot --early --stop" pot boot --early --stop
pot stop -p db >/dev/null
is "$(pot ps -q)" "" "none runs"

# One that can't be started keeps nobody but those that need it.
sed 's/^network_type=.*/network_type=alias/' \
    "$T/data/fs/jails/db/conf/pot.conf" >"$T/conf"
cp "$T/conf" "$T/data/fs/jails/db/conf/pot.conf"
pot set-attribute -p alone -A start-at-boot -V YES
exits 1 "one that can't be started" pot boot
err_like "*pot db: not started*pot web: not started: it depends on db*" \
    "is told, with those that need it"
is "$(pot ps -q | tr '\n' ' ')" "alone zlast " "the others run"
runs "boot --stop" pot boot --stop

# Twenty at once, some with foreground commands that end at once.
pot destroy -p web >/dev/null
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	pot create -p many$i -t single -b tiny >/dev/null
	pot set-attribute -p many$i -A start-at-boot -V YES
	pot set-cmd -p many$i -c "sleep 123456"
	pot set-attribute -p many$i -A stop_timeout -V 1
done
runs "many" pot boot
is "$(pot ps -q | grep -c many)" 12 "many: all run"
runs "many: stop" pot boot -s
is "$(pot ps -q)" "" "many: none runs"
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	pot destroy -p many$i >/dev/null
done

# -- rc.d

RC=$POT_TEST_TOP/etc/rc.d
if [ ! -r /etc/rc.subr ]; then
	# As much of it as our scripts use.
	cat >"$T/rc.subr" <<'EOF'
load_rc_config() { pot_enable=${RC_POT_ENABLE:-YES}; }
run_rc_command()
{
	case "$1" in
	one*) _arg=${1#one} ;;
	*)
		_arg=$1
		eval "_on=\$$rcvar"
		case "$_on" in
		[Yy][Ee][Ss]) ;;
		*) echo "Cannot '$1' $name."; return 1 ;;
		esac
		;;
	esac
	case " start stop status $extra_commands " in
	*" $_arg "*) eval "\$${_arg}_cmd" ;;
	*) return 1 ;;
	esac
}
EOF
else
	cp /etc/rc.subr "$T/rc.subr"
fi
for s in pot pot_early; do
	sed -e "s,@bindir@,$PREFIX/bin,; s,/etc/rc.subr,$T/rc.subr," \
	    "$RC/$s" >"$T/$s"
	chmod 755 "$T/$s"
	runs "rc.d/$s: is sh" sh -n "$T/$s"
	like "$(grep '^# PROVIDE' "$T/$s")" "*$s" "rc.d/$s: what it provides"
done
runs "rc.d/pot onestatus" "$T/pot" onestatus
out_like "*zlast is not running*" "rc.d/pot: status"
runs "rc.d/pot onestart" "$T/pot" onestart
like "$(pot ps -q | tr '\n' ' ')" "*zlast *" "rc.d/pot: they run"
runs "rc.d/pot_early onestart" "$T/pot_early" onestart
like "$(pot ps -q | tr '\n' ' ')" "*early *" "rc.d/pot_early: it runs"
runs "rc.d/pot_early onestatus" "$T/pot_early" onestatus
out_like "*early is running*" "rc.d/pot_early: status"
runs "rc.d/pot onestop" "$T/pot" onestop
runs "rc.d/pot_early onestop" "$T/pot_early" onestop
is "$(pot ps -q)" "" "rc.d: none runs"
if [ ! -r /etc/rc.subr ]; then
	RC_POT_ENABLE=NO "$T/pot" start >/dev/null 2>&1
	is "$(pot ps -q)" "" "rc.d/pot: not unless it is enabled"
fi

# -- systemd

if command -v systemd-analyze >/dev/null 2>&1; then
	mkdir "$T/units"
	for u in pot pot-early; do
		sed "s,@bindir@,$PREFIX/bin,g; /^Documentation/d" \
		    "$POT_TEST_TOP/etc/systemd/$u.service" \
		    >"$T/units/$u.service"
	done
	SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no \
	    "$T/units/pot.service" "$T/units/pot-early.service" \
	    >"$T/.out" 2>&1
	is "$(grep 'pot' "$T/.out")" "" "systemd: nothing is wrong with the units"
fi
done_testing
