/* Peelian: computes, checks, submits and queries outcome measures of policing and justice.
 *
 * Generated from the source of the library: do not edit.
 *
 * ERRORS. A function that can fail returns a peelian_status. It writes its outputs only if the status is
 * PEELIAN_STATUS_OK. Its last argument takes an error object that says more: pass the address of a pointer that is NULL,
 * and free the error with peelian_error_free(). Pass NULL if the status is enough. A fault inside the library gives
 * PEELIAN_STATUS_INTERNAL: no panic and no exception leaves the library.
 *
 * POINTERS. PEELIAN_STATUS_INVALID_ARGUMENT is the status if a required pointer is NULL, a pointer is misaligned, or a
 * text is not UTF-8. Any other pointer must point to an object of its type for the duration of the call. An object that
 * the call changes must not be used elsewhere during the call. Texts end with NUL. The library keeps nothing that is
 * passed in after the call, unless the comment of the function says so.
 *
 * OWNERSHIP. A function with an output `out` makes an object. The object belongs to the caller, who frees it once with
 * the function that has its name and the suffix _free. That function does nothing for NULL. The content of an object is
 * read through views: const structures and texts. They belong to the object and are valid until it is freed. Later
 * versions may add members at the end of a view, so a program must not make a view itself, nor copy one by its size.
 *
 * THREADS. Any thread may call any function. Two threads may use two objects at the same time. They may use one object at
 * the same time only where the comment of its type or section says so.
 *
 * UNITS. Proportions and confidence levels lie between 0 and 1. Days are texts, "2017-02-01". Areas are codes of the
 * Office for National Statistics. A number that is not known is NaN, never 0.
 *
 * VERSIONS. "Since" names the version in which a function was added.
 */


#ifndef PEELIAN_H
#define PEELIAN_H


#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of this header, "0.1.0". */
#define PEELIAN_VERSION "0.1.0"
#define PEELIAN_VERSION_MAJOR 0
#define PEELIAN_VERSION_MINOR 1
#define PEELIAN_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* The structures of the Arrow C data interface and the Arrow C stream interface, copied from their specification
 * (arrow.apache.org/docs/format/CDataInterface.html). Other headers define them under the same guards. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char *format;
  const char *name;
  const char *metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema **children;
  struct ArrowSchema *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void **buffers;
  struct ArrowArray **children;
  struct ArrowArray *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
  int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
  const char *(*get_last_error)(struct ArrowArrayStream *);
  void (*release)(struct ArrowArrayStream *);
  void *private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

#ifdef __cplusplus
} /* extern "C" */
#endif

