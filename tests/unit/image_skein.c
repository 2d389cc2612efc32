/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Skein-1024 against the known answers of the paper (appendix B.6 and the
 * set that was handed in with it), and fed in pieces of every size.
 */
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compiler.h"
#include "image/skein.h"

/* The bytes 255, 254, ... */
static const struct {
	size_t len;
	const char *digest;
} known[] = {
	{ 1,
	    "e62c05802ea0152407cdd8787fda9e35703de862a4fbc119cff8590afe79250b"
	    "ccc8b3faf1bd2422ab5c0d263fb2f8afb3f796f048000381531b6f00d85161bc"
	    "0fff4bef2486b1ebcd3773fabf50ad4ad5639af9040e3f29c6c931301bf79832"
	    "e9da09857e831e82ef8b4691c235656515d437d2bda33bcec001c67ffde15ba"
	    "8" },
	{ 128,
	    "1f3e02c46fb80a3fcd2dfbbc7c173800b40c60c2354af551189ebf433c3d85f9"
	    "ff1803e6d920493179ed7ae7fce69c3581a5a2f82d3e0c7a295574d0cd7d217c"
	    "484d2f6313d59a7718ead07d0729c24851d7e7d2491b902d489194e6b7d369db"
	    "0ab7aa106f0ee0a39a42efc54f18d93776080985f907574f995ec6a37153a57"
	    "8" },
	{ 256,
	    "842a53c99c12b0cf80cf69491be5e2f7515de8733b6ea9422dfd676665b5fa42"
	    "ffb3a9c48c217777950848cecdb48f640f81fb92bef6f88f7a85c1f7cd1446c9"
	    "161c0afe8f25ae444f40d3680081c35aa43f640fd5fa3c3c030bcc06abac01d0"
	    "98bcc984ebd8322712921e00b1ba07d6d01f26907050255ef2c8e24f716c52a"
	    "5" },
};

static void
fill(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(255 - i);
}

static void
published_vectors(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		uint8_t data[256], digest[SKEIN_SIZE];
		char hex[SKEIN_HEX_SIZE];
		struct skein s;

		fill(data, sizeof(data));
		skein_init(&s);
		skein_update(&s, data, known[i].len);
		skein_final(&s, digest);
		assert_string_equal(skein_hex(hex, digest), known[i].digest);
	}
}

static void
pieces_are_the_whole(void **state UNUSED)
{
	uint8_t data[1000], whole[SKEIN_SIZE], digest[SKEIN_SIZE];
	struct skein s;

	fill(data, sizeof(data));
	skein_init(&s);
	skein_update(&s, data, sizeof(data));
	skein_final(&s, whole);
	for (size_t step = 1; step <= 300; step++) {
		skein_init(&s);
		for (size_t at = 0; at < sizeof(data); at += step)
			skein_update(&s, data + at,
			    sizeof(data) - at < step ? sizeof(data) - at :
						       step);
		skein_final(&s, digest);
		assert_memory_equal(digest, whole, SKEIN_SIZE);
	}
}

static void
of_a_file(void **state UNUSED)
{
	char path[] = "/tmp/skein.XXXXXX";
	auto_close int fd = mkstemp(path);
	uint8_t data[256], digest[SKEIN_SIZE];
	char hex[SKEIN_HEX_SIZE];
	struct err e = ERR_INIT;
	assert_true(fd >= 0);
	(void)unlink(path);
	fill(data, sizeof(data));
	assert_int_equal(write(fd, data, sizeof(data)), sizeof(data));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(skein_fd(fd, digest, &e), 0);
	assert_string_equal(skein_hex(hex, digest), known[2].digest);
	assert_int_equal(skein_fd(-1, digest, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(pieces_are_the_whole),
		cmocka_unit_test(of_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
