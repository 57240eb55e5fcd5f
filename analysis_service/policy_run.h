// One question about a policy: the policy compiled against the catalog and the
// caller's own evidence, the subjects that it judges, their verdicts. Every
// answer about policies is computed over it. Plain C++: no gRPC, threads,
// clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_RUN_H_
#define ANALYSIS_SERVICE_POLICY_RUN_H_

#include <bitset>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "analysis_service/answer.h"
#include "analysis_service/board.h"
#include "analysis_service/facts.h"
#include "analysis_service/policy.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// Bit i is rule i of the policy.
using RuleMask = std::bitset<kMaxPolicyRules>;

// What is judged: a model, or a model as one operator serves it.
struct PolicySubject {
  EntityId model = kNoEntity;
  // Index of the offering among those of the model; -1: none.
  int offering = -1;
  bool operator==(const PolicySubject&) const = default;
};

// A waiver of the policy that covers no subject or no day, and why; for
// diagnostics.
struct IdleWaiver {
  int waiver = 0;  // of v1::Policy.waivers
  std::string why;
};

// A verdict without its sentences.
struct CompactOutcome {
  v1::Verdict verdict = v1::VERDICT_UNDETERMINED;
  // Hard rules (require, forbid) that are violated, on_unknown and waivers
  // applied.
  RuleMask violated;
  // Hard rules that are unknown, on_unknown and waivers applied.
  RuleMask unknown;
};

class PolicyRun {
 public:
  // Compiles the policy of `question`, lays the caller's evidence over the
  // catalog of `answer` and merges the deployer field by field. A policy that
  // the log holds is asked for by id and version; without a version it is the
  // one in force at the date of the question (as_of), of several the one that
  // began last. Errors: those of CompilePolicy; NotFound (UNKNOWN_POLICY);
  // FailedPrecondition (POLICY_NOT_IN_FORCE) when as_of is not between the
  // policy's valid_from and valid_to; InvalidArgument (BAD_EVIDENCE, BAD_DATE,
  // BAD_REQUEST). `answer` must outlive it.
  static absl::StatusOr<std::unique_ptr<PolicyRun>> Create(
      const v1::PolicyQuestion& question, Answer& answer);
  virtual ~PolicyRun() = default;

  virtual const CompiledPolicy& policy() const = 0;
  // The catalog with the caller's own evidence.
  virtual const Catalog& catalog() const = 0;
  virtual FactReader& facts() = 0;
  virtual const v1::Deployer& deployer() const = 0;
  virtual bool judges_offerings() const = 0;
  // The Record that the policy was read from, when the log holds it.
  virtual std::optional<EvidenceRef> policy_record() const = 0;
  // Waivers hold from their first to their last day of as_of.
  virtual std::vector<IdleWaiver> IdleWaivers() const = 0;

  // All that is judged of a model: itself, or its offerings as the field
  // `offerings` lists them. A model of which no offering is known has one
  // subject without an offering, whose fields are unknown: there may be one.
  // None: it is known to have no offering.
  virtual std::vector<PolicySubject> SubjectsOf(EntityId model) = 0;
  // The facts of a subject as expressions see them.
  virtual std::unique_ptr<FactSource> FactsOf(const PolicySubject& subject) = 0;
  // The object of a subject's offering; null: none.
  virtual const FactObject* OfferingOf(const PolicySubject& subject) = 0;
  // Operator and route. Nothing for a subject without an offering.
  virtual std::optional<v1::OfferingRef> RefOf(
      const PolicySubject& subject) = 0;

  // A fact of a subject with its evidence, cited in the header of `answer`.
  virtual v1::Fact TellField(const PolicySubject& subject, FieldIndex field,
                             Answer& answer) = 0;
  // The same of a call of a function; Fact.field is the call as it is written:
  // `developer.on_list("US-EL")`.
  virtual v1::Fact TellCall(const PolicySubject& subject, const FactCall& call,
                            Answer& answer) = 0;
  // Obligations that the licence lays on this deployer, for people. One that
  // may hold begins with "possibly: ".
  virtual std::vector<std::string> LicenceObligations(
      const PolicySubject& subject) = 0;

  // One subject, every rule, waivers applied.
  virtual PolicyOutcome Judge(const PolicySubject& subject) = 0;
  // The same as if the facts were these.
  virtual PolicyOutcome JudgeFacts(const PolicySubject& subject,
                                   const FactSource& facts) = 0;
  // Many models at once, by column: for each the outcome of the model, which
  // with offerings is that of its best one (ADMISSIBLE before UNDETERMINED
  // before EXCLUDED; EXCLUDED when it has none).
  virtual std::vector<CompactOutcome> JudgeModels(
      absl::Span<const EntityId> models) = 0;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_RUN_H_