#ifdef __cplusplus
extern "C" {
#endif


/* Version
 * =======
 *
 * Texts belong to the library and are valid until the process ends.
 * Any number of threads may call these functions at the same time.
 */

// The version of the binary interface that this header describes. Compare it with peelian_abi_version(): if the two
// differ, the program was compiled against another library than the one that is loaded.
#define PEELIAN_ABI_VERSION 1

// The version of the library that is loaded, "0.1.0"; PEELIAN_VERSION is the version of the header. The text belongs to
// the library.
// Since 0.1.0.
const char *peelian_version(void);

// The version of the binary interface of the library that is loaded. It changes when a program that was compiled
// against an older header would go wrong. It does not change when functions are added, or members at the end of a view.
// Since 0.1.0.
uint32_t peelian_abi_version(void);


/* Errors and findings
 * ===================
 *
 * The caller frees an error with peelian_error_free(); its texts and findings belong to it.
 * Any number of threads may read one error or its findings at the same time.
 */

// The status of a call. A number is never used again for something else. Later versions may add numbers.
typedef enum peelian_status {
  // The call succeeded, and the outputs are written.
  PEELIAN_STATUS_OK = 0,
  // An argument is NULL, misaligned, not UTF-8 or out of range, or it names nothing that exists. This is a fault of
  // the program.
  PEELIAN_STATUS_INVALID_ARGUMENT = 1,
  // A fault of the library. Free the objects that the call was given, and do not use them otherwise.
  PEELIAN_STATUS_INTERNAL = 2,
  // All records are refused. This is a fault of the data. The code and the findings of the error say why.
  PEELIAN_STATUS_REFUSED = 3,
  // The query cannot be answered in this form.
  PEELIAN_STATUS_QUERY = 4,
  // A file cannot be read or used.
  PEELIAN_STATUS_IO = 5,
  // No exchange answers at the address, it stopped answering, or it cannot be reached with the encryption that is wanted.
  PEELIAN_STATUS_UNREACHABLE = 6,
  // The exchange refused the call, or failed. The code of the error is the reason.
  PEELIAN_STATUS_EXCHANGE = 7,
  // The caller stopped the call, or it took longer than its time.
  PEELIAN_STATUS_CANCELLED = 8,
  // The folder of a release is not as it was published. The message names each difference.
  PEELIAN_STATUS_ALTERED = 9,
} peelian_status;

// Why a call failed. Free it with peelian_error_free().
typedef struct peelian_error peelian_error;

// Findings, in the order of rows. The findings of a receipt or of an error belong to it. Any number of threads may read
// them at the same time.
typedef struct peelian_findings peelian_findings;

// One finding in records. It belongs to the object that it was read from. No text is NULL.
typedef struct peelian_finding {
  // Code: "PEEL-5004". A code is never used again for something else.
  const char *code;
  // "ERROR", "WARNING" or "INFO".
  const char *severity;
  // Scope: "BATCH", "ROW" or "FIELD".
  const char *scope;
  // Number of the row. The first row after the header is 1. 0 where the finding is about all rows.
  uint64_t row;
  // Field; empty where the finding is about the whole row.
  const char *field;
  // Value that was rejected, shortened; empty where the value is personal.
  const char *value;
  // Rule that was broken.
  const char *rule;
  // What is wrong and what to do.
  const char *message;
} peelian_finding;

// Frees findings that peelian_client_findings() gave, and no others. Does nothing for NULL.
// Since 0.1.0.
void peelian_findings_free(struct peelian_findings *findings);

// The number of findings; 0 for NULL. At most 1,000 findings with the same code are kept.
// Since 0.1.0.
size_t peelian_findings_count(const struct peelian_findings *findings);

// A finding, from 0; NULL beyond the last. It belongs to the object that the findings were read from.
// Since 0.1.0.
const struct peelian_finding *peelian_findings_get(const struct peelian_findings *findings, size_t index);

// The status of the call that failed; PEELIAN_STATUS_OK for NULL.
// Since 0.1.0.
enum peelian_status peelian_error_status(const struct peelian_error *error);

// The message for a person: what is wrong and what to do. NULL for NULL. It belongs to the error.
// Since 0.1.0.
const char *peelian_error_message(const struct peelian_error *error);

// The code for a program: the code of the finding that refuses the records, "PEEL-1011", or the reason that the
// exchange gave. Empty where there is neither; NULL for NULL. It belongs to the error.
// Since 0.1.0.
const char *peelian_error_code(const struct peelian_error *error);

// The findings in records that have too many errors. Other errors have no findings; NULL for NULL. The findings belong
// to the error.
// Since 0.1.0.
const struct peelian_findings *peelian_error_findings(const struct peelian_error *error);

// Frees an error. Does nothing for NULL.
// Since 0.1.0.
void peelian_error_free(struct peelian_error *error);


/* Catalogue: areas, agencies, datasets and measures
 * =================================================
 *
 * Everything here belongs to the library and is valid until the process ends; nothing is freed.
 * Any number of threads may read it at the same time.
 */

// What an agency may submit of one dataset. It belongs to the library. No text is NULL.
typedef struct peelian_remit {
  // Identifier of the dataset: "crime".
  const char *dataset;
  // Measures whose figures may be submitted, without their variants; "istv-*" stands for all that begin so. No measures
  // where every measure may be submitted.
  const char *const *measures;
  // Number of measures.
  size_t measure_count;
  // Codes of the areas and sites. The areas within them are included.
  const char *const *areas;
  // Number of areas.
  size_t area_count;
  // First day that rows may lie on, "2017-02-01"; empty where there is no limit.
  const char *valid_from;
  // Last day that rows may lie on; empty where there is no limit.
  const char *valid_to;
  // Whether the rows count before those of other agencies: "primary", or "secondary" for rows that count only where no
  // primary agency submitted them.
  const char *role;
  // Areas in which a month without rows is zero: "all" of the remit, those in the "rows", or "nothing".
  const char *covers;
  // Kind of the periods that reports are expected for: "M", "Q", "FY". Empty where none is expected.
  const char *every;
  // Number of days after the end of a period on which its report is due.
  uint32_t due_days;
  // Number of months after the end of a month for which its records are revised. Until then, what is computed from them
  // is provisional. 0 if this is not known.
  uint32_t revised_months;
} peelian_remit;

// An agency that may submit. It belongs to the library. No text is NULL.
typedef struct peelian_agency {
  // Identifier under which it submits: "mps".
  const char *id;
  // Name for people.
  const char *name;
  // Kind: "police", "borough", "nhs_trust".
  const char *kind;
  // What it may submit. Anything else is refused.
  const struct peelian_remit *const *remits;
  // Number of remits.
  size_t remit_count;
} peelian_agency;

// One area. It belongs to the library. No text is NULL.
typedef struct peelian_area {
  // Code: "E09000028".
  const char *code;
  // Name: "Southwark".
  const char *name;
  // Level: "borough", "ward", "london".
  const char *level;
} peelian_area;

// One code. It belongs to the library. No text is NULL.
typedef struct peelian_code {
  // The code itself.
  const char *code;
  // Label for readers.
  const char *label;
} peelian_code;

// One field of a dataset. It belongs to the library. No text is NULL.
typedef struct peelian_field {
  // Name, as in the CSV header.
  const char *name;
  // What it means.
  const char *description;
  // Type: "key", "pseudonym", "date", "timestamp", "code", "set", "integer", "number", "boolean", "area", "period",
  // "weight" or "text".
  const char *field_type;
  // Whether every row must have it.
  bool required;
  // Whether the exchange derives it: it is not submitted.
  bool derived;
  // Whether its value is personal: findings never quote it.
  bool personal;
  // Condition under which a row must have it; empty if there is no condition.
  const char *required_when;
  // Dataset that it refers to; empty if it refers to no dataset.
  const char *references;
  // Codes that it may have; no codes where its type is not "code" or "set".
  const struct peelian_code *const *codes;
  // Number of codes.
  size_t code_count;
} peelian_field;

// A kind of record that partners submit. It belongs to the library. No text is NULL.
typedef struct peelian_dataset {
  // Identifier: "crime".
  const char *id;
  // Title.
  const char *title;
  // What a row stands for.
  const char *description;
  // Header row of its CSV files, without a line end.
  const char *csv_header;
  // "open", "pseudonymised", "special_category" or "reidentifiable".
  const char *sensitivity;
  // Who submits it.
  const char *supplied_by;
  // Fields, in the order of the CSV header, including those that the exchange derives.
  const struct peelian_field *const *fields;
  // Number of fields.
  size_t field_count;
  // Names of the fields that identify a row; no names where rows have no identifier.
  const char *const *key;
  // Number of names.
  size_t key_count;
} peelian_dataset;

// The definition of one measure. It belongs to the library. No text is NULL.
typedef struct peelian_measure {
  // Identifier, with the variant: "repeat-victim-share.victims-prior-12m".
  const char *id;
  // Version of the definition.
  uint32_t version;
  // Title.
  const char *title;
  // Question that the measure answers.
  const char *question;
  // What is counted: "crime", "person", "respondent".
  const char *unit;
  // Design: "count", "rate", "proportion".
  const char *design;
  // Kind of value: "count", "proportion", "percentage_points", "rate_per_100", "rate_per_1k", "rate_per_10k",
  // "rate_per_100k", "ratio", "index", "score", "days".
  const char *value_kind;
  // Dataset that the measure is computed from; empty where only submitted figures exist.
  const char *dataset;
  // Which direction is better: "higher_is_better", "lower_is_better" or "neutral".
  const char *polarity;
  // Whether the plan wants more victims to report, so that an increase alone is not worse.
  bool reporting_increase_wanted;
  // Whether the values of parts add up to the value of the whole.
  bool additive;
  // What the area is the place of: "location_of_offence", "respondent_residence".
  const char *geo_basis;
  // Disclosure rule that a release applies: "D-SENS".
  const char *disclosure;
  // Method of the interval.
  const char *interval_method;
  // Lines of the plan that the measure is taken from.
  const char *plan_reference;
  // Dimensions by which values can be broken down.
  const char *const *breakdowns;
  // Number of dimensions.
  size_t breakdown_count;
  // Kinds of period offered: "M", "Q", "R12", "CY", "FY".
  const char *const *periods;
  // Number of kinds of period.
  size_t period_count;
  // Caveats: what to know before using the values.
  const char *const *caveats;
  // Number of caveats.
  size_t caveat_count;
  // Sources of the definition, each with its status.
  const char *const *sources;
  // Number of sources.
  size_t source_count;
  // Kinds of agency whose own figures are authoritative, "police", the first before the others. Figures of other kinds
  // are alternatives: see peelian_result_alternative_get().
  const char *const *authority;
  // Number of kinds of agency.
  size_t authority_count;
  // Measures to read with this one. For a contextual measure, answers have their values: see
  // peelian_result_companion_get().
  const char *const *companions;
  // Number of companions.
  size_t companion_count;
} peelian_measure;

// A named, ordered list of measures, which one query answers. It belongs to the library. No text is NULL.
typedef struct peelian_profile {
  // Identifier: "children-and-young-people".
  const char *id;
  // Title.
  const char *title;
  // Whom it is for, and what to know before using it.
  const char *description;
  // Measures with their variants, in their order.
  const char *const *measures;
  // Number of measures.
  size_t measure_count;
  // Period that "baseline" compares with; empty where there is none.
  const char *baseline;
} peelian_profile;

// The number of agencies in the register that the library carries. The operator of an exchange may have added others.
// Since 0.1.0.
size_t peelian_agency_count(void);

// An agency, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
// Since 0.1.0.
const struct peelian_agency *peelian_agency_get(size_t index);

// The agency with an identifier, "mps". NULL if there is no such agency, or `id` is NULL or not UTF-8. It belongs to the
// library.
// Since 0.1.0.
const struct peelian_agency *peelian_agency_find(const char *id);

// The number of areas, including past ones.
// Since 0.1.0.
size_t peelian_area_count(void);

// An area, from 0; NULL beyond the last. It belongs to the library.
// Since 0.1.0.
const struct peelian_area *peelian_area_get(size_t index);

// The area with a code, "E09000028". NULL if there is no such area, or `code` is NULL or not UTF-8. It belongs to the
// library.
// Since 0.1.0.
const struct peelian_area *peelian_area_find(const char *code);

// The number of datasets.
// Since 0.1.0.
size_t peelian_dataset_count(void);

// A dataset, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
// Since 0.1.0.
const struct peelian_dataset *peelian_dataset_get(size_t index);

// The dataset with an identifier, "crime". NULL if there is no such dataset, or `id` is NULL or not UTF-8. It belongs to
// the library.
// Since 0.1.0.
const struct peelian_dataset *peelian_dataset_find(const char *id);

// The number of measures.
// Since 0.1.0.
size_t peelian_measure_count(void);

// A measure, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
// Since 0.1.0.
const struct peelian_measure *peelian_measure_get(size_t index);

// The measure with an identifier, in the form that a query takes. An identifier without a variant,
// "repeat-victim-share", means the default variant. NULL if there is no such measure, or `id` is NULL or not UTF-8. It
// belongs to the library.
// Since 0.1.0.
const struct peelian_measure *peelian_measure_find(const char *id);

// The number of profiles.
// Since 0.1.0.
size_t peelian_profile_count(void);

// A profile, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
// Since 0.1.0.
const struct peelian_profile *peelian_profile_get(size_t index);

// The profile with an identifier, "borough". NULL if there is no such profile, or `id` is NULL or not UTF-8. It belongs to the
// library.
// Since 0.1.0.
const struct peelian_profile *peelian_profile_find(const char *id);


/* Records
 * =======
 *
 * The caller frees records with peelian_records_free(), which also releases Arrow data that they share.
 * One thread at a time may use the same records.
 */

// Records of one dataset, and the period and the areas that they report on. Free it with peelian_records_free(). One thread at a time
// may use it.
typedef struct peelian_records peelian_records;

// Makes records that have no row yet. Set their values with peelian_records_set_text() and the functions like it, and
// end each row with peelian_records_end_row().
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset.
// Since 0.1.0.
enum peelian_status peelian_records_new(const char *dataset_id,
                                        struct peelian_records **out,
                                        struct peelian_error **error);

// Makes records from `length` bytes of CSV: RFC 4180, UTF-8, with a header row that names the fields. The bytes are
// copied. They are read when the records are validated, added or submitted.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset.
// Since 0.1.0.
enum peelian_status peelian_records_from_csv(const char *dataset_id,
                                             const uint8_t *csv,
                                             size_t length,
                                             struct peelian_records **out,
                                             struct peelian_error **error);

// Makes records from a CSV file, which is read whole. The path is UTF-8.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset, PEELIAN_STATUS_IO if the file cannot be read.
// Since 0.1.0.
enum peelian_status peelian_records_from_csv_file(const char *dataset_id,
                                                  const char *path,
                                                  struct peelian_records **out,
                                                  struct peelian_error **error);

// Applies a mapping to records from CSV, which may be the file of a local system: each column is renamed to its field or left
// out, values are recoded, dates are read in their format, and constants are added. `mapping` is the text of the mapping in
// TOML; docs/files.md describes it, and `peelian map` drafts one. A column that the mapping does not name keeps its heading.
// Findings name the line and the column of the original file.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the mapping is wrong, which the message says with its line, or if the records are not
// from CSV; PEELIAN_STATUS_REFUSED if the CSV cannot be read or lacks a column that the mapping names. The records are then
// as before.
// Since 0.1.0.
enum peelian_status peelian_records_apply_mapping(struct peelian_records *records,
                                                  const char *mapping,
                                                  struct peelian_error **error);

// Sets the first and the last day that the records report on, as "2017-02-01". A row outside this period is an error,
// and a month of the period that has no row is 0. Without a period, records that are added cover the whole months from
// their first to their last date. A submission states its own period.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if a text is not a day, or the last day is before the first.
// Since 0.1.0.
enum peelian_status peelian_records_set_period(struct peelian_records *records,
                                               const char *first_day,
                                               const char *last_day,
                                               struct peelian_error **error);

// Adds an area that the records report on, by its code, "E09000028", or its name. The areas within it are included. In
// these areas, a month of the period that has no row is 0. Any other area is not submitted, and so is an area of which
// only a part is covered: London, if only one borough is. Without areas, the areas that occur in the records are covered.
// A submission covers the areas of its agency's remit.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such area.
// Since 0.1.0.
enum peelian_status peelian_records_add_area(struct peelian_records *records,
                                             const char *area,
                                             struct peelian_error **error);

// Sets the agency as which the records are checked, "southwark". Records outside its remit are then errors: another area,
// another trust's site, another measure. Figures are then those of this agency. By default no remit is checked, and
// figures are taken as authoritative. A submission states its own agency.
//
// Whether the register has the agency is checked when the records are validated or added: the status is then
// PEELIAN_STATUS_REFUSED if it does not, or if the agency has no remit for the dataset.
// Since 0.1.0.
enum peelian_status peelian_records_set_agency(struct peelian_records *records,
                                               const char *agency,
                                               struct peelian_error **error);

// Sets whether the records are synthetic. Values that are computed from synthetic records are marked as synthetic. By
// default the records are not synthetic.
// Since 0.1.0.
enum peelian_status peelian_records_set_synthetic(struct peelian_records *records,
                                                  bool synthetic,
                                                  struct peelian_error **error);

// Frees records, and releases the Arrow data that they share. Does nothing for NULL.
// Since 0.1.0.
void peelian_records_free(struct peelian_records *records);

// Makes records from a stream of the Arrow C stream interface, without copying the data. The stream has a column for
// each field of the records, with the name of the field. This call reads the stream to its end and releases it, also if
// it fails, unless `stream` or `out` is NULL or misaligned. The records hold the arrays of the stream until they are freed.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset, or the stream was released before;
// PEELIAN_STATUS_REFUSED if the stream fails or is not a stream of tables.
// Since 0.1.0.
enum peelian_status peelian_records_from_arrow_stream(const char *dataset_id,
                                                      struct ArrowArrayStream *stream,
                                                      struct peelian_records **out,
                                                      struct peelian_error **error);

// Makes records from one array of the Arrow C data interface: a structure with a member for each field of the records.
// This call takes the array over without copying it, and marks it as released, also if the call fails, unless a pointer
// is NULL or misaligned. The records hold the array until they are freed. The schema still belongs to the caller.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset, or the array or the schema was released before;
// PEELIAN_STATUS_REFUSED if the array is not a table.
// Since 0.1.0.
enum peelian_status peelian_records_from_arrow_array(const char *dataset_id,
                                                     struct ArrowArray *array,
                                                     const struct ArrowSchema *schema,
                                                     struct peelian_records **out,
                                                     struct peelian_error **error);

// Sets a field of the current row to a text, as in a CSV file: a code, a date ("2017-02-01"), a reference, a number or a
// set ("race;religion"). NULL leaves the value missing. If a field is set twice, the last value counts.
//
// Values are checked when the records are validated, added or submitted.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the dataset has no such field, if the exchange derives the field, or if the records
// were not made by peelian_records_new().
// Since 0.1.0.
enum peelian_status peelian_records_set_text(struct peelian_records *records,
                                             const char *field,
                                             const char *value,
                                             struct peelian_error **error);

// Sets a field of the current row to a whole number, with the rules of peelian_records_set_text().
// Since 0.1.0.
enum peelian_status peelian_records_set_integer(struct peelian_records *records,
                                                const char *field,
                                                int64_t value,
                                                struct peelian_error **error);

// Sets a field of the current row to a number, with the rules of peelian_records_set_text(). NaN leaves the value
// missing.
// Since 0.1.0.
enum peelian_status peelian_records_set_number(struct peelian_records *records,
                                               const char *field,
                                               double value,
                                               struct peelian_error **error);

// Sets a field of the current row to yes or no, with the rules of peelian_records_set_text().
// Since 0.1.0.
enum peelian_status peelian_records_set_boolean(struct peelian_records *records,
                                                const char *field,
                                                bool value,
                                                struct peelian_error **error);

// Ends the current row. The next row begins with no value set.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the records were not made by peelian_records_new().
// Since 0.1.0.
enum peelian_status peelian_records_end_row(struct peelian_records *records, struct peelian_error **error);

// The number of rows: those that are ended, or those of the Arrow data. 0 for a CSV file, which is not read yet, and
// for NULL.
// Since 0.1.0.
size_t peelian_records_row_count(const struct peelian_records *records);


/* Receipts
 * ========
 *
 * The caller frees a receipt with peelian_receipt_free(); its details and findings belong to it.
 * Any number of threads may read one receipt at the same time.
 */

// What was done with records, and the findings in them. Free it with peelian_receipt_free().
typedef struct peelian_receipt peelian_receipt;

// What was done with records. It belongs to its receipt. For a submission, received = created + updated + unchanged +
// deleted + not_held + rejected. Records that were only checked, or added to local records, are counted as received and
// as rejected, and the other numbers are 0.
typedef struct peelian_receipt_details {
  // Rows received.
  uint64_t received;
  // Rows left out because they have errors.
  uint64_t rejected;
  // Findings that are errors, including those that are not kept.
  uint64_t errors;
  // Findings that are warnings.
  uint64_t warnings;
  // Findings that are information.
  uint64_t infos;
  // Rows that the exchange did not hold before.
  uint64_t created;
  // Rows that the exchange held with other values.
  uint64_t updated;
  // Rows that the exchange held with the same values.
  uint64_t unchanged;
  // Rows that the exchange held in the period and that the replacement does not have.
  uint64_t deleted_by_replacement;
  // Rows that a deletion removed.
  uint64_t deleted;
  // Rows of a deletion that the exchange did not hold.
  uint64_t not_held;
  // Position in the ledger after the submission.
  uint64_t ledger_position;
  // Whether this was a dry run, which writes nothing.
  bool dry_run;
  // Name of the submission: "agencies/mps/submissions/01J..."; empty for a dry run and for local records.
  const char *submission;
  // Name of the submission that was in force before for the same slice; empty if there was none.
  const char *superseded;
  // Identifier of the request, which names the submission to those who operate the exchange; empty for local records.
  const char *request_id;
  // Whether the exchange had received the same submission before: this is the receipt of then, and nothing was written.
  bool replayed;
  // SHA-256 of the content that the exchange received, in hexadecimal; empty for local records.
  const char *content_sha256;
} peelian_receipt_details;

// The numbers of a receipt; NULL for NULL. They belong to the receipt.
// Since 0.1.0.
const struct peelian_receipt_details *peelian_receipt_get(const struct peelian_receipt *receipt);

// The findings of a receipt: errors, warnings and information, in the order of rows. NULL for NULL. They belong to the
// receipt. The receipt of a submission has the first 100 findings; peelian_client_findings() gets all.
// Since 0.1.0.
const struct peelian_findings *peelian_receipt_findings(const struct peelian_receipt *receipt);

// Frees a receipt with its details and findings. Does nothing for NULL.
// Since 0.1.0.
void peelian_receipt_free(struct peelian_receipt *receipt);


/* Queries
 * =======
 *
 * The caller frees a query with peelian_query_free(); a call that answers the query does not keep it.
 * One thread at a time may change a query; any number may ask with it while no thread changes it.
 */

// A selection of values: measures, areas and periods. Free it with peelian_query_free(). One thread at a time may
// change it. Any number of threads may ask with it at the same time.
typedef struct peelian_query peelian_query;

// Makes a query that is empty.
// Since 0.1.0.
enum peelian_status peelian_query_new(struct peelian_query **out, struct peelian_error **error);

// Adds a measure by its identifier. The identifier has the variant and may have the version:
// "repeat-victim-share.victims-prior-12m@1". A query may have 100 measures. Whether the measure exists is checked when
// the query is asked.
// Since 0.1.0.
enum peelian_status peelian_query_add_measure(struct peelian_query *query,
                                              const char *measure,
                                              struct peelian_error **error);

// Adds an area by its code, "E09000028", or all areas of a level: "borough" means all boroughs.
// Since 0.1.0.
enum peelian_status peelian_query_add_area(struct peelian_query *query,
                                           const char *area,
                                           struct peelian_error **error);

// Adds a period: "2017-02", "2016/17-Q2", "R12-2017-02" (12 months to February), "CY2016", "2016/17"; a range
// "2016-01..2016-12"; or "latest:24" for the latest 24 months, "latest:8:R12" for another kind of period.
// Since 0.1.0.
enum peelian_status peelian_query_add_period(struct peelian_query *query,
                                             const char *period,
                                             struct peelian_error **error);

// Breaks the values down by a dimension that the measure offers: "sex". A query without a breakdown gets the total.
// Since 0.1.0.
enum peelian_status peelian_query_add_breakdown(struct peelian_query *query,
                                                const char *dimension,
                                                struct peelian_error **error);

// Compares each value with another value, or with the series before it: "previous_window", "same_period_last_year", "london",
// "reference_group", "nation" (England and Wales), "funnel" (position around London's value), "trend" (five years),
// "process_control" (at most 24 months or quarters) or "baseline". "reference_group" needs
// peelian_query_set_reference_group(), and "baseline" needs peelian_query_set_baseline() or a profile that has one.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
// Since 0.1.0.
enum peelian_status peelian_query_add_comparison(struct peelian_query *query,
                                                 const char *comparison,
                                                 struct peelian_error **error);

// Sets the group that "reference_group" compares with, as dimension=code: "ethnic_group=white".
// Since 0.1.0.
enum peelian_status peelian_query_set_reference_group(struct peelian_query *query,
                                                      const char *group,
                                                      struct peelian_error **error);

// Asks for values of one basis only: "submitted_figure" or "computed_from_records". By default the answer has both.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
// Since 0.1.0.
enum peelian_status peelian_query_set_basis(struct peelian_query *query,
                                            const char *basis,
                                            struct peelian_error **error);

// Asks for the own figures of one agency: "southwark". Values from records are then left out. By default the answer has
// the figures of the authoritative source, and the values from records. Figures in this process are those of the agency
// that peelian_records_set_agency() names. Whether the register has the agency is checked when the query is asked.
// Since 0.1.0.
enum peelian_status peelian_query_set_source(struct peelian_query *query,
                                             const char *agency,
                                             struct peelian_error **error);

// Sets the confidence level of the intervals, between 0 and 1. It is 0.95 by default.
// Since 0.1.0.
enum peelian_status peelian_query_set_confidence(struct peelian_query *query,
                                                 double confidence,
                                                 struct peelian_error **error);

// Sets whether changes are computed across a declared break in a series. By default they are not.
// Since 0.1.0.
enum peelian_status peelian_query_set_allow_break(struct peelian_query *query,
                                                  bool allow,
                                                  struct peelian_error **error);

// Asks for the measures of a profile, before those of peelian_query_add_measure(): "children-and-young-people". Whether the
// profile exists is checked when the query is asked.
// Since 0.1.0.
enum peelian_status peelian_query_set_profile(struct peelian_query *query,
                                              const char *profile,
                                              struct peelian_error **error);

// Sets the period that "baseline" compares with: "2011/12". By default it is the baseline of the profile.
// Since 0.1.0.
enum peelian_status peelian_query_set_baseline(struct peelian_query *query,
                                               const char *period,
                                               struct peelian_error **error);

// Sets whether the companions of contextual measures are answered with them: see peelian_result_companion_get(). By default
// they are. Rows that are read for one query, as by peelian_compute(), have only what the named measures need: they give no
// companions.
// Since 0.1.0.
enum peelian_status peelian_query_set_companions(struct peelian_query *query,
                                                 bool companions,
                                                 struct peelian_error **error);

// Reads the ledger of the exchange as it was at an instant, in seconds since 1970-01-01T00:00:00Z. By default it is read
// as it is now. For a caller without live figures, it chooses the releases that were in force then. Local records have no past, so
// this does not change their answers.
// Since 0.1.0.
enum peelian_status peelian_query_set_as_of(struct peelian_query *query,
                                            int64_t seconds,
                                            struct peelian_error **error);

// Reads one release of the exchange, by its identifier, "2017-03": its figures are frozen and protected. By default, and for the
// empty text, the answer has live figures if an agreement gives the caller any of them, and else those of the releases in force.
// The member `release` of each value says which it is. Not together with peelian_query_set_as_of(). Local records are no release,
// so this does not change their answers.
//
// Whether the release exists is checked when the query is asked.
// Since 0.1.0.
enum peelian_status peelian_query_set_release(struct peelian_query *query,
                                              const char *release,
                                              struct peelian_error **error);

// Frees a query. Does nothing for NULL.
// Since 0.1.0.
void peelian_query_free(struct peelian_query *query);


/* Results
 * =======
 *
 * The caller frees a result with peelian_result_free(); what is read from it belongs to it.
 * Any number of threads may read one result at the same time.
 */

// Values of measures. Free it with peelian_result_free(). Any number of threads may read it at the same time.
typedef struct peelian_result peelian_result;

// One value of one measure, with all that is needed to use it. It belongs to its result. A text is NULL only where its
// comment says so. A number that is not known is NaN.
typedef struct peelian_observation {
  // Measure, with its variant.
  const char *measure;
  // Title of the measure.
  const char *measure_label;
  // Version of the definition.
  uint32_t measure_version;
  // Area code: "E09000028".
  const char *area;
  // Area name.
  const char *area_label;
  // Period: "2017-02".
  const char *period;
  // Kind of period: "month".
  const char *period_kind;
  // First day of the period: "2017-02-01".
  const char *period_start;
  // Last day of the period.
  const char *period_end;
  // Breakdown, "sex=female;age_band=18_24"; empty for the total.
  const char *breakdown;
  // Labels of the codes of the breakdown.
  const char *breakdown_label;
  // Basis of the value: "computed_from_records" or "submitted_figure".
  const char *basis;
  // Whether any contributing records are synthetic.
  bool synthetic;
  // The value, in the unit of the measure; NaN where it is missing. A proportion lies between 0 and 1, percentage points
  // between -100 and 100.
  double value;
  // Why the value is missing: "suppressed", "not_submitted"; NULL where there is a value.
  const char *missing;
  // Shorthand markers of the Government Statistical Service, "[c]", "[low]"; empty for an ordinary value.
  const char *marker;
  // Kind of value: "count", "proportion", "percentage_points", "rate_per_100", "rate_per_1k", "rate_per_10k",
  // "rate_per_100k", "ratio", "index", "score", "days".
  const char *value_kind;
  // What is counted: "crime", "person", "respondent".
  const char *unit;
  // Numerator.
  double numerator;
  // Denominator; NaN where the measure has none.
  double denominator;
  // Lower limit of the interval, in the unit of the value.
  double lower;
  // Upper limit.
  double upper;
  // Confidence level, between 0 and 1.
  double confidence;
  // Method of the interval, "wilson"; NULL where there is no interval.
  const char *method;
  // Number of respondents, for a survey.
  double unweighted_base;
  // Effective number of respondents, for a weighted survey.
  double effective_n;
  // Status of the observation, a letter of SDMX CL_OBS_STATUS.
  const char *obs_status;
  // Confidentiality, a letter of SDMX CL_CONF_STATUS.
  const char *conf_status;
  // Number of months, sites or submissions that were expected.
  uint32_t expected;
  // Number of these that were received.
  uint32_t received;
  // Change in the first comparison of the query: a ratio for counts and rates, otherwise a difference in percentage points. For all
  // comparisons see peelian_result_comparison_get().
  double change;
  // Unit of the change, "percentage_points" or "ratio"; NULL where there is no change.
  const char *change_kind;
  // Period, area or group that the value is compared with; NULL if the query has no comparison.
  const char *change_against;
  // Lower limit of the change.
  double change_lower;
  // Upper limit of the change.
  double change_upper;
  // "higher", "lower", "no clear change" or "not compared"; NULL if the query has no comparison.
  const char *change_verdict;
  // Agency and publication of a submitted figure, or the agencies whose records contributed, joined by "; ".
  const char *sources;
  // Caveats: what to know before using the value, joined by "; ".
  const char *caveats;
  // Breaks of the series within the period, joined by "; ".
  const char *breaks;
  // Position of the ledger from which the value was read; 1 or more for local records.
  uint64_t ledger_position;
  // Release from which the value was read, "releases/2017-03"; empty for the live ledger and for local records.
  const char *release;
} peelian_observation;

// The comparison of a value with the value of another period, area or group. It belongs to its result. Only `method`
// may be NULL. A number that is not known is NaN.
typedef struct peelian_comparison {
  // The kind, as in peelian_query_add_comparison.
  const char *kind;
  // Period, periods, area or group that the value is compared with.
  const char *against;
  // The other value, in the unit of the measure.
  double against_value;
  // The change: a ratio for counts and rates, otherwise a difference.
  double change;
  // Unit of the change, "percentage_points" or "ratio"; empty where there is no change.
  const char *change_kind;
  // Lower limit of the change. For "funnel", the 99.8% limit around the other value; for "process_control", the limit of the
  // process.
  double lower;
  // Upper limit, likewise.
  double upper;
  // Confidence level, between 0 and 1.
  double confidence;
  // Method of the interval; NULL where there is no interval.
  const char *method;
  // "higher", "lower", "no clear change" or "not compared". For "funnel" "within the limits", "above the 95% limits" and the
  // like; for "trend" "rising", "falling" or "no clear trend"; for "process_control" "within ordinary variation", "special
  // cause above the mean" or "special cause below the mean".
  const char *verdict;
  // Why there is no change, or what to know about the change; may be empty.
  const char *note;
  // Smallest rise that the test would have called clear, in the form of the change.
  double smallest_clear_change;
  // P-value of the gap to the reference group, adjusted for all groups of the breakdown; or of the test of an area, adjusted
  // for all areas of its level in the answer, if there are several (Holm 1979).
  double adjusted_p_value;
  // Number of cells of the whole answer, all of which are compared in this way.
  uint64_t comparisons_in_answer;
} peelian_comparison;

// One part of an observation that is read with its value: a stage of a funnel, a group of a gap. Read the kind first:
// it says what the value means. Later versions may add kinds, so a program leaves out components of a kind that it does
// not know. It belongs to its result. Only `method` may be NULL. A number that is not known is NaN.
typedef struct peelian_component {
  // Kind, which says what the value means: "stage". The enum ComponentKind in proto/peelian/v1/observation.proto has
  // all kinds with their meanings.
  const char *kind;
  // Code: the identifier of a stage, "charged"; a group as breakdown=code, "sex=female".
  const char *code;
  // Label of the code.
  const char *label;
  // What is counted: "crime", "defendant".
  const char *unit;
  // Number of subjects; NaN where it is not known or nothing is counted.
  double count;
  // Value. The kind says what it means.
  double value;
  // Lower limit of the value.
  double lower;
  // Upper limit of the value.
  double upper;
  // Confidence level, between 0 and 1.
  double confidence;
  // Method of the interval; NULL where there is no interval.
  const char *method;
  // Number of respondents, or subjects, that the value rests on.
  double unweighted_base;
  // Effective number of respondents, for a weighted survey.
  double effective_n;
  // Whether the unit differs from that of the component before, so that the value has no interval.
  bool unit_change;
} peelian_component;

// A figure for the same measure, area, period and breakdown that is not the one of the authoritative source. It belongs
// to its result. Only `missing` may be NULL. A number that is not known is NaN.
typedef struct peelian_alternative {
  // Agency that submitted it: "southwark".
  const char *agency;
  // Agency and publication.
  const char *source;
  // The value, in the unit of the measure; NaN where it is missing.
  double value;
  // Why the value is missing: "suppressed"; NULL where there is a value.
  const char *missing;
  // Numerator.
  double numerator;
  // Denominator; NaN where the measure has none.
  double denominator;
  // This value minus the value of the observation; NaN where one of them is missing.
  double difference;
  // Whether the figure is synthetic.
  bool synthetic;
} peelian_alternative;

// The value of a measure that is read with a contextual one, for the same area. It belongs to its result. A text is NULL only
// where its comment says so. A number that is not known is NaN.
typedef struct peelian_companion {
  // Measure, with its variant.
  const char *measure;
  // Title of the measure.
  const char *measure_label;
  // Period: that of the observation, or the 12 months to its end where the measure does not offer it.
  const char *period;
  // Breakdown: that of the observation, or empty where the measure does not offer it.
  const char *breakdown;
  // Basis of the value: "computed_from_records" or "submitted_figure".
  const char *basis;
  // Whether any contributing records are synthetic.
  bool synthetic;
  // The value, in the unit of the measure; NaN where it is missing.
  double value;
  // Why the value is missing: "not_submitted"; NULL where there is a value.
  const char *missing;
  // Shorthand markers of the Government Statistical Service; empty for an ordinary value.
  const char *marker;
  // Kind of value: "count", "proportion".
  const char *value_kind;
  // What is counted: "crime", "person", "respondent".
  const char *unit;
  // Numerator.
  double numerator;
  // Denominator; NaN where the measure has none.
  double denominator;
  // Lower limit of the interval, in the unit of the value.
  double lower;
  // Upper limit.
  double upper;
  // Confidence level, between 0 and 1.
  double confidence;
  // Method of the interval, "wilson"; NULL where there is no interval.
  const char *method;
  // Agency and publication of a submitted figure, or the agencies whose records contributed, joined by "; ".
  const char *sources;
  // Caveats: what to know before using the value, joined by "; ".
  const char *caveats;
} peelian_companion;

// The number of values, including those that are missing; 0 for NULL.
// Since 0.1.0.
size_t peelian_result_count(const struct peelian_result *result);

// A value, from 0; NULL beyond the last. It belongs to the result.
// Since 0.1.0.
const struct peelian_observation *peelian_result_get(const struct peelian_result *result, size_t index);

// The number of comparisons of the value at `index`; 0 for NULL.
// Since 0.1.0.
size_t peelian_result_comparison_count(const struct peelian_result *result, size_t index);

// A comparison of the value at `index`, from 0, in the order of the query; NULL beyond the last. It belongs to the
// result.
// Since 0.1.0.
const struct peelian_comparison *peelian_result_comparison_get(const struct peelian_result *result,
                                                               size_t index,
                                                               size_t which);

// The number of components of the value at `index`; 0 for NULL. Most values have none.
// Since 0.1.0.
size_t peelian_result_component_count(const struct peelian_result *result, size_t index);

// A component of the value at `index`, from 0; NULL beyond the last. It belongs to the result.
//
// Components of one kind follow each other, in the order of the definition of the measure.
// Since 0.1.0.
const struct peelian_component *peelian_result_component_get(const struct peelian_result *result,
                                                             size_t index,
                                                             size_t which);

// The number of alternatives of the value at `index`: figures of other agencies or publications for the same measure,
// area, period and breakdown. 0 for NULL. Most values have none.
// Since 0.1.0.
size_t peelian_result_alternative_count(const struct peelian_result *result, size_t index);

// An alternative of the value at `index`, from 0; NULL beyond the last. It belongs to the result. The value itself is of
// the authoritative source: `sources` of peelian_observation names it.
// Since 0.1.0.
const struct peelian_alternative *peelian_result_alternative_get(const struct peelian_result *result,
                                                                 size_t index,
                                                                 size_t which);

// The number of companions of the value at `index`: for a contextual measure, what the plan wants read with it. 0 for NULL.
// Since 0.1.0.
size_t peelian_result_companion_count(const struct peelian_result *result,
                                      size_t index);

// A companion of the value at `index`, from 0; NULL beyond the last. It belongs to the result. Companions of which no data
// are held are left out.
// Since 0.1.0.
const struct peelian_companion *peelian_result_companion_get(const struct peelian_result *result,
                                                             size_t index,
                                                             size_t which);

// Gives a result as a stream of the Arrow C stream interface. The stream has one table with a row for each value. Its
// columns are the members of peelian_observation, and `comparisons`, `components`, `alternatives` and `companions` as lists
// of structures. The stream shares the values with the result and may outlive it. The caller releases the stream.
// Since 0.1.0.
enum peelian_status peelian_result_to_arrow_stream(const struct peelian_result *result,
                                                   struct ArrowArrayStream *out,
                                                   struct peelian_error **error);

// Gives a result as one array of the Arrow C data interface: a structure whose members are the columns of
// peelian_result_to_arrow_stream(). The caller releases the array and the schema.
// Since 0.1.0.
enum peelian_status peelian_result_to_arrow_array(const struct peelian_result *result,
                                                  struct ArrowArray *out_array,
                                                  struct ArrowSchema *out_schema,
                                                  struct peelian_error **error);

// Frees a result with its observations. Does nothing for NULL.
// Since 0.1.0.
void peelian_result_free(struct peelian_result *result);


/* Explanations
 * ============
 *
 * The caller frees an explanation with peelian_explanation_free(); its details belong to it.
 * Any number of threads may read one explanation at the same time.
 */

// How one value was computed. Free it with peelian_explanation_free(). Any number of threads may read it at the same
// time.
typedef struct peelian_explanation peelian_explanation;

// One step of the selection of records. It belongs to its explanation.
typedef struct peelian_step {
  // Population: "initial_population", "denominator", "denominator_exclusion", "numerator"; for a funnel the identifier
  // of the stage.
  const char *population;
  // Expression over the fields of the dataset.
  const char *expression;
  // Records that remain after the step.
  uint64_t remaining;
  // Records that the step removed.
  uint64_t removed;
} peelian_step;

// A submission that contributed to a value. It belongs to its explanation.
typedef struct peelian_contribution {
  // Name of the submission.
  const char *submission;
  // SHA-256 of its content, in hexadecimal.
  const char *content_sha256;
  // Dataset.
  const char *dataset;
  // Rows of the submission that are in force in the area and the period.
  uint64_t rows;
  // Whether the submission is synthetic.
  bool synthetic;
} peelian_contribution;

// How one value was computed. It belongs to its explanation.
typedef struct peelian_explanation_details {
  // Measure, with its variant.
  const char *measure;
  // Version of the definition in force.
  uint32_t measure_version;
  // Question that the measure answers.
  const char *question;
  // Submitted figure minus computed value; NaN unless both exist.
  double difference;
  // Steps by which records were selected, in order.
  const struct peelian_step *const *steps;
  // Number of steps.
  size_t step_count;
  // Submissions that contributed.
  const struct peelian_contribution *const *contributions;
  // Number of contributions.
  size_t contribution_count;
} peelian_explanation_details;

// The details of an explanation; NULL for NULL. They belong to the explanation.
// Since 0.1.0.
const struct peelian_explanation_details *peelian_explanation_get(const struct peelian_explanation *explanation);

// Frees an explanation with its details. Does nothing for NULL.
// Since 0.1.0.
void peelian_explanation_free(struct peelian_explanation *explanation);


/* Releases
 * ========
 *
 * The caller frees lists of releases and the checks of folders with their _free functions.
 * Any number of threads may read one of them, and check folders, at the same time.
 */

// Releases, the latest first. Free them with peelian_releases_free(). Any number of threads may read them at the same time.
typedef struct peelian_releases peelian_releases;

// The folder of a release that is as it was published. Free it with peelian_verified_release_free(). Any number of threads may
// read it at the same time.
typedef struct peelian_verified_release peelian_verified_release;

// A step in the life of a release. It belongs to its list. No text is NULL.
typedef struct peelian_release_event {
  // When it happened: "2017-04-20T08:30:00Z".
  const char *at;
  // What happened: "drafted", "approved", "published", "superseded", "discarded" or "restored".
  const char *kind;
  // Agency that did it. Empty if nobody identified the caller.
  const char *by;
  // Reason; empty if none was given.
  const char *reason;
} peelian_release_event;

// A frozen, protected set of observations, without the observations. It belongs to its list. No text is NULL. An instant is a
// text, "2017-04-20T08:30:00Z", and empty where it did not happen or is not set.
typedef struct peelian_release {
  // Identifier: "2017-03".
  const char *id;
  // Title.
  const char *title;
  // "draft", "approved", "published", "superseded" or "discarded".
  const char *state;
  // When it was made.
  const char *created_at;
  // Agency that made it: "mopac". Empty if nobody identified the caller.
  const char *created_by;
  // When it was approved.
  const char *approved_at;
  // Agency that approved it.
  const char *approved_by;
  // Instant before which it is not published.
  const char *embargo_until;
  // When it was first published.
  const char *published_at;
  // Agency that published it first.
  const char *published_by;
  // Release whose place it takes; empty if it stands beside the others.
  const char *supersedes;
  // Release that has taken its place; empty if none has.
  const char *superseded_by;
  // Why it takes the place of another.
  const char *reason;
  // Position of the ledger that it was computed from.
  uint64_t ledger_position;
  // Profile that its measures come from; empty if they were named alone.
  const char *profile;
  // Measures, with their variants.
  const char *const *measures;
  // Number of measures.
  size_t measure_count;
  // Codes of areas, or levels.
  const char *const *areas;
  // Number of areas.
  size_t area_count;
  // Periods, as they were asked for.
  const char *const *periods;
  // Number of periods.
  size_t period_count;
  // Breakdowns beside the totals. They are not crossed.
  const char *const *breakdowns;
  // Number of breakdowns.
  size_t breakdown_count;
  // Whether it has each breakdown that a measure offers.
  bool each_breakdown;
  // Observations.
  uint64_t observations;
  // Observations that are withheld to protect people.
  uint64_t withheld;
  // SHA-256 of its file manifest.json, which has the hashes of all other files; empty for a discarded release.
  const char *manifest_sha256;
  // Whether the exchange could not tell that two callers made and approved it, because it asks nobody who calls. Only a
  // demonstration or a test has such releases.
  bool approval_by_unidentified;
  // What happened to it, in order.
  const struct peelian_release_event *const *events;
  // Number of events.
  size_t event_count;
} peelian_release;

// What the check of a folder found. It belongs to its object. No text is NULL.
typedef struct peelian_verified_release_details {
  // Identifier of the release: "2017-03".
  const char *release;
  // Number of its files, without the manifest and its signature.
  size_t files;
  // Public key of the signature, in hexadecimal digits.
  const char *public_key;
} peelian_verified_release_details;

// The number of releases; 0 for NULL.
// Since 0.1.0.
size_t peelian_releases_count(const struct peelian_releases *releases);

// A release, from 0; NULL beyond the last. It belongs to the list.
// Since 0.1.0.
const struct peelian_release *peelian_releases_get(const struct peelian_releases *releases, size_t index);

// Frees a list with its releases. Does nothing for NULL.
// Since 0.1.0.
void peelian_releases_free(struct peelian_releases *releases);

// Checks that the folder of a release is as it was published: every file is there, none was added or changed, and the signature
// holds. It needs no exchange and no network.
//
// `public_key` is the key of the publisher in hexadecimal digits, from another place than the folder. NULL means the key that
// the manifest itself names: compare it with the publisher's.
//
// PEELIAN_STATUS_ALTERED if the folder is not as it was published: the message names each difference. PEELIAN_STATUS_IO if a file
// cannot be read.
// Since 0.1.0.
enum peelian_status peelian_release_verify(const char *folder,
                                           const char *public_key,
                                           struct peelian_verified_release **out,
                                           struct peelian_error **error);

// What the check found; NULL for NULL. It belongs to the object.
// Since 0.1.0.
const struct peelian_verified_release_details *peelian_verified_release_get(const struct peelian_verified_release *verified);

// Frees what the check of a folder found. Does nothing for NULL.
// Since 0.1.0.
void peelian_verified_release_free(struct peelian_verified_release *verified);


/* Access, and expected reports
 * ============================
 *
 * The caller frees callers, decisions and lists of reports with their _free functions.
 * Any number of threads may read one of them at the same time.
 */

// Whether a query or a submission would be allowed. Free it with peelian_access_free(). Any number of threads may read it at the
// same time.
typedef struct peelian_access peelian_access;

// Who the exchange takes the caller for. Free it with peelian_caller_free(). Any number of threads may read it at the same time.
typedef struct peelian_caller peelian_caller;

// Expected reports, in the order of agency, dataset, area and period. Free them with peelian_reports_free(). Any number of
// threads may read them at the same time.
typedef struct peelian_reports peelian_reports;

// When a data-sharing agreement holds. It belongs to its caller. No text is NULL.
typedef struct peelian_agreement_term {
  // Identifier: "mps".
  const char *id;
  // Title.
  const char *title;
  // First day: "2025-04-01".
  const char *start;
  // Last day.
  const char *expiry;
} peelian_agreement_term;

// What a token may be used for. It belongs to its caller. No text is NULL.
typedef struct peelian_token_scope {
  // Identifier of the token, which is no secret.
  const char *id;
  // Instant from which it no longer holds: "2017-04-20T08:30:00Z".
  const char *expires_at;
  // Methods that may be called with it, or services, of which all may be called. None means all methods.
  const char *const *methods;
  // Number of methods and services.
  size_t method_count;
  // Datasets that may be submitted and withdrawn with it. None means all datasets.
  const char *const *datasets;
  // Number of datasets.
  size_t dataset_count;
} peelian_token_scope;

// Who the exchange takes a caller for. It belongs to its caller. A text is not NULL.
typedef struct peelian_caller_details {
  // Agency: "mps". Empty if nobody identified the caller, which only an exchange on this machine allows.
  const char *agency;
  // How the caller was identified: "token ID", "certificate FINGERPRINT" or "loopback".
  const char *identified_by;
  // Roles: "submitter", "analyst", "statistician", "approver", "administrator".
  const char *const *roles;
  // Number of roles.
  size_t role_count;
  // Data-sharing agreements in force that the agency is a party to.
  const struct peelian_agreement_term *const *agreements;
  // Number of agreements.
  size_t agreement_count;
  // What the caller may do by them, in words.
  const char *const *permissions;
  // Number of permissions.
  size_t permission_count;
  // What the token of the caller may be used for; NULL if it sent none.
  const struct peelian_token_scope *token;
} peelian_caller_details;

// Whether a query or a submission would be allowed. It belongs to its decision. No text is NULL.
typedef struct peelian_access_details {
  // Whether it would be allowed. A query is allowed if the caller may see any of its values.
  bool allowed;
  // Why not; empty if it would be allowed.
  const char *reason;
  // Agreements that allow it.
  const char *const *agreements;
  // Number of these agreements.
  size_t agreement_count;
  // Agreements that would be needed if it is not allowed.
  const char *const *agreements_needed;
  // Number of these agreements.
  size_t agreement_needed_count;
  // Pairs of a measure and an area of a query that the caller may see.
  uint32_t visible_pairs;
  // All pairs of a measure and an area of a query.
  uint32_t pairs;
} peelian_access_details;

// One report that an agency is expected to make. It belongs to its list. No text is NULL.
typedef struct peelian_report {
  // Agency: "mps".
  const char *agency;
  // Name of the agency for people.
  const char *agency_name;
  // Dataset: "crime".
  const char *dataset;
  // Code of the area or site that the report is about.
  const char *area;
  // Name of the area or site.
  const char *area_name;
  // Period: "2017-02", "2016/17-Q4".
  const char *period;
  // Day on which it is due: "2017-03-31".
  const char *due_date;
  // "on_time", "late", "overdue" (not received) or "not_due" (not received, and not yet due).
  const char *status;
  // When the whole period was first received: "2017-03-20T08:30:00Z". Empty where it was not.
  const char *received_at;
  // Whether any part of what was received is synthetic.
  bool synthetic;
} peelian_report;

// Who the caller is; NULL for NULL. It belongs to the object.
// Since 0.1.0.
const struct peelian_caller_details *peelian_caller_get(const struct peelian_caller *caller);

// Frees a caller with its details. Does nothing for NULL.
// Since 0.1.0.
void peelian_caller_free(struct peelian_caller *caller);

// The decision; NULL for NULL. It belongs to the object.
// Since 0.1.0.
const struct peelian_access_details *peelian_access_get(const struct peelian_access *access);

// Frees a decision with its details. Does nothing for NULL.
// Since 0.1.0.
void peelian_access_free(struct peelian_access *access);

// The number of reports; 0 for NULL.
// Since 0.1.0.
size_t peelian_reports_count(const struct peelian_reports *reports);

// A report, from 0; NULL beyond the last. It belongs to the list.
// Since 0.1.0.
const struct peelian_report *peelian_reports_get(const struct peelian_reports *reports, size_t index);

// Frees a list with its reports. Does nothing for NULL.
// Since 0.1.0.
void peelian_reports_free(struct peelian_reports *reports);


/* Local computation
 * =================
 *
 * The caller frees local records with peelian_local_free(); results and receipts outlive them.
 * One thread at a time may add or validate; any number may ask at the same time while no thread does so.
 */

// Records of any number of datasets in this process, from which measures are computed. Nothing is stored and nothing is
// sent. Free it with peelian_local_free(). One thread at a time may add records. Any number of threads may ask it at the
// same time.
typedef struct peelian_local peelian_local;

// Makes local records that are empty. Reading records (except a CSV file) and computing measures use `threads` threads;
// 0 means one thread for each processor. The values do not depend on the number of threads.
// Since 0.1.0.
enum peelian_status peelian_local_new(uint32_t threads,
                                      struct peelian_local **out,
                                      struct peelian_error **error);

// Makes local records that are empty and serve one query. Of the records that are added, only the fields that the
// measures of the query need are read, which is many times as fast. Then ask with peelian_local_query(). A query or an
// explanation that needs other fields is refused. `threads` is as in peelian_local_new(). The query is not kept: the
// program may change it or free it.
//
// The values of these fields are checked in the same way as by the exchange. Keys that repeat, references and rules need
// other fields and are not checked. So a row that the exchange rejects for one of these reasons counts here.
// peelian_local_new() and peelian_validate() with NULL for `local` check everything. From records that the exchange
// accepts, the answer has the same bits either way. Other fields are not read, and need not be there.
//
// PEELIAN_STATUS_QUERY if no records could answer the query. The message says what can be asked.
// Since 0.1.0.
enum peelian_status peelian_local_for_query(const struct peelian_query *query,
                                            uint32_t threads,
                                            struct peelian_local **out,
                                            struct peelian_error **error);

// The number of fields of a dataset that are read. After peelian_local_for_query() these are the fields that the query
// needs, and otherwise all fields that partners submit. 0 means that records of the dataset need not be added. 0 also for
// NULL, and if there is no such dataset.
// Since 0.1.0.
size_t peelian_local_field_count(const struct peelian_local *local,
                                 const char *dataset_id);

// A field of a dataset that is read, from 0, in the order of the CSV header; NULL beyond the last. It belongs to the
// library.
// Since 0.1.0.
const struct peelian_field *peelian_local_field_get(const struct peelian_local *local,
                                                    const char *dataset_id,
                                                    size_t index);

// Checks records in the same way as the exchange, or as peelian_local_for_query() says, and keeps those without errors.
// Records that others refer to must be added first: crimes before their victims. Each dataset is added once. The records
// still belong to the caller, who may free them.
//
// The records of a dataset count as the records of one agency. If agencies report on different periods, make an object
// for each of them: in one object, a month that one agency did not report on would be taken as zero.
//
// `receipt` may be NULL. Otherwise it gets the receipt for the records.
//
// PEELIAN_STATUS_REFUSED if all records are refused: see the code and the findings of the error. Then nothing is kept.
// PEELIAN_STATUS_INVALID_ARGUMENT if records of the dataset were added before.
// Since 0.1.0.
enum peelian_status peelian_local_add(struct peelian_local *local,
                                      const struct peelian_records *records,
                                      struct peelian_receipt **receipt,
                                      struct peelian_error **error);

// Checks records in the same way as the exchange, and keeps none. References are looked up in the records that were
// added to `local`. If `local` is NULL, no reference is found.
//
// PEELIAN_STATUS_REFUSED if the exchange would refuse all records: see the code and the findings of the error.
// PEELIAN_STATUS_INVALID_ARGUMENT if peelian_local_for_query() made `local`: it does not hold all that references need.
// Since 0.1.0.
enum peelian_status peelian_validate(struct peelian_local *local,
                                     const struct peelian_records *records,
                                     struct peelian_receipt **receipt,
                                     struct peelian_error **error);

// Computes measures from the records that were added. The values are in the order of measure, area, period and
// breakdown.
//
// PEELIAN_STATUS_QUERY if the query cannot be answered, or needs fields that peelian_local_for_query() left out. The
// message says what can be asked.
// Since 0.1.0.
enum peelian_status peelian_local_query(const struct peelian_local *local,
                                        const struct peelian_query *query,
                                        struct peelian_result **out,
                                        struct peelian_error **error);

// Explains how one value was computed: the steps by which records were selected, and the submissions that contributed.
// `breakdown` has the form of the member of peelian_observation, "sex=female;age_band=18_24"; NULL means the total.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if `area` is not the code of an area or `breakdown` does not have that form;
// PEELIAN_STATUS_QUERY if there is no such measure, period or breakdown, or if the explanation needs fields that
// peelian_local_for_query() left out.
// Since 0.1.0.
enum peelian_status peelian_local_explain(const struct peelian_local *local,
                                          const char *measure,
                                          const char *area,
                                          const char *period,
                                          const char *breakdown,
                                          struct peelian_explanation **out,
                                          struct peelian_error **error);

// Frees local records. The results that were computed from them stay valid. Does nothing for NULL.
// Since 0.1.0.
void peelian_local_free(struct peelian_local *local);

// Answers one query from the records of `count` datasets, in any order, on `threads` threads; 0 means one thread for
// each processor. This one call does the work of peelian_local_for_query(), peelian_local_add() and
// peelian_local_query(), with the same bits. No other question follows, so the library reads, checks and counts large
// datasets in parts where their records are only counted. This is faster, and needs no memory for all records. The query
// and the records still belong to the caller.
//
// The checks are those of peelian_local_for_query(). `receipts` may be NULL. Otherwise it has room for `count` receipts
// and gets one for each of the records, in their order. Free each with peelian_receipt_free(). They are written only if
// the call succeeds.
//
// PEELIAN_STATUS_QUERY if the query cannot be answered, PEELIAN_STATUS_REFUSED if all records of a dataset are refused,
// and PEELIAN_STATUS_INVALID_ARGUMENT if two of the records are of one dataset.
// Since 0.1.0.
enum peelian_status peelian_compute(const struct peelian_query *query,
                                    struct peelian_records *const *records,
                                    size_t count,
                                    uint32_t threads,
                                    struct peelian_result **out,
                                    struct peelian_receipt **receipts,
                                    struct peelian_error **error);


/* Client of an exchange
 * =====================
 *
 * The caller frees clients and submissions with their _free functions; results outlive the client.
 * Any number of threads may use one client at the same time; one thread at a time may use a submission.
 */

// A connection to an exchange. Free it with peelian_client_free(). Any number of threads may use it at the same time. It
// starts no thread of its own, so the connection is idle while no call is in progress.
typedef struct peelian_client peelian_client;

// How to connect to an exchange: the authority that is trusted, a certificate, a token. Free it with
// peelian_client_options_free(). One thread at a time may change it. Any number of threads may connect with it at the same
// time.
typedef struct peelian_client_options peelian_client_options;

// The properties of a submission. Free it with peelian_submission_free(). One thread at a time may use it.
typedef struct peelian_submission peelian_submission;

// Reports the progress of a submission, on the thread that submits: the connection has taken `sent` of `total` messages.
// If it returns false, the submission stops and the exchange keeps nothing. It may call peelian_client_cancel(), but no
// other function with the client that submits. It must return: it must not leave by longjmp or an exception.
typedef bool (*peelian_progress)(void *user_data, uint64_t sent, uint64_t total);

// Connects to an exchange at "HOST:PORT", or with TLS at "https://HOST:PORT". Waits at most 5 seconds for the connection,
// and 10 for an answer on it. peelian_client_connect_with() connects with a certificate or a token.
//
// A call with the client waits at most 120 seconds for its answer, and a submission takes at most 30 minutes:
// peelian_client_set_timeout() sets another time. A call ends with PEELIAN_STATUS_UNREACHABLE if the exchange gives no
// sign of life for two minutes.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the text is not a host and a port, PEELIAN_STATUS_UNREACHABLE if no exchange answers
// there.
// Since 0.1.0.
enum peelian_status peelian_client_connect(const char *target,
                                           struct peelian_client **out,
                                           struct peelian_error **error);

// Connects to an exchange as peelian_client_connect() does, with options. They stay the caller's, and are not needed
// afterwards. NULL means the options of peelian_client_options_new().
//
// PEELIAN_STATUS_IO if a file of the options cannot be used, or if a token would be sent to another machine without TLS.
// PEELIAN_STATUS_UNREACHABLE also if the connection is not encrypted as it should be: the authority of the exchange is
// unknown, its certificate has expired or is for another host, or the exchange does not accept the certificate of the
// client. A call with the client is PEELIAN_STATUS_EXCHANGE if the exchange does not accept the token: the code of the error
// is its reason. Other statuses are as for peelian_client_connect().
// Since 0.1.0.
enum peelian_status peelian_client_connect_with(const char *target,
                                                const struct peelian_client_options *options,
                                                struct peelian_client **out,
                                                struct peelian_error **error);

// Sets how long each later call may take, in seconds. 0 means no limit. If it is not set, a call may take 120 seconds, and
// a submission 30 minutes. A call that takes longer ends with PEELIAN_STATUS_CANCELLED.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if `seconds` is negative or not finite.
// Since 0.1.0.
enum peelian_status peelian_client_set_timeout(const struct peelian_client *client,
                                               double seconds,
                                               struct peelian_error **error);

// Stops the calls of this client that are in progress. They end with PEELIAN_STATUS_CANCELLED. Later calls are not
// stopped. Any thread may call this function, but no signal handler.
// Since 0.1.0.
enum peelian_status peelian_client_cancel(const struct peelian_client *client, struct peelian_error **error);

// Asks an exchange for values of measures.
//
// PEELIAN_STATUS_EXCHANGE if the exchange refuses: the message says what can be asked. PEELIAN_STATUS_UNREACHABLE if the
// connection breaks or the exchange gives no sign of life, PEELIAN_STATUS_CANCELLED if the call is stopped or takes longer
// than its time.
// Since 0.1.0.
enum peelian_status peelian_client_query(const struct peelian_client *client,
                                         const struct peelian_query *query,
                                         struct peelian_result **out,
                                         struct peelian_error **error);

// Asks an exchange for all findings of a submission, by the name of the submission in its receipt. The exchange keeps at
// most 1,000 findings with the same code. Free the findings with peelian_findings_free().
//
// PEELIAN_STATUS_EXCHANGE if there is no such submission. Other statuses are as for peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_findings(const struct peelian_client *client,
                                            const char *submission,
                                            struct peelian_findings **out,
                                            struct peelian_error **error);

