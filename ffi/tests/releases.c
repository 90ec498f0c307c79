/* Reads the releases of an exchange. Usage: releases ADDRESS NEW_FOLDER. The exchange has the release "first", which "second"
 * supersedes: 41 reports of hate crime in Southwark, 3 in Lambeth and 60 in Hackney in January 2024. In the second release,
 * Hackney has 80. */
#include <math.h>

#include "check.h"

static peelian_client *client = NULL;

static void lists(void) {
  peelian_releases *releases = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_client_releases(client, &releases, &error));
  CHECK(peelian_releases_count(releases) == 2 && peelian_releases_get(releases, 2) == NULL);
  const peelian_release *second = peelian_releases_get(releases, 0);
  CHECK(strcmp(second->id, "second") == 0 && strcmp(second->state, "published") == 0);
  CHECK(strcmp(second->supersedes, "first") == 0 && strcmp(second->reason, "Late returns are in") == 0);
  CHECK(second->observations == 33 && second->withheld >= 1 && second->withheld < 33);
  CHECK(second->measure_count == 1 && strcmp(second->measures[0], "hate-crime-reports") == 0);
  CHECK(second->area_count == 1 && strcmp(second->areas[0], "borough") == 0);
  CHECK(second->period_count == 1 && second->breakdown_count == 0 && !second->each_breakdown);
  CHECK(strlen(second->published_at) >= 20 && second->published_at[10] == 'T' && *second->embargo_until == '\0');
  CHECK(second->approval_by_unidentified && *second->created_by == '\0');
  CHECK(strlen(second->manifest_sha256) == 64 && second->ledger_position > 0);
  peelian_releases_free(releases);

  releases = NULL;
  CHECK_OK(peelian_client_release(client, "first", &releases, &error));
  CHECK(peelian_releases_count(releases) == 1);
  const peelian_release *first = peelian_releases_get(releases, 0);
  CHECK(strcmp(first->state, "superseded") == 0 && strcmp(first->superseded_by, "second") == 0);
  CHECK(first->event_count == 4 && strcmp(first->events[0]->kind, "drafted") == 0);
  CHECK(strcmp(first->events[3]->kind, "superseded") == 0 && strlen(first->events[3]->at) >= 20);
  peelian_releases_free(releases);
  releases = NULL;
  CHECK_FAILS(peelian_client_release(client, "third", &releases, &error), PEELIAN_STATUS_EXCHANGE, "third");
  CHECK_FAILS(peelian_client_release(client, NULL, &releases, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "release");
  CHECK_FAILS(peelian_client_releases(NULL, &releases, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "client");
  CHECK_FAILS(peelian_client_releases(client, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "out");
  CHECK(releases == NULL);
  CHECK(peelian_releases_count(NULL) == 0 && peelian_releases_get(NULL, 0) == NULL);
  peelian_releases_free(NULL);
}

static peelian_query *query_of(const char *release) {
  peelian_query *query = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_add_measure(query, "hate-crime-reports", &error));
  CHECK_OK(peelian_query_add_area(query, "borough", &error));
  CHECK_OK(peelian_query_add_period(query, "2024-01", &error));
  CHECK_OK(peelian_query_set_release(query, release, &error));
  return query;
}

/* The value of an area; NaN if it is missing. */
static double value_of(const char *release, const char *area, const char *missing) {
  peelian_query *query = query_of(release);
  peelian_result *result = NULL;
  peelian_error *error = NULL;
  double value = -1;
  char name[64] = "";
  if (*release != '\0') {
    snprintf(name, sizeof name, "releases/%s", release);
  }
  CHECK_OK(peelian_client_query(client, query, &result, &error));
  for (size_t i = 0; i < peelian_result_count(result); i++) {
    const peelian_observation *found = peelian_result_get(result, i);
    CHECK(strcmp(found->release, name) == 0);
    if (strcmp(found->area, area) == 0) {
      value = found->value;
      CHECK(missing == NULL ? found->missing == NULL : found->missing != NULL && strcmp(found->missing, missing) == 0);
      CHECK((strcmp(found->marker, "[c]") == 0) == (missing != NULL));
    }
  }
  peelian_result_free(result);
  peelian_query_free(query);
  return value;
}

static void queries(void) {
  /* Released counts of victims are rounded to the nearest 5, and small ones are withheld. */
  CHECK(value_of("first", "E09000028", NULL) == 40 && value_of("first", "E09000012", NULL) == 60);
  CHECK(value_of("second", "E09000028", NULL) == 40 && value_of("second", "E09000012", NULL) == 80);
  CHECK(isnan(value_of("first", "E09000022", "suppressed")) && isnan(value_of("second", "E09000022", "suppressed")));
  CHECK(value_of("", "E09000028", NULL) == 41);

  peelian_query *query = query_of("releases/first");
  peelian_result *result = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_client_query(client, query, &result, &error));
  peelian_result_free(result);
  result = NULL;
  CHECK_OK(peelian_query_set_as_of(query, 1700000000, &error));
  CHECK_FAILS(peelian_client_query(client, query, &result, &error), PEELIAN_STATUS_EXCHANGE, "never changes");
  peelian_query_free(query);
  query = query_of("third");
  CHECK_FAILS(peelian_client_query(client, query, &result, &error), PEELIAN_STATUS_EXCHANGE, "third");
  CHECK_FAILS(peelian_query_set_release(query, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "NULL");
  CHECK(result == NULL);
  peelian_query_free(query);
}

/* Changes a byte of a file. */
static void edit(const char *folder, const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "r+b");
  CHECK(file != NULL);
  if (file != NULL) {
    int byte = fgetc(file);
    rewind(file);
    fputc(byte ^ 1, file);
    fclose(file);
  }
}

