// The RPCs of PolicyService: requests in, answers out, nothing else.
#ifndef ANALYSIS_SERVICE_POLICY_SERVICE_H_
#define ANALYSIS_SERVICE_POLICY_SERVICE_H_

#include <memory>

#include "analysis_service/analysis_service.h"

namespace meridian::analysis {

// v1.PolicyService.
std::unique_ptr<grpc::Service> MakePolicyService(const ServiceOptions& options);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_SERVICE_H_