// Asks an exchange how one value was computed. `breakdown` has the form of the member of peelian_observation,
// "sex=female;age_band=18_24"; NULL means the total.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if `breakdown` does not have that form. Other statuses are as for
// peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_explain(const struct peelian_client *client,
                                           const char *measure,
                                           const char *area,
                                           const char *period,
                                           const char *breakdown,
                                           struct peelian_explanation **out,
                                           struct peelian_error **error);

// Closes a connection and frees it. No call of the client may be in progress. Does nothing for NULL.
// Since 0.1.0.
void peelian_client_free(struct peelian_client *client);

// Asks an exchange who it takes the caller for, and what the caller may do.
//
// The statuses are as for peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_whoami(const struct peelian_client *client,
                                          struct peelian_caller **out,
                                          struct peelian_error **error);

// Asks an exchange whether a query would be allowed, and which agreement it would need. Nothing is answered. `on_behalf_of` is
// another agency, for which only an administrator may ask; NULL means the caller's own.
//
// A query that is not allowed is no error: see the member `allowed`. The statuses are as for peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_can_query(const struct peelian_client *client,
                                             const struct peelian_query *query,
                                             const char *on_behalf_of,
                                             struct peelian_access **out,
                                             struct peelian_error **error);

// Asks an exchange whether a submission of a dataset in the name of an agency would be allowed, and which agreement it would
// need. Nothing is stored.
//
// A submission that is not allowed is no error: see the member `allowed`. PEELIAN_STATUS_EXCHANGE if there is no such agency or
// dataset. Other statuses are as for peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_can_submit(const struct peelian_client *client,
                                              const char *agency,
                                              const char *dataset,
                                              struct peelian_access **out,
                                              struct peelian_error **error);

