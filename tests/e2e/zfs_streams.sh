#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Streams of pots (tests/contract/storage_streams.c), on ZFS.
# pot-test: plain timeout=600
[ -n "${POT_TEST_ZPOOL:-}" ] || exec "$POT_TEST_TOP/tests/with-zpool" sh "$0"
exec "$POT_TEST_BUILD/tests/contract/storage_streams"
