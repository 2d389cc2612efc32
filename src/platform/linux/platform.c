/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux as a platform. */
#include "platform/linux/linux.h"

const struct platform platform_host = {
	.name = "linux",
	.default_storage = "overlay",
	.default_pot_type = "single",
	.default_fs_root = "/var/lib/pot",
	.default_run_dir = "/run/pot",
	.cell = &linux_cell_ops,
	.mount = &linux_mount_ops,
	.limit = &linux_limit_ops,
	.proc = &linux_proc_ops,
	.watch = &linux_watch_ops,
	.host = &linux_host_ops,
	.output = &linux_output_ops,
};