// Asks an exchange for the reports that agencies are expected to make, with what was received. A late report is not a missing one.
//
// `agency`, `dataset` and `area` select reports; NULL means all. `period` is the first and the last month, "2017-01..2017-12";
// NULL means the 12 months before this one. `overdue_only` selects those that are due and were not received.
//
// PEELIAN_STATUS_EXCHANGE if the exchange does not know the agency, the dataset, the area or the period. Other statuses are as for
// peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_reports(const struct peelian_client *client,
                                           const char *agency,
                                           const char *dataset,
                                           const char *area,
                                           const char *period,
                                           bool overdue_only,
                                           struct peelian_reports **out,
                                           struct peelian_error **error);

// Makes options that trust the authorities of this machine and say nothing of the caller.
//
// The files that options name are read when a connection is made, and the file of a token for every call. A key or a token
// that other users can read is refused.
// Since 0.1.0.
enum peelian_status peelian_client_options_new(struct peelian_client_options **out,
                                               struct peelian_error **error);

// Trusts only the authorities of a file, in PEM. The connection is encrypted.
// Since 0.1.0.
enum peelian_status peelian_client_options_set_ca(struct peelian_client_options *options,
                                                  const char *file,
                                                  struct peelian_error **error);

// Shows a certificate, by the files of the certificate and of its private key, both in PEM. The connection is encrypted.
// Since 0.1.0.
enum peelian_status peelian_client_options_set_certificate(struct peelian_client_options *options,
                                                           const char *certificate_file,
                                                           const char *key_file,
                                                           struct peelian_error **error);

