#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# logs.sh, on ZFS: what a pot says, and who waits for it.
# pot-test: plain timeout=300
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
POT_TEST_STORAGE=zfs exec sh "$POT_TEST_TOP/tests/e2e/logs.sh"
