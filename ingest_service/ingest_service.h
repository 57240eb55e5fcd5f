// The RPCs of the ingest service: requests in, answers out, nothing else.
#ifndef INGEST_SERVICE_INGEST_SERVICE_H_
#define INGEST_SERVICE_INGEST_SERVICE_H_

#include <functional>
#include <memory>
#include <string>

#include "ingest_service/runner.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace meridian::ingest {

// All must outlive the service.
struct ServiceOptions {
  Stores stores;
  Runner* runner = nullptr;
  // Feed subscribers now.
  std::function<uint32_t()> subscribers = [] { return 0u; };
  std::string version;
  std::string sandbox;  // as GetIngestStatusResponse has it
};

// v1.IngestService.
std::unique_ptr<grpc::Service> MakeIngestService(ServiceOptions options);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_INGEST_SERVICE_H_
