// Why a rule is true, false or unknown: the parts of its expressions with the
// facts that each rests on. Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_PROOF_H_
#define ANALYSIS_SERVICE_POLICY_PROOF_H_

#include <map>
#include <string>

#include "analysis_service/answer.h"
#include "analysis_service/expression.h"
#include "analysis_service/expression_trace.h"
#include "analysis_service/policy_run.h"
#include "google/protobuf/repeated_field.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// The facts of one subject that proofs index into; each once, in the order in
// which they are first looked at.
class FactTable {
 public:
  // All must outlive it; `facts` is filled.
  FactTable(PolicyRun& run, const PolicySubject& subject, Answer& answer,
            google::protobuf::RepeatedPtrField<v1::Fact>* facts)
      : run_(run), subject_(subject), answer_(answer), facts_(facts) {}

  uint32_t Index(FieldIndex field);
  uint32_t Index(const FactCall& call);

 private:
  uint32_t Add(const std::string& key, v1::Fact fact);

  PolicyRun& run_;
  const PolicySubject subject_;
  Answer& answer_;
  google::protobuf::RepeatedPtrField<v1::Fact>* const facts_;
  std::map<std::string, uint32_t> index_;
};

v1::ProofNode Prove(const Expression& expression, const FactSource& facts,
                    FactTable* table);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_PROOF_H_
