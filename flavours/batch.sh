#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs in the pot: puts the job there.
set -eu

mkdir -p /srv/batch/in /srv/batch/out
cat >/srv/batch/run <<'EOT'
#!/bin/sh
# Ends with 0 if all was counted, 1 if there was nothing to count.
set -eu
cd /srv/batch/in
n=0
for file in *; do
	[ -f "$file" ] || continue
	lines=$(wc -l <"$file")
	echo "$file: $((lines)) lines"
	echo "$((lines))" >"../out/$file"
	n=$((n + 1))
done
if [ "$n" -eq 0 ]; then
	echo "batch: nothing in /srv/batch/in" >&2
	exit 1
fi
EOT
chmod 755 /srv/batch/run