static void files(const char *folder) {
  peelian_error *error = NULL;
  peelian_verified_release *verified = NULL;
  char key[65], other[65], below[512];
  size_t count = 0;

  CHECK_OK(peelian_client_export_release(client, "first", folder, &count, &error));
  CHECK(count >= 12);
  CHECK_FAILS(peelian_client_export_release(client, "first", folder, &count, &error), PEELIAN_STATUS_IO, "is there already");
  snprintf(below, sizeof below, "%s-and/more", folder);
  CHECK_OK(peelian_client_export_release(client, "releases/second", below, NULL, &error));
  snprintf(below, sizeof below, "%s-third", folder);
  CHECK_FAILS(peelian_client_export_release(client, "third", below, NULL, &error), PEELIAN_STATUS_EXCHANGE, "third");
  /* A refused export leaves no folder. */
  CHECK_FAILS(peelian_release_verify(below, NULL, &verified, &error), PEELIAN_STATUS_IO, "third");
  CHECK_FAILS(peelian_client_export_release(client, "first", NULL, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "folder");

  CHECK_OK(peelian_release_verify(folder, NULL, &verified, &error));
  const peelian_verified_release_details *details = peelian_verified_release_get(verified);
  CHECK(strcmp(details->release, "first") == 0 && details->files + 2 == count);
  CHECK(strlen(details->public_key) == 64);
  memcpy(key, details->public_key, sizeof key);
  peelian_verified_release_free(verified);
  verified = NULL;
  CHECK_OK(peelian_release_verify(folder, key, &verified, &error));
  peelian_verified_release_free(verified);
  verified = NULL;
  memset(other, '0', 64);
  other[64] = '\0';
  CHECK_FAILS(peelian_release_verify(folder, other, &verified, &error), PEELIAN_STATUS_ALTERED, "is signed with the key");
  edit(folder, "observations.csv");
  CHECK_FAILS(peelian_release_verify(folder, key, &verified, &error), PEELIAN_STATUS_ALTERED, "observations.csv was changed");
  edit(folder, "manifest.json");
  CHECK_FAILS(peelian_release_verify(folder, key, &verified, &error), PEELIAN_STATUS_ALTERED, "manifest.json");
  CHECK_FAILS(peelian_release_verify(NULL, NULL, &verified, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "folder");
  CHECK_FAILS(peelian_release_verify(folder, NULL, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "out");
  CHECK(verified == NULL && peelian_verified_release_get(NULL) == NULL);
  peelian_verified_release_free(NULL);
}

int main(int argc, char **argv) {
  peelian_error *error = NULL;
  if (argc != 3) {
    return 2;
  }
  CHECK_OK(peelian_client_connect(argv[1], &client, &error));
  lists();
  queries();
  files(argv[2]);
  peelian_client_free(client);
  return failures != 0;
}