// Sends the token in a file with each call. A token is sent over an encrypted connection, or within this machine.
// Since 0.1.0.
enum peelian_status peelian_client_options_set_token_file(struct peelian_client_options *options,
                                                          const char *file,
                                                          struct peelian_error **error);

// Sends a token with each call. The library wipes its copy when it is freed; the caller wipes their own.
// Since 0.1.0.
enum peelian_status peelian_client_options_set_token(struct peelian_client_options *options,
                                                     const char *token,
                                                     struct peelian_error **error);

// Frees options. Clients that connected with them keep what they need. Does nothing for NULL.
// Since 0.1.0.
void peelian_client_options_free(struct peelian_client_options *options);

// Asks an exchange for the releases that the caller may see, the latest first. peelian_query_set_release() chooses one of them for
// a query.
//
// The statuses are as for peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_releases(const struct peelian_client *client,
                                            struct peelian_releases **out,
                                            struct peelian_error **error);

// Asks an exchange for one release, by its identifier, "2017-03". The list has this release alone.
//
// PEELIAN_STATUS_EXCHANGE if there is no such release, or the caller may not see it. Other statuses are as for
// peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_release(const struct peelian_client *client,
                                           const char *release,
                                           struct peelian_releases **out,
                                           struct peelian_error **error);

