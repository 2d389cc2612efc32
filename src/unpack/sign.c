/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures as signify(1) of OpenBSD makes them: Ed25519 over the whole
 * text.  A file is a comment line, and in base64
 *	public key	"Ed" number[8] key[32]
 *	signature	"Ed" number[8] signature[64]
 *	secret key	"Ed" "BK" rounds[4] salt[16] checksum[8] number[8]
 *			key[64], which is the seed and the public key
 * A secret key with rounds has a passphrase; that is signify's to ask for.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/str.h"
#include "unpack/unpack.h"

#if __has_include(<openssl/evp.h>)
/* A type there has the name of an error code here. */
#define ERR_STATE openssl_err_state
#include <openssl/crypto.h>
#include <openssl/evp.h>
#undef ERR_STATE

#define COMMENT	 "untrusted comment: "
#define TEXT_MAX ((size_t)1 << 16)
#define NUMBER	 8
#define ED_KEY	 32
#define ED_SIG	 64

struct public_key {
	uint8_t algorithm[2], number[NUMBER], key[ED_KEY];
};

struct signature {
	uint8_t algorithm[2], number[NUMBER], bytes[ED_SIG];
};

struct secret_key {
	uint8_t algorithm[2], kdf[2], rounds[4], salt[16], checksum[8];
	uint8_t number[NUMBER], seed[ED_KEY], key[ED_KEY];
};

static int
digit_of(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

/* Exactly LEN bytes. */
static bool
decode_base64(const char *s, size_t n, uint8_t *out, size_t len)
{
	size_t chars = (len * 8 + 5) / 6, done = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	if (n != (len + 2) / 3 * 4)
		return false;
	for (size_t i = 0; i < n; i++) {
		int d = digit_of(s[i]);

		if (i >= chars) {
			if (s[i] != '=')
				return false;
			continue;
		}
		if (d < 0)
			return false;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[done++] = (uint8_t)(bits >> have);
		}
	}
	return done == len;
}

/* The file FD: a comment, and LEN bytes that begin with "Ed". */
static int
read_key_file(int fd, const char *what, uint8_t *out, size_t len, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(TEXT_MAX);
	const char *line, *end;

	if (io_read_all(fd, &b, what, e) < 0)
		return -1;
	line = strchr(b.data, '\n');
	if (!str_has_prefix(b.data, COMMENT) || line == NULL)
		return err_set(e, ERR_CORRUPT,
		    "%s: does not begin with '" COMMENT "'", what);
	line++;
	end = line + strcspn(line, "\r\n");
	if (!decode_base64(line, (size_t)(end - line), out, len) ||
	    out[0] != 'E' || out[1] != 'd')
		return err_set(
		    e, ERR_CORRUPT, "%s: not one of signify's", what);
	OPENSSL_cleanse(b.data, b.len);
	return 0;
}

static int
check(const struct public_key *k, const struct signature *s,
    const struct buf *text, struct err *e)
{
	EVP_PKEY *key =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->key, ED_KEY);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_good = key != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, s->bytes, ED_SIG, (const uint8_t *)text->data,
		text->len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (!is_good)
		return err_set(
		    e, ERR_CORRUPT, "signature: does not match what it signs");
	return 0;
}

int
unpack_verify(int key, int signature, int text, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(TEXT_MAX);
	struct public_key k;
	struct signature s;

	if (read_key_file(key, "public key", (uint8_t *)&k, sizeof(k), e) < 0 ||
	    read_key_file(signature, "signature", (uint8_t *)&s, sizeof(s), e) <
		0 ||
	    io_read_all(text, &b, "text", e) < 0)
		return -1;
	if (memcmp(k.number, s.number, NUMBER) != 0)
		return err_set(
		    e, ERR_CORRUPT, "signature: made with another key");
	return check(&k, &s, &b, e);
}

static int
make_signature(const struct secret_key *k, const struct buf *text,
    struct signature *s, struct err *e)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, k->seed, ED_KEY);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = ED_SIG;
	bool is_made = key != NULL && ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, s->bytes, &len, (const uint8_t *)text->data,
		text->len) == 1 &&
	    len == ED_SIG;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (!is_made)
		return err_set(e, ERR_SYSTEM, "signature: can't be made");
	memcpy(s->algorithm, k->algorithm, sizeof(s->algorithm));
	memcpy(s->number, k->number, NUMBER);
	return 0;
}

static int
check_secret(const struct secret_key *k, struct err *e)
{
	static const uint8_t none[4];
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned n;

	if (memcmp(k->kdf, "BK", 2) != 0)
		return err_set(
		    e, ERR_CORRUPT, "secret key: not one of signify's");
	if (memcmp(k->rounds, none, sizeof(none)) != 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "secret key: has a passphrase; export without -S, then "
		    "use signify -S");
	/* Seed and key follow each other. */
	if (EVP_Digest(k->seed, (size_t)2 * ED_KEY, sum, &n, EVP_sha512(),
		NULL) != 1 ||
	    memcmp(sum, k->checksum, sizeof(k->checksum)) != 0)
		return err_set(e, ERR_CORRUPT, "secret key: damaged");
	return 0;
}

int
unpack_sign(const char *name, int key, int text, struct buf *out, struct err *e)
{
	auto_buf struct buf b = BUF_INIT(TEXT_MAX);
	uint8_t base64[2 * sizeof(struct signature)];
	struct secret_key k;
	struct signature s;
	int rc;

	if (read_key_file(key, "secret key", (uint8_t *)&k, sizeof(k), e) < 0)
		return -1;
	rc = io_read_all(text, &b, "text", e);
	if (rc == 0)
		rc = check_secret(&k, e);
	if (rc == 0)
		rc = make_signature(&k, &b, &s, e);
	OPENSSL_cleanse(&k, sizeof(k));
	if (rc < 0)
		return -1;
	(void)EVP_EncodeBlock(base64, (const uint8_t *)&s, sizeof(s));
	/* As signify(1) says it: web.sec signs for who has web.pub. */
	buf_add_fmt(
	    out, COMMENT "verify with %s\n%s\n", name, (const char *)base64);
	return buf_check(out, "signature", e);
}

#else

int
unpack_verify(int key, int signature, int text, struct err *e)
{
	(void)key;
	(void)signature;
	(void)text;
	return err_set(
	    e, ERR_UNSUPPORTED, "signatures: pot was built without OpenSSL");
}

int
unpack_sign(const char *name, int key, int text, struct buf *out, struct err *e)
{
	(void)name;
	(void)out;
	return unpack_verify(key, key, text, e);
}

#endif
