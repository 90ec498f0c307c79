/* Lists the releases of an exchange, prints figures of one, and writes its files to a folder, which it checks.
 *
 *   cc read_release.c $(pkg-config --cflags --libs peelian) -o read_release
 *   ./read_release 127.0.0.1:50829 2017-03 hate-crime-reports borough latest:1 ./2017-03
 */
#include <stdio.h>

#include <peelian.h>

static peelian_status print_releases(const peelian_client *client, peelian_error **error) {
  peelian_releases *releases = NULL;
  peelian_status status = peelian_client_releases(client, &releases, error);
  if (status != PEELIAN_STATUS_OK) {
    return status;
  }
  for (size_t i = 0; i < peelian_releases_count(releases); i++) {
    const peelian_release *release = peelian_releases_get(releases, i);
    printf("%-12s %-12s %s: %llu observations, %llu of them withheld\n", release->id, release->state, release->title,
           (unsigned long long)release->observations, (unsigned long long)release->withheld);
  }
  peelian_releases_free(releases);
  return PEELIAN_STATUS_OK;
}

static peelian_status fill(peelian_query *query, char **selection, peelian_error **error) {
  peelian_status status = peelian_query_set_release(query, selection[0], error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_measure(query, selection[1], error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_area(query, selection[2], error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_period(query, selection[3], error);
  }
  return status;
}

static peelian_status print_figures(const peelian_client *client, char **selection, peelian_error **error) {
  peelian_query *query = NULL;
  peelian_result *result = NULL;
  peelian_status status = peelian_query_new(&query, error);
  if (status == PEELIAN_STATUS_OK) {
    status = fill(query, selection, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_client_query(client, query, &result, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    for (size_t i = 0; i < peelian_result_count(result); i++) {
      const peelian_observation *found = peelian_result_get(result, i);
      /* A withheld value is NaN, and never 0. Its marker is "[c]". */
      if (found->missing != NULL) {
        printf("%-24s %-10s %10s %s (%s)\n", found->area_label, found->period, found->marker, found->missing, found->release);
      } else {
        printf("%-24s %-10s %10.4g (%s)\n", found->area_label, found->period, found->value, found->release);
      }
    }
  }
  peelian_result_free(result);
  peelian_query_free(query);
  return status;
}

static peelian_status export_and_check(const peelian_client *client, const char *release, const char *folder,
                                       peelian_error **error) {
  size_t files = 0;
  peelian_verified_release *verified = NULL;
  peelian_status status = peelian_client_export_release(client, release, folder, &files, error);
  if (status != PEELIAN_STATUS_OK) {
    return status;
  }
  printf("%zu files are in %s\n", files, folder);
  /* NULL: the key that the manifest names. Compare it with the one that the publisher has made known elsewhere. */
  status = peelian_release_verify(folder, NULL, &verified, error);
  if (status == PEELIAN_STATUS_OK) {
    printf("They are as they were published, signed with %s\n", peelian_verified_release_get(verified)->public_key);
  }
  peelian_verified_release_free(verified);
  return status;
}

int main(int argc, char **argv) {
  peelian_client *client = NULL;
  peelian_error *error = NULL;

  if (argc != 7) {
    fprintf(stderr, "usage: %s HOST:PORT RELEASE MEASURE AREA PERIOD FOLDER\n", argv[0]);
    return 2;
  }
  peelian_status status = peelian_client_connect(argv[1], &client, &error);
  if (status == PEELIAN_STATUS_OK) {
    status = print_releases(client, &error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = print_figures(client, argv + 2, &error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = export_and_check(client, argv[2], argv[6], &error);
  }
  if (status != PEELIAN_STATUS_OK) {
    fprintf(stderr, "%s %s\n", peelian_error_message(error), peelian_error_code(error));
  }
  peelian_error_free(error);
  peelian_client_free(client);
  return status == PEELIAN_STATUS_OK ? 0 : 1;
}
