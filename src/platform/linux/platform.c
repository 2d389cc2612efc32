/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux as a platform. */
#include "platform/linux/linux.h"

const struct platform platform_host = {
	.name = "linux",
	.default_storage = "overlay",
	.default_fs_root = "/var/lib/pot",
	.default_run_dir = "/run/pot",
	.cell = &linux_cell_ops,
	.limit = &linux_limit_ops,
};
