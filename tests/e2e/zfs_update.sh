#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# update_base.sh, on ZFS.
# pot-test: plain timeout=300
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
POT_TEST_STORAGE=zfs exec sh "$POT_TEST_TOP/tests/e2e/update_base.sh"