// Writes the files of a release to a new folder: its observations as CSV, Parquet, Arrow and SDMX, a workbook, the definitions,
// and a signed manifest with the hash of every file. Folders above it are made. peelian_release_verify() checks it.
//
// Nothing is overwritten, and a folder that cannot be written whole is removed. `files` may be NULL. Otherwise it gets the number
// of files. The call may take as long as a submission.
//
// PEELIAN_STATUS_IO if the folder is there already or cannot be written; PEELIAN_STATUS_EXCHANGE if there is no such release, or
// the caller may not see all of it. Other statuses are as for peelian_client_query().
// Since 0.1.0.
enum peelian_status peelian_client_export_release(const struct peelian_client *client,
                                                  const char *release,
                                                  const char *folder,
                                                  size_t *files,
                                                  struct peelian_error **error);

// Makes a submission of an agency for a dataset and a period. The days are included, and written as "2017-02-01". The
// records submitted must be all records of the period. `extracted_at` is the instant when the data were extracted from
// their source, in seconds since 1970-01-01T00:00:00Z. The exchange refuses data that are older than what it holds.
//
// The exchange checks these properties when the submission is sent.
// Since 0.1.0.
enum peelian_status peelian_submission_new(const char *agency,
                                           const char *dataset,
                                           const char *first_day,
                                           const char *last_day,
                                           int64_t extracted_at,
                                           struct peelian_submission **out,
                                           struct peelian_error **error);

