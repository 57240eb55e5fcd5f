// From an evidence id to the record and the lines it was read from.
#ifndef INGEST_SERVICE_EVIDENCE_H_
#define INGEST_SERVICE_EVIDENCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingest_service/documents/document_store.h"
#include "ingest_service/record_log.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::ingest {

// Answers v1.IngestService.GetEvidence. Reads every batch of the snapshot:
// about a microsecond a record. Errors: InvalidArgument (BAD_EVIDENCE_ID,
// AMBIGUOUS_EVIDENCE), NotFound (UNKNOWN_EVIDENCE, UNKNOWN_DOCUMENT), those of
// the log.
absl::StatusOr<v1::GetEvidenceResponse> OpenEvidence(
    const RecordLog& log, const DocumentStore& documents,
    const v1::GetEvidenceRequest& request);

// Lines first..last of a stored document, counted from 1, at most 400 bytes
// each. Errors: NotFound (UNKNOWN_DOCUMENT).
absl::StatusOr<std::vector<std::string>> ReadLines(
    const DocumentStore& documents, absl::string_view sha256, uint32_t first,
    uint32_t last);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_EVIDENCE_H_
