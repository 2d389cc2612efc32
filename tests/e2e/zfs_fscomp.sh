#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fscomp.sh, on ZFS: components.
# pot-test: plain timeout=300
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
POT_TEST_STORAGE=zfs exec sh "$POT_TEST_TOP/tests/e2e/fscomp.sh"
