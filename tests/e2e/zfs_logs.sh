#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# logs.sh, on ZFS: what a pot says, and who waits for it.
# pot-test: plain timeout=300
if [ "$(uname -s)" = Linux ] && [ -z "${POT_TEST_LONG:-}" ]; then
	echo "1..0 # SKIP zfs-fuse hangs at times: in check-all, and on FreeBSD"
	exit 0
fi
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
POT_TEST_STORAGE=zfs exec sh "$POT_TEST_TOP/tests/e2e/logs.sh"
