/* Calls addresses that do not answer. Usage: deadline SILENT SLOW. SILENT accepts connections and says nothing. SLOW is a
 * server of gRPC that never answers a call. */
#include "check.h"

static peelian_query *question(void) {
  peelian_query *query = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_add_measure(query, "knife-crime-offences", &error));
  return query;
}

int main(int argc, char **argv) {
  peelian_client *client = NULL;
  peelian_result *result = NULL;
  peelian_error *error = NULL;
  if (argc != 3) {
    return 2;
  }
  CHECK_FAILS(peelian_client_connect(argv[1], &client, &error), PEELIAN_STATUS_UNREACHABLE, "does not answer");
  CHECK(client == NULL);

  peelian_query *query = question();
  CHECK_OK(peelian_client_connect(argv[2], &client, &error));
  CHECK_OK(peelian_client_set_timeout(client, 0.2, &error));
  CHECK_FAILS(peelian_client_query(client, query, &result, &error), PEELIAN_STATUS_CANCELLED, "timeout of 0.2 s");
  CHECK(result == NULL);
  peelian_client_free(client);
  peelian_query_free(query);

  client = NULL;
  CHECK_FAILS(peelian_client_connect("http://127.0.0.1:50829", &client, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "HOST:PORT");
  return failures != 0;
}