// Sets the mode of a submission. "replace_period", the default, replaces the records of the period. "merge" adds rows, or
// replaces rows that have the same key. "delete" removes the rows that have the keys submitted.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
// Since 0.1.0.
enum peelian_status peelian_submission_set_mode(struct peelian_submission *submission,
                                                const char *mode,
                                                struct peelian_error **error);

// Sets the collection: the name of the return within the dataset, for an agency that makes several. A replacement
// replaces only rows of the same collection.
// Since 0.1.0.
enum peelian_status peelian_submission_set_collection(struct peelian_submission *submission,
                                                      const char *collection,
                                                      struct peelian_error **error);

// Sets whether this is a dry run: the exchange checks and counts the records, and writes nothing. By default it writes
// them.
// Since 0.1.0.
enum peelian_status peelian_submission_set_dry_run(struct peelian_submission *submission,
                                                   bool dry_run,
                                                   struct peelian_error **error);

// Sets how many rows a replacement or a deletion is expected to remove. The exchange requires it if that is more than a
// fifth of the rows that it holds.
// Since 0.1.0.
enum peelian_status peelian_submission_set_expected_deletions(struct peelian_submission *submission,
                                                              uint64_t rows,
                                                              struct peelian_error **error);

// Submits records, all or nothing. When this returns PEELIAN_STATUS_OK, the records are on the disk of the exchange. If
// the same submission is sent again, it counts once and has the same receipt.
//
// `records` NULL is a nil return: nothing happened in the period. `progress` may be NULL. It is called on this thread
// with `user_data`, which the library does not read. `receipt` may be NULL. Otherwise it gets the receipt.
//
// The library refuses columns that are not fields of the dataset, and sends nothing then. From a table it sends only
// values that are visible in rows: no other values of a dictionary, and no values below a missing one.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the records are of another dataset; PEELIAN_STATUS_REFUSED if they have other columns
// or are not valid Arrow data; PEELIAN_STATUS_EXCHANGE if the exchange refuses them; PEELIAN_STATUS_UNREACHABLE if the
// connection breaks or the exchange gives no sign of life; PEELIAN_STATUS_CANCELLED if `progress` or another thread stops
// the call, or if it takes longer than its time. After a broken connection, or too long a time, it is not known whether
// the exchange took the records: send them again.
// Since 0.1.0.
enum peelian_status peelian_client_submit(const struct peelian_client *client,
                                          const struct peelian_submission *submission,
                                          const struct peelian_records *records,
                                          peelian_progress progress,
                                          void *user_data,
                                          struct peelian_receipt **receipt,
                                          struct peelian_error **error);

// Frees a submission. Does nothing for NULL.
// Since 0.1.0.
void peelian_submission_free(struct peelian_submission *submission);


/* Statistics
 * ==========
 *
 * The caller owns the numbers and the estimate that a function fills; method names belong to the library.
 * Any number of threads may call these functions at the same time.
 */

// A value with its interval. The caller provides the structure, and the library fills it. It never grows.
typedef struct peelian_estimate {
  // The point estimate.
  double value;
  // Lower limit, in the unit of the value. NaN for a mean or median of too few values to have limits.
  double lower;
  // Upper limit; infinite where the second group of a ratio has no event. NaN where the lower limit is NaN.
  double upper;
  // Two-sided confidence level, between 0 and 1.
  double confidence;
  // Method of the interval: "wilson", "byar". NULL where the limits are NaN. It belongs to the library.
  const char *method;
} peelian_estimate;

// The proportion `numerator / denominator`, from 0 to 1, with Wilson's score interval (Wilson 1927). The numerator need
// not be whole: in a weighted survey it is not.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the two numbers are not a proportion, or `confidence` is not between 0 and 1.
// Since 0.1.0.
enum peelian_status peelian_wilson(double numerator,
                                   double denominator,
                                   double confidence,
                                   struct peelian_estimate *out,
                                   struct peelian_error **error);

// A count of events with its Poisson limits. Below 10 events the limits are exact (Garwood 1936). From 10 events they
// are Byar's approximation (Breslow and Day 1987). With `exact` every count below a thousand million has exact limits,
// so there is no step at 10.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if `count` is negative, not finite or too large, or `confidence` is not between 0 and
// 1.
// Since 0.1.0.
enum peelian_status peelian_poisson(double count,
                                    double confidence,
                                    bool exact,
                                    struct peelian_estimate *out,
                                    struct peelian_error **error);

// The rate `count / exposure * multiplier`, with the limits of peelian_poisson(). For example, 222 crimes among 3,215
// residents are 69.05 for each 1,000.
//
// PEELIAN_STATUS_INVALID_ARGUMENT as for peelian_poisson(), or if `exposure` or `multiplier` is not above zero.
// Since 0.1.0.
enum peelian_status peelian_rate(double count,
                                 double exposure,
                                 double multiplier,
                                 double confidence,
                                 bool exact,
                                 struct peelian_estimate *out,
                                 struct peelian_error **error);

// The difference of two independent proportions, the first minus the second, from -1 to 1, with Newcombe's hybrid score
// interval (Newcombe 1998, method 10). With `continuity_corrected` the interval is that of method 11.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the numbers are not two proportions, or `confidence` is not between 0 and 1.
// Since 0.1.0.
enum peelian_status peelian_newcombe(double first_numerator,
                                     double first_denominator,
                                     double second_numerator,
                                     double second_denominator,
                                     double confidence,
                                     bool continuity_corrected,
                                     struct peelian_estimate *out,
                                     struct peelian_error **error);

// The ratio of two independent rates of events, the first over the second.
//
// `method` is "rate_ratio_log_wald", "rate_ratio_score" (Gu and others 2008) or "rate_ratio_exact_conditional". With
// NULL the method is the exact one if either count is below 10, and log-Wald otherwise.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another method, a count that is negative, an exposure that is not above zero, or a
// `confidence` that is not between 0 and 1. The same status if the method gives no interval: because both counts are
// zero or, for log-Wald, because one of them is zero.
// Since 0.1.0.
enum peelian_status peelian_rate_ratio(double first_count,
                                       double first_exposure,
                                       double second_count,
                                       double second_exposure,
                                       double confidence,
                                       const char *method,
                                       struct peelian_estimate *out,
                                       struct peelian_error **error);

// The ratio of two independent proportions, the first over the second, with MOVER-Wilson limits (Fagerland and Newcombe
// 2013). If the second is zero, the ratio and its upper limit are infinite.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the numbers are not two proportions, if both are zero, or `confidence` is not between 0
// and 1.
// Since 0.1.0.
enum peelian_status peelian_risk_ratio(double first_numerator,
                                       double first_denominator,
                                       double second_numerator,
                                       double second_denominator,
                                       double confidence,
                                       struct peelian_estimate *out,
                                       struct peelian_error **error);

// The limits of a funnel plot for one area (Spiegelhalter 2005). The value is the middle line, `baseline`.
//
// `kind` is "proportion", with the denominator of the area as `size` and a baseline from 0 to 1; "ratio", with its observed
// events as `size` and usually a baseline of 1; or "rate", with its events as `size` and the average rate as the baseline. The
// limits are in the unit of the baseline. Use a `confidence` of 0.95 and of 0.998.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another kind, a size or a baseline that is not possible, or a `confidence` that is
// not between 0 and 1.
// Since 0.1.0.
enum peelian_status peelian_funnel_limits(const char *kind_of_funnel,
                                          double size,
                                          double baseline,
                                          double confidence,
                                          struct peelian_estimate *out,
                                          struct peelian_error **error);

// The position of one area against the 99.8% limits of a funnel plot, and then against the 95% limits: "Low (0.001)",
// "Low (0.025)", "Not significant", "High (0.025)" or "High (0.001)". The text belongs to the library.
//
// `kind_of_funnel` is "proportion", for `numerator` of `denominator`; "ratio", for observed events over expected ones; or
// "rate", for events over exposure. The baseline is in the unit of `numerator / denominator`.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another kind, or for numbers that are not possible.
// Since 0.1.0.
enum peelian_status peelian_funnel_position(const char *kind_of_funnel,
                                            double numerator,
                                            double denominator,
                                            double baseline,
                                            const char **out,
                                            struct peelian_error **error);

