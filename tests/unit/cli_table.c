/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of commands keeps its own promises, and those of the verbs.
 */
#include "unit.h"

#include "base/str.h"
#include "cli/command.h"
#include "cli/suggest.h"
#include "model/flavour.h"

static bool
is_group(const char *group)
{
	const char *word, *title;

	for (size_t i = 0; (word = command_group_at(i, &title)) != NULL; i++)
		if (str_eq(word, group))
			return true;
	return false;
}

static void
check_option(const struct command *cmd, size_t i)
{
	const struct option_row *o = &cmd->options[i];
	bool has_value = o->kind == OPTION_VALUE || o->kind == OPTION_LIST ||
	    o->kind == OPTION_SECRET || o->kind == OPTION_FORMAT;

	assert_non_null(o->name);
	assert_non_null(o->help);
	assert_true((o->arg != NULL) == has_value);
	for (size_t k = 0; k < i; k++) {
		assert_true(
		    o->letter == 0 || cmd->options[k].letter != o->letter);
		assert_string_not_equal(cmd->options[k].name, o->name);
	}
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count(); i++) {
		const struct command *cmd = command_at(i);
		bool is_hidden = (cmd->flags & COMMAND_F_HIDDEN) != 0;

		assert_ptr_equal(command_find(cmd->name), cmd);
		assert_true(is_hidden || is_group(cmd->group));
		assert_false(command_is_missing(cmd->name));
		assert_string_equal(cmd->options[0].name, "help");
		for (size_t k = 0; k < cmd->noptions; k++)
			check_option(cmd, k);
		if (cmd->flags & COMMAND_F_POT_WORD)
			assert_non_null(cmd->words);
	}
}

static void
test_names(void **state)
{
	static const char *const aliases[][2] = { { "ls", "list" },
		{ "rollback", "revert" }, { "snap", "snapshot" },
		{ "set-attr", "set-attribute" },
		{ "get-attr", "get-attribute" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(aliases); i++)
		assert_string_equal(
		    command_find(aliases[i][0])->name, aliases[i][1]);
	assert_null(command_find(""));
	assert_null(command_find("lis"));
	assert_null(command_find("ls "));
	assert_true(command_is_missing("promote"));
	assert_false(command_is_missing("common"));
}

/* Every verb of flavours is a command (copy-in-flv is copy-in). */
static void
test_flavour_verbs(void **state)
{
	const char *verb;

	(void)state;
	for (size_t i = 0; (verb = flavour_verb_at(i)) != NULL; i++)
		if (!str_eq(verb, "copy-in-flv"))
			assert_non_null(command_find(verb));
}

static void
test_suggestions(void **state)
{
	(void)state;
	assert_string_equal(suggest("strat", suggest_command_at), "start");
	assert_string_equal(suggest("sanp", suggest_command_at), "snap");
	assert_string_equal(suggest("desrtoy", suggest_command_at), "destroy");
	assert_string_equal(suggest("lss", suggest_command_at), "ls");
	assert_null(suggest("internal-aftr", suggest_command_at));
	assert_null(suggest("", suggest_command_at));
	assert_null(suggest("x", suggest_command_at));
	assert_null(suggest("completely-different", suggest_command_at));
	assert_null(suggest("a-word-that-is-longer-than-any-name-could-be",
	    suggest_command_at));
	assert_string_equal(
	    suggest("persistant", suggest_attribute_at), "persistent");
	assert_null(suggest("nonsense", suggest_attribute_at));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_flavour_verbs),
		cmocka_unit_test(test_suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
