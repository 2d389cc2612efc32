#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The examples of the manual work: every line of an EXAMPLES section that is a
# command of pot is run, page by page, but for those that need a network, a
# person or an end that does not come by itself.
# pot-test: timeout=300
. "$POT_TEST_TOP/tests/lib.sh"

man=$POT_TEST_TOP/man
files=$T/files
mkdir -p "$files/images" "$files/site" "$files/tmp" "$T/here"
: >"$T/here/index.html"
: >"$T/here/site.conf"
printf '#!/bin/sh\n' >"$files/announce"
chmod 755 "$files/announce"
make_rootfs "$T/rootfs"
mkdir -p "$T/rootfs/srv/www" "$T/rootfs/usr/sbin"
# There a pot is a multi one unless it is said, and its base FreeBSD's.
if [ "$(uname -s)" = FreeBSD ]; then
	mkdir -p "$T/rootfs/usr/local/bin" "$T/rootfs/var/db/pkg" \
	    "$T/rootfs/home"
	printf '#!/bin/sh\necho 14.1-RELEASE\n' \
	    >"$T/rootfs/bin/freebsd-version"
	chmod 755 "$T/rootfs/bin/freebsd-version"
fi
# What signal's example looks for.
cat >"$T/rootfs/usr/sbin/lighttpd" <<'END'
#!/bin/sh
trap : HUP
while :; do sleep 1; done
END
chmod 755 "$T/rootfs/usr/sbin/lighttpd"
tar -cf "$files/rootfs.tar" -C "$T/rootfs" .

quietly()
{
	"$@" >"$T/.out" 2>&1 || bail "$*: $(out)"
}

# What every page may count on: web and db run, others do not.
fixture()
{
	if [ -d "$T/data/fs/jails" ]; then
		for pot in "$T/data/fs/jails"/*; do
			[ ! -d "$pot" ] || quietly pot destroy -Fr "${pot##*/}"
		done
	fi
	quietly pot init -m
	for base in $(pot ls -bq); do
		case "$base" in
		bookworm | tiny) ;;
		*) quietly pot destroy -b "$base" ;;
		esac
	done
	for fscomp in $(pot ls -fq); do
		quietly pot destroy -f "$fscomp"
	done
	for base in bookworm tiny; do
		[ -d "$T/data/fs/bases/$base" ] ||
		    quietly pot create-base --from "$T/rootfs" -b "$base"
	done
	# Multi pots are not exported, and share /srv with their base.
	quietly pot create -p web -b bookworm -t single
	for pot in db batch job1 job2; do
		quietly pot create -p "$pot" -b bookworm
	done
	for pot in web db batch job1 job2; do
		quietly pot set-cmd -p "$pot" -c true
	done
	for pot in batch job1 job2; do
		quietly pot set-attribute -p "$pot" -A persistent -V no
	done
	for pot in web db; do
		quietly pot set-cmd -p "$pot" -c /usr/sbin/lighttpd
		quietly pot snapshot -p "$pot"
		quietly pot start -d "$pot"
	done
}

# Lines of literal blocks in EXAMPLES, as a person sees them; N: of the N-th
# block alone.
examples() # PAGE [N]
{
	awk -v only="${2:-0}" '
		/^\.Sh / { is_in = /^\.Sh EXAMPLES/; next }
		/^\.Bd -literal/ { is_block = is_in; n++; next }
		/^\.Ed/ { is_block = 0; next }
		is_block && (only == 0 || only == n) {
			gsub(/\\e/, "\\"); gsub(/\\&/, ""); print
		}' "$man/$1"
}

# Places of the host that examples name, and the ones we have.
here()
{
	sed -e "s|/srv/rootfs.tar|$files/rootfs.tar|" \
	    -e "s|/srv/images|$files/images|" \
	    -e "s|https://images.example.org/pots|file://$files/images|" \
	    -e "s|-s /srv/shop|-s $files/site|" \
	    -e "s|-d /srv/site|-d $files/site|" \
	    -e "s|/usr/local/libexec/announce|$files/announce|" \
	    -e "s|-d /tmp\$|-d $files/tmp|"
}

ran=0
PATH=${POT%/*}:$PATH
cd "$T/here" || bail "$T/here"
for path in "$man"/*.1; do
	page=${path##*/}
	examples "$page" | here | grep '^pot ' >"$T/lines" || continue
	fixture
	while IFS= read -r line <&3; do
		case "$line" in
		*'create-base -r '* | *' -f web'*) continue ;; # a network
		*' update-base '*) continue ;;		 # a real system
		*' term '* | *' run '* | *' top '*) continue ;; # a person
		*'logs -f'* | *' attach '*) continue ;;	 # an end
		*jq*) continue ;;			 # another program
		esac
		runs "$page: $line" sh -c "$line"
		ran=$((ran + 1))
	done 3<"$T/lines"
done
is "$((ran > 60))" 1 "$ran lines were run"

# The flavour of pot-flavours(5).
fixture
examples pot-flavours.5 1 >hello
examples pot-flavours.5 2 >hello.sh
echo "it is" >hello.txt
examples pot-flavours.5 3 >"$T/lines"
is "$(grep -c '^pot' "$T/lines")" 2 "pot-flavours.5: two commands"
runs "pot-flavours.5: they work" sh -ec "$(cat "$T/lines")"
out_like "*good morning*it is*made as hello*" "and do what the page says"
cd / || bail /
done_testing
