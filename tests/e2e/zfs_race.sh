#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Many operations in a random order and at once (tests/contract/storage_race.c), on ZFS.
# pot-test: plain timeout=600
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
exec "$POT_TEST_BUILD/tests/contract/storage_race"
