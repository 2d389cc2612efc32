#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# life.sh, on ZFS: the life of a pot.
# pot-test: plain timeout=300
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
POT_TEST_STORAGE=zfs exec sh "$POT_TEST_TOP/tests/e2e/life.sh"
