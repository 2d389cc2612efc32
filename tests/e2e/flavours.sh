#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A flavour that fails at any of its lines, in its file or its script: the
# exit status is not 0, the error names file and line, the pot is gone, and
# so is all that was made for it.
. "$POT_TEST_TOP/tests/lib.sh"

with_base tiny
F=$T/data
FLAVOURS=$PREFIX/etc/pot/flavours
mkdir -p "$FLAVOURS" "$T/dir" "$T/flv"
echo text >"$T/file"
echo text >"$T/flv/near"
pot create -p db -t single -b tiny >/dev/null || bail "create"
pot set-cmd -p db -c "sleep 1000"
pot snapshot -p db >/dev/null

# Each line as it works, and as it fails.
cat >"$T/good" <<END
add-dep -P db
set-attribute -A persistent -V NO
copy-in -s $T/file -d /root/file
copy-in-flv -s near -d /root/near
mount-in -d $T/dir -m /mnt -r
set-rss -M 64M
export-ports -e 80:8080
set-cmd -c sleep 1000
set-env -E A=b
END
cat >"$T/bad" <<END
add-dep -P nosuch
set-attribute -A persistent -V maybe
copy-in -s /no/such -d /root/file
copy-in-flv -s far -d /root/near
mount-in -d /no/such -m /mnt -r
set-rss -M lots
export-ports -e 80:99999
set-cmd
set-env -E A
END
cat >"$T/good.sh" <<'END'
#!/bin/sh
set -e
echo one >/root/one
test "$(cat /root/file /root/near | tr -d '\n')" = texttext
test -d /mnt
test "$1" = web
exit 0
END

# The supervisor's end and its clean-up are the stopping command's; what is
# left after it is left for good.
census()
{
	(cd "$F" && find fs log run -path run/lock -prune -o -print | sort)
	sort "$F/fs/jails/db/conf/pot.conf"
}
pot create -p web -t single -b tiny >/dev/null
pot destroy -p web
census >"$T/census"

gone() # DESC
{
	census >"$T/census.now"
	is "$(diff "$T/census" "$T/census.now")" "" "$1: nothing is left"
}

install_flavour() # FILE SCRIPT
{
	cp "$1" "$T/flv/app"
	cp "$2" "$T/flv/app.sh"
	chmod 755 "$T/flv/app.sh"
}

install_flavour "$T/good" "$T/good.sh"
runs "it works" pot create -p web -t single -b tiny -f "$T/flv/app"
is "$(err)" "" "no error is told"
runs "the pot is destroyed" pot destroy -p web
gone "a flavour that works"

lines=$(wc -l <"$T/good")
n=0
while [ "$n" -lt "$lines" ]; do
	n=$((n + 1))
	bad=$(sed -n "${n}p" "$T/bad")
	awk -v n="$n" -v bad="$bad" 'NR == n { print bad; next } { print }' \
	    "$T/good" >"$T/line"
	install_flavour "$T/line" "$T/good.sh"
	exits 1 "line $n fails: create ($bad)" \
	    pot create -p web -t single -b tiny -f "$T/flv/app"
	err_like "*flv/app:$n: *" "line $n: the error names it"
	gone "line $n: create"
	exits 1 "line $n fails: clone" pot clone -p web -P db -f "$T/flv/app"
	err_like "*flv/app:$n: *" "line $n: the error names it"
	gone "line $n: clone"
done
for bad in "destroy -p db" "nonsense" "copy-in -Z" \
    "set-rss" "$(head -c 70000 /dev/zero |
    tr '\0' x)"; do
	{
		echo "# a comment, and an empty line"
		echo
		echo "$bad"
	} >"$T/line"
	install_flavour "$T/line" "$T/good.sh"
	short=$(echo "$bad" | cut -c 1-30)
	exits 1 "not a line of a flavour: $short" \
	    pot create -p web -t single -b tiny -f "$T/flv/app"
	err_like "*flv/app:3: *" "$short: the error names it"
	gone "$short"
done
head -c 5000 /dev/urandom >"$T/line"
install_flavour "$T/line" "$T/good.sh"
exits 1 "noise" pot create -p web -t single -b tiny -f "$T/flv/app"
err_like "*flv/app:*" "noise: the error names it"
gone "noise"

# -- the script: at each line, by what it says and by what becomes of it

lines=$(wc -l <"$T/good.sh")
n=2
while [ "$n" -lt "$lines" ]; do
	n=$((n + 1))
	awk -v n="$n" 'NR == n { print "exit " n; next } { print }' \
	    "$T/good.sh" >"$T/line.sh"
	install_flavour "$T/good" "$T/line.sh"
	exits 1 "the script fails at line $n: create" \
	    pot create -p web -t single -b tiny -f "$T/flv/app"
	err_like "*web*flv/app.sh: exit $n*" "the error names it"
	gone "the script fails at line $n: create"
done
for end in 'kill -9 $$' 'kill -9 -1; nosuch' 'nosuch' 'exec /no/such'; do
	printf '#!/bin/sh\n%s\n' "$end" >"$T/line.sh"
	install_flavour "$T/good" "$T/line.sh"
	exits 1 "the script ends by $end" \
	    pot create -p web -t single -b tiny -f "$T/flv/app"
	err_like "*web*flv/app.sh*" "the error names it"
	gone "$end"
done
for text in '#!/no/such' '#!' ''; do
	echo "$text" >"$T/line.sh"
	install_flavour "$T/good" "$T/line.sh"
	t_run pot create -p web -t single -b tiny -f "$T/flv/app"
	case "$text $t_status" in
	" 0") pass "an empty script is one that does nothing" ;;
	?*" 1") pass "a script that can't be executed: $text" ;;
	*) fail "a script that can't be executed: $text" "$t_status" \
	    "$(err)" ;;
	esac
	pot destroy -F -p web >/dev/null 2>&1
	gone "a script that can't be executed: $text"
done
install_flavour "$T/good" "$T/good.sh"
exits 1 "the second of two fails" pot create -p web -t single -b tiny \
    -f "$T/flv/app" -f nosuch
err_like "*nosuch*" "it is named"
gone "the second of two"

# -k keeps it, to look at.
printf '#!/bin/sh\nexit 7\n' >"$T/line.sh"
install_flavour "$T/good" "$T/line.sh"
exits 1 "-k" pot create -k -p web -t single -b tiny -f "$T/flv/app"
is "$(pot ls -q | tr '\n' ' ')$(pot ps -q)" "db web " \
    "-k: the pot is there, and stopped"
runs "-k: it can be destroyed" pot destroy -p web
gone "-k"

# -- the script brings what the pot will run

cat >"$T/flv/app" <<'END'
set-attribute -A persistent -V YES
set-cmd -c /opt/app/server 1000
END
cat >"$T/flv/app.sh" <<'END'
#!/bin/sh
mkdir -p /opt/app && ln -s /bin/sleep /opt/app/sleep &&
    printf '#!/bin/sh\nexec sleep "$@"\n' >/opt/app/server &&
    chmod 755 /opt/app/server
END
runs "a script installs the pot's command" \
    pot create -p web -t single -b tiny -f "$T/flv/app"
is "$(err)" "" "that it is not there before is no error"
runs "it starts" pot start -d -p web
is "$(err)" "" "it is there"
runs "stop" pot stop -p web
pot set-cmd -p web -c /opt/app/nosuch
runs "a command that is not there, without a flavour" pot start -d -p web
err_like "*/opt/app/nosuch*" "is told"
runs "stop" pot stop -p web
runs "destroy" pot destroy -p web
gone "the end"

done_testing
