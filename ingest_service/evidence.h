// From an evidence id to the record and the lines it was read from.
#ifndef INGEST_SERVICE_EVIDENCE_H_
#define INGEST_SERVICE_EVIDENCE_H_

#include "absl/status/statusor.h"
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

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_EVIDENCE_H_