// The directly standardised rate for each `multiplier` of population, from `strata` strata of one area, with the limits of
// Dobson and others (1991). A stratum has a number of events, persons in the area, and persons in the standard population.
//
// `squares` is NULL for independent events. Where persons have several events, it is for each stratum the sum, over its
// persons, of the squared number of their events.
//
// PEELIAN_STATUS_INVALID_ARGUMENT for fewer than 10 events, a stratum without persons, a number that is negative or not
// finite, or a `confidence` that is not between 0 and 1.
// Since 0.1.0.
enum peelian_status peelian_dsr(const double *events,
                                const double *squares,
                                const double *population,
                                const double *standard,
                                size_t strata,
                                double multiplier,
                                double confidence,
                                struct peelian_estimate *out,
                                struct peelian_error **error);

// The indirectly standardised ratio `observed / expected * multiplier`, with the limits of peelian_poisson() for the observed
// count (Breslow and Day 1987). The multiplier is 1 for a ratio, 100 for a percentage, and the crude rate of the reference
// population for a rate.
//
// PEELIAN_STATUS_INVALID_ARGUMENT as for peelian_poisson(), or if `expected` or `multiplier` is not above zero.
// Since 0.1.0.
enum peelian_status peelian_isr(double observed,
                                double expected,
                                double multiplier,
                                double confidence,
                                bool exact,
                                struct peelian_estimate *out,
                                struct peelian_error **error);

// The mean of `count` values, with the limits of Student's t distribution (Student 1908). The limits of a single value are
// NaN.
//
// PEELIAN_STATUS_INVALID_ARGUMENT without values, for a value that is not finite, or a `confidence` that is not between 0
// and 1.
// Since 0.1.0.
enum peelian_status peelian_mean(const double *values,
                                 size_t count,
                                 double confidence,
                                 struct peelian_estimate *out,
                                 struct peelian_error **error);

// The median of `count` values, with limits by order statistics (Conover 1999). The limits of fewer than six values are NaN.
//
// PEELIAN_STATUS_INVALID_ARGUMENT as for peelian_mean().
// Since 0.1.0.
enum peelian_status peelian_median(const double *values,
                                   size_t count,
                                   double confidence,
                                   struct peelian_estimate *out,
                                   struct peelian_error **error);

// The effective number of respondents of a weighted survey, `(sum w)^2 / sum w^2` (Kish 1965). Four equal weights give 4.
// A weight of zero counts nothing.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if no weight is above zero, or a weight is negative or above a thousand million.
// Since 0.1.0.
enum peelian_status peelian_effective_sample_size(const double *weights,
                                                  size_t count,
                                                  double *out,
                                                  struct peelian_error **error);


/* Disclosure control of a table
 * =============================
 *
 * The caller frees rules with peelian_disclosure_free(), and releases the streams that it gets.
 * One thread at a time may change rules; any number may protect and audit while no thread changes them.
 */

// What a program says of its table: its dimensions, its column of counts and its policy. Free it with
// peelian_disclosure_free(). One thread at a time may change it. Any number of threads may protect and audit with it.
typedef struct peelian_disclosure peelian_disclosure;

// What protection cost.
typedef struct peelian_disclosure_summary {
  // Cells of the table, published or suppressed.
  size_t cells;
  // Cells that a rule suppresses.
  size_t primary;
  // Cells that are suppressed so that no other can be worked out.
  size_t secondary;
  // Cells that are suppressed so that no other can be enclosed too narrowly.
  size_t further;
  // Cells that cannot be protected, because cells that must be published give them away. The table is safe if there are none.
  size_t unprotected;
} peelian_disclosure_summary;

// What an attacker found out.
typedef struct peelian_disclosure_audit_result {
  // Suppressed cells.
  size_t suppressed;
  // Suppressed cells that have only one possible value.
  size_t recoverable;
  // Cells that a rule suppresses and whose interval is narrower than required. A table with status C alone has none: it does
  // not tell which cells those are.
  size_t narrow;
  // Published cells with a count of 1 to the largest small count.
  size_t small;
} peelian_disclosure_audit_result;

// Makes the rules for a table: counts of 1 to `largest_small_count` are suppressed, zeros are published, and readers do not
// see why a cell is suppressed. The table has its counts in the column `count`.
// Since 0.1.0.
enum peelian_status peelian_disclosure_new(uint64_t largest_small_count,
                                           struct peelian_disclosure **out,
                                           struct peelian_error **error);

// Adds a dimension: a column of codes. `total` is the code of the sum of all its finest codes; NULL if no such sum is published.
// Since 0.1.0.
enum peelian_status peelian_disclosure_add_dimension(struct peelian_disclosure *rules,
                                                     const char *name,
                                                     const char *total,
                                                     struct peelian_error **error);

// Adds a pair to a hierarchy of a dimension: a code and its parent, which is the sum of its codes. A parent may have a parent.
// A dimension may have several hierarchies over the same codes, which are numbered from 0.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dimension.
// Since 0.1.0.
enum peelian_status peelian_disclosure_add_parent(struct peelian_disclosure *rules,
                                                  const char *dimension,
                                                  uint32_t hierarchy,
                                                  const char *code,
                                                  const char *parent,
                                                  struct peelian_error **error);

// Adds a member to a sum of codes of a dimension: a month to a rolling year, for example. Sums may overlap. The first member
// makes the sum.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dimension.
// Since 0.1.0.
enum peelian_status peelian_disclosure_add_member(struct peelian_disclosure *rules,
                                                  const char *dimension,
                                                  const char *sum,
                                                  const char *member,
                                                  struct peelian_error **error);

// Sets the column of counts. NULL means that each row is one case.
// Since 0.1.0.
enum peelian_status peelian_disclosure_set_count(struct peelian_disclosure *rules,
                                                 const char *column,
                                                 struct peelian_error **error);

// Sets a number of the policy: "width" (how wide an outsider's interval must be at least), "rounding" (published values are
// rounded to its nearest multiple), "zeros_published" (1 or 0) or "reasons_published" (1 or 0).
//
// PEELIAN_STATUS_INVALID_ARGUMENT for another name. A value that is out of range is refused when the table is protected.
// Since 0.1.0.
enum peelian_status peelian_disclosure_set(struct peelian_disclosure *rules,
                                           const char *name,
                                           uint64_t value,
                                           struct peelian_error **error);

// Protects a table before it is published. The stream has a column for each dimension with the finest codes, and the column of
// counts. This call reads the stream to its end and releases it, also if it fails, unless `table` is NULL or misaligned.
//
// `out_published` gets the cells as they may be published: the codes, `value` (missing for a suppressed cell) and `status`.
// `out_cells` gets all that is known of them, which is not for publication: also `reason`, and two values `low` and `high`
// that an outsider must both consider. It may be NULL, and so may `out_summary`. The caller releases the streams.
//
// PEELIAN_STATUS_REFUSED if the table contradicts itself or its dimensions, or a column is missing.
// Since 0.1.0.
enum peelian_status peelian_disclosure_protect(const struct peelian_disclosure *rules,
                                               struct ArrowArrayStream *table,
                                               struct ArrowArrayStream *out_published,
                                               struct ArrowArrayStream *out_cells,
                                               struct peelian_disclosure_summary *out_summary,
                                               struct peelian_error **error);

// Attacks a published table: what can a reader work out of its suppressed cells? The stream has the columns of codes, `value`
// and `status`, as peelian_disclosure_protect() makes them. The attack shares no code with the protection, so it also checks
// tables that were protected elsewhere. This call reads the stream to its end and releases it, as
// peelian_disclosure_protect() does.
//
// `out_enclosed` gets every suppressed cell with its codes, `status`, and the least and the greatest value that it can have. It
// may be NULL. The caller releases the stream.
//
// PEELIAN_STATUS_REFUSED if the values contradict each other.
// Since 0.1.0.
enum peelian_status peelian_disclosure_audit(const struct peelian_disclosure *rules,
                                             struct ArrowArrayStream *table,
                                             struct ArrowArrayStream *out_enclosed,
                                             struct peelian_disclosure_audit_result *out,
                                             struct peelian_error **error);

// Frees rules. Does nothing for NULL.
// Since 0.1.0.
void peelian_disclosure_free(struct peelian_disclosure *rules);


/* Pseudonyms
 * ==========
 *
 * The caller frees a keyring with peelian_keyring_free(); its keys belong to it.
 * Any number of threads may use one keyring at the same time.
 */

// Bytes of a pseudonym as text: 64 hexadecimal digits and their NUL.
#define PEELIAN_PSEUDONYM_SIZE 65

// The linkage keys of one file. Free it with peelian_keyring_free(), which overwrites its secrets. Any number of threads
// may use it at the same time.
typedef struct peelian_keyring peelian_keyring;

// A linkage key, without its secret. It belongs to its keyring. No text is NULL.
typedef struct peelian_key {
  // Identifier: "victims-2017.0123abcd". Records have it beside each pseudonym, in the field linkage_key_id.
  const char *id;
  // Name that people gave to the key: "victims-2017".
  const char *name;
  // Linkage domain: whose pseudonyms may be linked, "police-victim".
  const char *domain;
  // Identity: the parts that identify a person, with the version of their rules, "name-birth-v1".
  const char *identity;
  // Parts of the identity, in the order in which peelian_pseudonymise() takes them: "forename", "surname",
  // "date_of_birth".
  const char *const *parts;
  // Number of parts.
  size_t part_count;
} peelian_key;

// Reads a file of linkage keys, in the format of docs/pseudonyms.md. The path is UTF-8.
//
// PEELIAN_STATUS_IO if the file cannot be read; PEELIAN_STATUS_INVALID_ARGUMENT if it does not have this format. The
// message has the line, and no part of a secret.
// Since 0.1.0.
enum peelian_status peelian_keyring_read(const char *path,
                                         struct peelian_keyring **out,
                                         struct peelian_error **error);

// Reads linkage keys from the `length` bytes of such a file, for programs that store the file elsewhere. The caller
// overwrites its own copy of the bytes.
//
// PEELIAN_STATUS_INVALID_ARGUMENT if the bytes do not have the format.
// Since 0.1.0.
enum peelian_status peelian_keyring_parse(const uint8_t *bytes,
                                          size_t length,
                                          struct peelian_keyring **out,
                                          struct peelian_error **error);

// The number of keys; 0 for NULL.
// Since 0.1.0.
size_t peelian_keyring_count(const struct peelian_keyring *keyring);

// A key, from 0, in the order of the file; NULL beyond the last. It belongs to the keyring.
// Since 0.1.0.
const struct peelian_key *peelian_keyring_get(const struct peelian_keyring *keyring, size_t index);

// Makes the pseudonym of one person: HMAC-SHA-256 of the parts, each in its normal form. `values` has `count` texts in
// the form in which the program holds them, in the order of the parts of the key. A value that is not known is NULL.
// `key` is the name or the identifier of a key. With NULL the keyring must have one key, which is used. `out` has room
// for `size` bytes, at least PEELIAN_PSEUDONYM_SIZE, and gets 64 hexadecimal digits and a NUL.
//
// The library overwrites the copies that it makes of the values. The program overwrites its own.
//
// PEELIAN_STATUS_REFUSED if the values do not identify a person. Such a row has no pseudonym. The message names the part,
// and never its value. PEELIAN_STATUS_INVALID_ARGUMENT if there is no such key, or the number of values is not the number
// of its parts.
// Since 0.1.0.
enum peelian_status peelian_pseudonymise(const struct peelian_keyring *keyring,
                                         const char *key,
                                         const char *const *values,
                                         size_t count,
                                         char *out,
                                         size_t size,
                                         struct peelian_error **error);

// Frees a keyring and overwrites its secrets. Does nothing for NULL.
// Since 0.1.0.
void peelian_keyring_free(struct peelian_keyring *keyring);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif  /* PEELIAN_H */
