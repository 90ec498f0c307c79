/* Calls an exchange that answers known callers only. Usage: identity ADDRESS AUTHORITY OTHER CERTIFICATE KEY TOKEN_FILE.
 * ADDRESS is HOST:PORT. AUTHORITY has issued the certificate of the exchange, and OTHER has not. */
#include "check.h"

static const char *address, *encrypted, *authority, *other, *certificate, *key, *token_file;

/* Options that trust an authority. */
static peelian_client_options *trusting(const char *file) {
  peelian_client_options *options = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_client_options_new(&options, &error));
  CHECK_OK(peelian_client_options_set_ca(options, file, &error));
  return options;
}

/* Connects with options, which are freed, and asks for the findings of a submission that nobody has made. */
static void ask(peelian_client_options *options, const char *expected) {
  peelian_client *client = NULL;
  peelian_findings *findings = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_client_connect_with(address, options, &client, &error));
  peelian_client_options_free(options);
  const char *submission = "agencies/mps/submissions/01J0000000000000000000000A";
  CHECK(peelian_client_findings(client, submission, &findings, &error) == PEELIAN_STATUS_EXCHANGE);
  if (strcmp(peelian_error_code(error), expected) != 0) {
    printf("%s, not %s\n", peelian_error_message(error), expected);
    failures++;
  }
  peelian_error_free(error);
  peelian_client_free(client);
}

static void known(void) {
  peelian_error *error = NULL;
  peelian_client_options *options = trusting(authority);
  CHECK_OK(peelian_client_options_set_certificate(options, certificate, key, &error));
  ask(options, "NOT_FOUND");
  options = trusting(authority);
  CHECK_OK(peelian_client_options_set_token_file(options, token_file, &error));
  ask(options, "NOT_FOUND");
  ask(trusting(authority), "CREDENTIALS_MISSING");
  options = trusting(authority);
  CHECK_OK(peelian_client_options_set_token(options, "plt_000000000000_0", &error));
  ask(options, "CREDENTIALS_UNREADABLE");
}

static void refused(void) {
  peelian_client *client = NULL;
  peelian_error *error = NULL;
  peelian_client_options *options = trusting(other);
  CHECK_FAILS(peelian_client_connect_with(encrypted, options, &client, &error), PEELIAN_STATUS_UNREACHABLE,
              "does not trust the authority");
  peelian_client_options_free(options);
  CHECK_FAILS(peelian_client_connect(address, &client, &error), PEELIAN_STATUS_UNREACHABLE, "https://");
  CHECK_FAILS(peelian_client_connect_with(address, NULL, &client, &error), PEELIAN_STATUS_UNREACHABLE, "https://");
  options = trusting("no such file");
  CHECK_FAILS(peelian_client_connect_with(encrypted, options, &client, &error), PEELIAN_STATUS_IO, "no such file");
  peelian_client_options_free(options);
  CHECK(client == NULL);
}

static void bad_arguments(void) {
  peelian_client_options *options = trusting(authority);
  peelian_error *error = NULL;
  CHECK_FAILS(peelian_client_options_set_ca(options, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "file");
  CHECK_FAILS(peelian_client_options_set_ca(options, "", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "empty");
  CHECK_FAILS(peelian_client_options_set_ca(NULL, "a", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "options");
  CHECK_FAILS(peelian_client_options_set_certificate(options, "a", NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "key_file");
  CHECK_FAILS(peelian_client_options_set_token(options, "", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "empty");
  CHECK_FAILS(peelian_client_options_set_token_file(options, "", &error), PEELIAN_STATUS_INVALID_ARGUMENT, "empty");
  CHECK_FAILS(peelian_client_options_new(NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "out");
  peelian_client_options_free(options);
  peelian_client_options_free(NULL);
}

int main(int argc, char **argv) {
  char url[256];
  if (argc != 7) {
    return 2;
  }
  address = argv[1];
  snprintf(url, sizeof url, "https://%s", address);
  encrypted = url;
  authority = argv[2];
  other = argv[3];
  certificate = argv[4];
  key = argv[5];
  token_file = argv[6];
  known();
  refused();
  bad_arguments();
  return failures != 0;
}
