/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes from a FIFO into a file.  FreeBSD has no splice(2): what read(2)
 * took from the FIFO is lost if the process is killed before it wrote it.
 * So it is read into the file's own pages, mapped shared: then the kernel's
 * one copy takes the bytes from the FIFO and puts them into the file, and a
 * kill comes before it or after it.
 *
 * The file has to have the pages before, so it is made longer by as many
 * zeros as bytes wait.  A kill between leaves the zeros; recover() cuts
 * them.  What it can't tell from them are zeros that the pot wrote as its
 * very last bytes before the kill: these are lost, and nothing else is.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "platform/freebsd/freebsd.h"

#define BLOCK 65536

static const char zeros[BLOCK];

/* Written, not only promised as ftruncate(2) would: a page without a block
 * on a full disk would be lost later, and nobody told. */
static int
make_room(int file, off_t offset, size_t n, struct err *e)
{
	size_t done = 0;

	while (done < n) {
		ssize_t w = pwrite(file, zeros, n - done, offset + (off_t)done);

		if (w < 0 && errno != EINTR)
			return err_sys(e, "output: write");
		done += w > 0 ? (size_t)w : 0;
	}
	return 0;
}

/* Read N bytes, which wait, to OFFSET of the file; the count. */
static ssize_t
read_into(int fifo, int file, off_t offset, size_t n, struct err *e)
{
	off_t page = (off_t)getpagesize();
	off_t start = offset - offset % page;
	size_t before = (size_t)(offset - start);
	char *map = mmap(
	    NULL, before + n, PROT_READ | PROT_WRITE, MAP_SHARED, file, start);
	ssize_t got;

	if (map == MAP_FAILED)
		return err_sys(e, "output: map");
	got = read(fifo, map + before, n);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		got = 0;
	else if (got < 0)
		err_sys(e, "output: read");
	(void)munmap(map, before + n);
	return got;
}

static ssize_t
output_move(int fifo, int file, off_t offset, size_t max, struct err *e)
{
	int waiting = 0;
	size_t n;
	ssize_t got;

	if (ioctl(fifo, FIONREAD, &waiting) < 0)
		return err_sys(e, "output: how much");
	if (waiting <= 0)
		return 0;
	n = (size_t)waiting < max ? (size_t)waiting : max;
	if (n > BLOCK)
		n = BLOCK;
	got = make_room(file, offset, n, e);
	if (got == 0)
		got = read_into(fifo, file, offset, n, e);
	if (got == (ssize_t)n)
		return got;
	/* Not all of the room was used; after an error none. */
	if (ftruncate(file, offset + (got > 0 ? (off_t)got : 0)) < 0 &&
	    got >= 0)
		return err_sys(e, "output: cut");
	return got;
}

/* Cut zeros at the end, but not below KEEP, which was moved for sure. */
static int
output_recover(int file, off_t keep, struct err *e)
{
	struct stat st;
	char block[4096];
	off_t end;

	if (fstat(file, &st) < 0)
		return err_sys(e, "output: size");
	end = st.st_size;
	while (end > keep) {
		size_t n = end - keep < (off_t)sizeof(block) ?
		    (size_t)(end - keep) :
		    sizeof(block);
		ssize_t got = pread(file, block, n, end - (off_t)n);

		if (got != (ssize_t)n)
			return err_sys(e, "output: read back");
		while (n > 0 && block[n - 1] == '\0') {
			n--;
			end--;
		}
		if (n > 0)
			break;
	}
	if (end < st.st_size && ftruncate(file, end) < 0)
		return err_sys(e, "output: cut");
	return 0;
}

const struct platform_output_ops freebsd_output_ops = {
	.move = output_move,
	.recover = output_recover,
	.is_atomic = false,
};
