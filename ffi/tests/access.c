/* Asks an exchange what callers may do. Usage: access ADDRESS AUTHORITY CERTIFICATE KEY TOKEN_FILE. The certificate is of the
 * Metropolitan Police as an analyst. The token is of the same, for submissions of crimes and for the services of access and of
 * submissions. */
#include "check.h"

static const char *address, *authority, *certificate, *key, *token_file;

/* A client with the certificate or with the token. */
static peelian_client *connected(bool by_token) {
  peelian_client_options *options = NULL;
  peelian_client *client = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_client_options_new(&options, &error));
  CHECK_OK(peelian_client_options_set_ca(options, authority, &error));
  if (by_token) {
    CHECK_OK(peelian_client_options_set_token_file(options, token_file, &error));
  } else {
    CHECK_OK(peelian_client_options_set_certificate(options, certificate, key, &error));
  }
  CHECK_OK(peelian_client_connect_with(address, options, &client, &error));
  peelian_client_options_free(options);
  return client;
}

static void by_certificate(void) {
  peelian_client *client = connected(false);
  peelian_caller *caller = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_client_whoami(client, &caller, &error));
  const peelian_caller_details *me = peelian_caller_get(caller);
  CHECK(strcmp(me->agency, "mps") == 0 && strncmp(me->identified_by, "certificate ", 12) == 0);
  CHECK(me->role_count == 1 && strcmp(me->roles[0], "analyst") == 0);
  CHECK(me->agreement_count == 2 && strcmp(me->agreements[0]->id, "mps") == 0);
  CHECK(*me->agreements[0]->title != '\0' && strlen(me->agreements[0]->start) == 10);
  CHECK(strcmp(me->agreements[0]->expiry, me->agreements[0]->start) > 0);
  CHECK(me->permission_count > 0 && *me->permissions[0] != '\0' && me->token == NULL);
  peelian_caller_free(caller);
  peelian_client_free(client);
}

static void by_token(void) {
  peelian_client *client = connected(true);
  peelian_caller *caller = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_client_whoami(client, &caller, &error));
  const peelian_caller_details *me = peelian_caller_get(caller);
  CHECK(strncmp(me->identified_by, "token ", 6) == 0 && me->token != NULL);
  if (me->token != NULL) {
    CHECK(strcmp(me->token->id, me->identified_by + 6) == 0);
    CHECK(me->token->dataset_count == 1 && strcmp(me->token->datasets[0], "crime") == 0);
    CHECK(me->token->method_count == 2 && strcmp(me->token->methods[0], "peelian.v1.AccessService") == 0);
    CHECK(strlen(me->token->expires_at) >= 20);
  }
  peelian_caller_free(caller);

  peelian_access *access = NULL;
  CHECK_OK(peelian_client_can_submit(client, "mps", "crime", &access, &error));
  CHECK(peelian_access_get(access)->allowed);
  peelian_access_free(access);
  access = NULL;
  CHECK_OK(peelian_client_can_submit(client, "mps", "stop_search", &access, &error));
  CHECK(!peelian_access_get(access)->allowed && strstr(peelian_access_get(access)->reason, "stop_search") != NULL);
  peelian_access_free(access);

  peelian_reports *reports = NULL;
  CHECK_FAILS(peelian_client_reports(client, NULL, NULL, NULL, NULL, false, &reports, &error), PEELIAN_STATUS_EXCHANGE,
              "CoverageService");
  CHECK(reports == NULL);
  peelian_client_free(client);
}

static void decisions(void) {
  peelian_client *client = connected(false);
  peelian_query *query = NULL;
  peelian_access *access = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_add_measure(query, "hate-crime-reports", &error));
  CHECK_OK(peelian_query_add_area(query, "borough", &error));
  CHECK_OK(peelian_query_add_period(query, "latest:1", &error));
  CHECK_OK(peelian_client_can_query(client, query, NULL, &access, &error));
  const peelian_access_details *decided = peelian_access_get(access);
  CHECK(decided->allowed && decided->visible_pairs == 33 && decided->pairs == 33 && *decided->reason == '\0');
  CHECK(decided->agreement_count == 1 && strcmp(decided->agreements[0], "mps") == 0);
  CHECK(decided->agreement_needed_count == 0);
  peelian_access_free(access);
  access = NULL;
  /* Only an administrator asks for others. */
  CHECK_FAILS(peelian_client_can_query(client, query, "southwark", &access, &error), PEELIAN_STATUS_EXCHANGE,
              "may not administer");
  CHECK_OK(peelian_client_can_submit(client, "southwark", "local_priority", &access, &error));
  decided = peelian_access_get(access);
  CHECK(!decided->allowed && *decided->reason != '\0' && decided->agreement_count == 0);
  CHECK(decided->agreement_needed_count == 1 && strcmp(decided->agreements_needed[0], "boroughs") == 0);
  peelian_access_free(access);
  access = NULL;
  CHECK_FAILS(peelian_client_can_submit(client, "mps", "crimes", &access, &error), PEELIAN_STATUS_EXCHANGE, "crimes");
  CHECK_FAILS(peelian_client_can_submit(client, "mps", NULL, &access, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "dataset");
  CHECK_FAILS(peelian_client_can_query(client, NULL, NULL, &access, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "query");
  CHECK(access == NULL && peelian_access_get(NULL) == NULL && peelian_caller_get(NULL) == NULL);
  peelian_access_free(NULL);
  peelian_caller_free(NULL);
  peelian_query_free(query);
  peelian_client_free(client);
}

static void coverage(void) {
  peelian_client *client = connected(false);
  peelian_reports *reports = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_client_reports(client, "mps", "crime", NULL, "2026-01..2026-02", false, &reports, &error));
  CHECK(peelian_reports_count(reports) == 2 && peelian_reports_get(reports, 2) == NULL);
  const peelian_report *first = peelian_reports_get(reports, 0);
  CHECK(strcmp(first->agency, "mps") == 0 && strcmp(first->dataset, "crime") == 0);
  CHECK(strcmp(first->period, "2026-01") == 0 && strlen(first->due_date) == 10);
  CHECK(strcmp(first->status, "overdue") == 0 && *first->received_at == '\0' && !first->synthetic);
  CHECK(*first->area != '\0' && *first->area_name != '\0' && *first->agency_name != '\0');
  peelian_reports_free(reports);
  reports = NULL;
  CHECK_FAILS(peelian_client_reports(client, "nobody", NULL, NULL, NULL, true, &reports, &error), PEELIAN_STATUS_EXCHANGE,
              "peelian_agency_get()");
  CHECK_FAILS(peelian_client_reports(NULL, NULL, NULL, NULL, NULL, true, &reports, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "client");
  CHECK(reports == NULL && peelian_reports_count(NULL) == 0 && peelian_reports_get(NULL, 0) == NULL);
  peelian_reports_free(NULL);
  peelian_client_free(client);
}

int main(int argc, char **argv) {
  if (argc != 6) {
    return 2;
  }
  address = argv[1];
  authority = argv[2];
  certificate = argv[3];
  key = argv[4];
  token_file = argv[5];
  by_certificate();
  by_token();
  decisions();
  coverage();
  return failures != 0;
}
