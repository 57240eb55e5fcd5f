// The RPCs about decisions: requests in, answers out, nothing else.
#ifndef INGEST_SERVICE_DECISION_SERVICE_H_
#define INGEST_SERVICE_DECISION_SERVICE_H_

#include <memory>

#include "common/base/dates.h"
#include "ingest_service/decision_store.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace meridian::ingest {

// v1.DecisionService. Both must outlive it; `clock` says when decisions were
// made.
std::unique_ptr<grpc::Service> MakeDecisionService(
    DecisionStore& store, const Clock& clock = Clock::Real());

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DECISION_SERVICE_H_
