// The caller's own evidence, laid over a catalog for one answer. Plain C++: no
// gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_OWN_EVIDENCE_H_
#define ANALYSIS_SERVICE_OWN_EVIDENCE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "analysis_service/catalog.h"
#include "google/protobuf/repeated_field.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

inline constexpr int kMostOwnRecords = 10000;

// The catalog with what the caller states: one snapshot for each message, of
// source "own/AUTHOR" and with its date as vintage, at the same seq. It is
// believed before every source. A name that the catalog resolves means that
// model; any other becomes a name of its own, as in reference data. The same
// evidence in the same order gives the same catalog. Without evidence it is
// `catalog` itself. Costs an index of the whole catalog.
//
// Errors: InvalidArgument (BAD_EVIDENCE), with file and record: author, date
// or hash missing or wrong, a record that its kind does not allow, two of one
// key, a name that means several models, more than kMostOwnRecords.
absl::StatusOr<std::shared_ptr<const Catalog>> WithOwnEvidence(
    std::shared_ptr<const Catalog> catalog,
    const google::protobuf::RepeatedPtrField<v1::OwnEvidence>& evidence);

// The same for statements that are not the caller's own, as suites of tests
// make them up: AUTHOR is the source, believed as Precedence records say, and
// each snapshot is whole (coverage ALL).
absl::StatusOr<std::shared_ptr<const Catalog>> WithSources(
    std::shared_ptr<const Catalog> catalog,
    const google::protobuf::RepeatedPtrField<v1::OwnEvidence>& sources);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_OWN_EVIDENCE_H_
