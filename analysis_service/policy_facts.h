// The facts that a policy is judged by: the catalog with the caller's own
// evidence, who asks, the day it is about. Plain C++: no gRPC, threads, clocks
// or files.
#ifndef ANALYSIS_SERVICE_POLICY_FACTS_H_
#define ANALYSIS_SERVICE_POLICY_FACTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "analysis_service/expression.h"
#include "analysis_service/facts.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

class PolicyFacts {
 public:
  // The catalog of `answer` with the question's evidence over it.
  static absl::StatusOr<std::unique_ptr<PolicyFacts>> Overlay(
      const v1::PolicyQuestion& question, Answer& answer);
  // Settles deployer and day. Before anything else but catalog(). Errors:
  // InvalidArgument (BAD_DATE, BAD_REQUEST) for `on`.
  absl::Status Open(const v1::Policy& policy,
                    const v1::PolicyQuestion& question, Answer& answer);

  const Catalog& catalog() const { return *catalog_; }
  FactReader& reader() { return *reader_; }
  const v1::Deployer& deployer() const { return reader_->context().deployer; }

  // What expressions see of a model; `offering` as of FactReader::Get.
  std::unique_ptr<FactSource> Of(EntityId model, int offering);
  // It is stated that there is none.
  bool HasNoOfferings(EntityId model);
  v1::Fact TellField(EntityId model, int offering, FieldIndex field,
                     Answer& answer);
  v1::Fact TellCall(EntityId model, int offering, const FactCall& call,
                    Answer& answer);
  // What the licence demands of the deployer; "possibly: " when it may.
  std::vector<std::string> LicenceObligations(EntityId model);
  // An organisation of this name is among the developers.
  bool IsDeveloper(EntityId model, const std::string& organization);

 private:
  std::shared_ptr<const Catalog> catalog_;
  std::unique_ptr<FactReader> reader_;
};

// `override` over `base`, field by field.
v1::Deployer MergeDeployers(const v1::Deployer& base,
                            const v1::Deployer& override);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_FACTS_H_
