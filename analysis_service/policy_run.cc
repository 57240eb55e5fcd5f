#include "analysis_service/policy_run.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/groups.h"
#include "analysis_service/policy_columns.h"
#include "analysis_service/policy_facts.h"
#include "analysis_service/policy_regions.h"
#include "analysis_service/policy_stored.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

// A rule names a field of the offering that is judged.
bool NamesOffering(const Expression& expression) {
  return std::any_of(expression.fields().begin(), expression.fields().end(),
                     [](FieldIndex f) {
                       return absl::StartsWith(Fields()[f].name, "offering.");
                     });
}

bool JudgesOfferings(const CompiledPolicy& policy) {
  if (policy.policy.subject() != v1::SUBJECT_UNSPECIFIED) {
    return policy.policy.subject() == v1::SUBJECT_OFFERING;
  }
  for (const CompiledRule& rule : policy.rules) {
    if (NamesOffering(rule.body)) return true;
    if (rule.applies_when.has_value() && NamesOffering(*rule.applies_when)) {
      return true;
    }
  }
  return false;
}

// What a waiver covers.
struct WaiverScope {
  int waiver = 0;
  int rule = 0;
  std::optional<EntityId> model;
  std::string organization;  // name; all its models
};

int Rank(v1::Verdict verdict) {
  return verdict == v1::VERDICT_ADMISSIBLE     ? 0
         : verdict == v1::VERDICT_UNDETERMINED ? 1
                                               : 2;
}

CompactOutcome Compact(const CompiledPolicy& policy,
                       const PolicyOutcome& outcome) {
  CompactOutcome compact;
  compact.verdict = outcome.verdict;
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    if (!policy.rules[i].is_hard()) continue;
    compact.violated[i] = outcome.rules[i].satisfied == Truth::kFalse;
    compact.unknown[i] = outcome.rules[i].satisfied == Truth::kUnknown;
  }
  return compact;
}

class Run : public PolicyRun {
 public:
  Run(std::unique_ptr<PolicyFacts> facts, CompiledPolicy policy,
      std::optional<EvidenceRef> record, const Question& question)
      : facts_(std::move(facts)),
        policy_(std::move(policy)),
        record_(record),
        judges_offerings_(JudgesOfferings(policy_)) {
    FindWaivers(FormatDay(question.as_of));
  }

  const CompiledPolicy& policy() const override { return policy_; }
  const Catalog& catalog() const override { return facts_->catalog(); }
  FactReader& facts() override { return facts_->reader(); }
  const v1::Deployer& deployer() const override { return facts_->deployer(); }
  bool judges_offerings() const override { return judges_offerings_; }
  std::optional<EvidenceRef> policy_record() const override { return record_; }
  std::vector<IdleWaiver> IdleWaivers() const override { return idle_; }

  std::vector<PolicySubject> SubjectsOf(EntityId model) override {
    if (!judges_offerings_) return {{model, -1}};
    std::vector<PolicySubject> subjects;
    const int count =
        static_cast<int>(facts_->reader().Offerings(model).size());
    for (int i = 0; i < count; ++i) subjects.push_back({model, i});
    if (subjects.empty() && !facts_->HasNoOfferings(model)) {
      subjects.push_back({model, -1});
    }
    return subjects;
  }

  const FactObject* OfferingOf(const PolicySubject& subject) override {
    if (subject.offering < 0) return nullptr;
    const auto offerings = facts_->reader().Offerings(subject.model);
    if (static_cast<size_t>(subject.offering) >= offerings.size()) {
      return nullptr;
    }
    return &offerings[subject.offering];
  }

  std::optional<v1::OfferingRef> RefOf(const PolicySubject& subject) override {
    const FactObject* offering = OfferingOf(subject);
    if (offering == nullptr) return std::nullopt;
    v1::OfferingRef ref;
    const absl::Span<const FieldDef> fields = ObjectFields("offering");
    for (size_t i = 0; i < fields.size(); ++i) {
      const auto* text = std::get_if<std::string>(&offering->fields[i].value);
      if (text == nullptr) continue;
      if (fields[i].name == "operator") ref.set_operator_(*text);
      if (fields[i].name == "route") ref.set_route(*text);
    }
    return ref;
  }

  std::unique_ptr<FactSource> FactsOf(const PolicySubject& subject) override {
    return facts_->Of(subject.model, subject.offering);
  }

  v1::Fact TellField(const PolicySubject& subject, FieldIndex field,
                     Answer& answer) override {
    return facts_->TellField(subject.model, subject.offering, field, answer);
  }
  v1::Fact TellCall(const PolicySubject& subject, const FactCall& call,
                    Answer& answer) override {
    return facts_->TellCall(subject.model, subject.offering, call, answer);
  }
  std::vector<std::string> LicenceObligations(
      const PolicySubject& subject) override {
    return facts_->LicenceObligations(subject.model);
  }

  PolicyOutcome Judge(const PolicySubject& subject) override {
    PolicyOutcome outcome = JudgeFacts(subject, *FactsOf(subject));
    if (judges_offerings_ && subject.offering < 0 &&
        facts_->HasNoOfferings(subject.model)) {
      outcome.verdict = v1::VERDICT_EXCLUDED;
    }
    return outcome;
  }

  PolicyOutcome JudgeFacts(const PolicySubject& subject,
                           const FactSource& facts) override {
    return analysis::Judge(policy_, facts, WaiversOf(subject.model));
  }

  std::vector<CompactOutcome> JudgeModels(
      absl::Span<const EntityId> models) override {
    if (!judges_offerings_) return JudgeColumns(models);
    std::vector<CompactOutcome> outcomes;
    outcomes.reserve(models.size());
    for (const EntityId model : models) outcomes.push_back(JudgeModel(model));
    return outcomes;
  }

 private:
  // As Judge for each, rule by rule over columns.
  std::vector<CompactOutcome> JudgeColumns(absl::Span<const EntityId> models) {
    std::vector<CompactOutcome> outcomes(models.size());
    std::vector<std::vector<int>> waivers;
    if (!scopes_.empty()) {
      for (const EntityId model : models) waivers.push_back(WaiversOf(model));
    }
    ModelColumns columns(*facts_, models);
    for (size_t rule = 0; rule < policy_.rules.size(); ++rule) {
      const CompiledRule& compiled = policy_.rules[rule];
      if (!compiled.is_hard()) continue;
      const std::vector<Truth> stated = StatedOf(compiled, columns);
      for (size_t i = 0; i < models.size(); ++i) {
        const int waiver =
            waivers.empty() || waivers[i].empty() ? -1 : waivers[i][rule];
        const Truth truth = SettledTruth(compiled, stated[i], waiver);
        outcomes[i].violated[rule] = truth == Truth::kFalse;
        outcomes[i].unknown[rule] = truth == Truth::kUnknown;
      }
    }
    for (CompactOutcome& outcome : outcomes) {
      outcome.verdict = outcome.violated.any()  ? v1::VERDICT_EXCLUDED
                        : outcome.unknown.any() ? v1::VERDICT_UNDETERMINED
                                                : v1::VERDICT_ADMISSIBLE;
    }
    return outcomes;
  }

  static std::vector<Truth> StatedOf(const CompiledRule& rule,
                                     ModelColumns& columns) {
    std::vector<Truth> truth = EvaluateColumns(rule.body, columns).truth;
    std::vector<Truth> applies;
    if (rule.applies_when.has_value()) {
      applies = EvaluateColumns(*rule.applies_when, columns).truth;
    }
    for (size_t i = 0; i < truth.size(); ++i) {
      truth[i] = StatedTruth(rule, truth[i],
                             applies.empty() ? Truth::kTrue : applies[i]);
    }
    return truth;
  }

  CompactOutcome JudgeModel(EntityId model) {
    CompactOutcome best;
    best.verdict = v1::VERDICT_EXCLUDED;
    bool first = true;
    for (const PolicySubject& subject : SubjectsOf(model)) {
      CompactOutcome one = Compact(policy_, Judge(subject));
      if (first || Rank(one.verdict) < Rank(best.verdict)) {
        best = std::move(one);
      }
      first = false;
    }
    return best;
  }

  int RuleIndex(absl::string_view id) const {
    for (size_t i = 0; i < policy_.rules.size(); ++i) {
      if (policy_.rules[i].id == id) return static_cast<int>(i);
    }
    return -1;
  }

  void FindWaivers(const std::string& day) {
    for (int i = 0; i < policy_.policy.waivers_size(); ++i) {
      const v1::Waiver& waiver = policy_.policy.waivers(i);
      if (day > waiver.until()) {
        idle_.push_back({i, absl::StrCat("it ended on ", waiver.until())});
        continue;
      }
      if (!waiver.from().empty() && day < waiver.from()) {
        idle_.push_back({i, absl::StrCat("it begins on ", waiver.from())});
        continue;
      }
      FindScope(i, waiver.subject(), RuleIndex(waiver.rule()));
    }
  }

  void FindScope(int index, const std::string& subject, int rule) {
    const std::vector<EntityId> models = catalog().resolution().Find(subject);
    const auto organization = catalog().organizations().Find(subject);
    if (models.size() == 1) {
      scopes_.push_back({index, rule, models[0], ""});
    } else if (models.size() > 1) {
      idle_.push_back({index, absl::StrCat("'", subject,
                                           "' means several models; write one "
                                           "of their names")});
    } else if (organization) {
      scopes_.push_back({index, rule, std::nullopt,
                         catalog().organizations().entry(*organization).name});
    } else {
      idle_.push_back({index, absl::StrCat("no model and no organisation is "
                                           "known as '",
                                           subject, "'")});
    }
  }

  // By rule, the first waiver that covers the model; empty: none.
  std::vector<int> WaiversOf(EntityId model) {
    std::vector<int> waivers;
    for (const WaiverScope& scope : scopes_) {
      const bool covered = scope.model.has_value()
                               ? *scope.model == model
                               : facts_->IsDeveloper(model, scope.organization);
      if (!covered) continue;
      waivers.resize(policy_.rules.size(), -1);
      if (waivers[scope.rule] < 0) waivers[scope.rule] = scope.waiver;
    }
    return waivers;
  }

  const std::unique_ptr<PolicyFacts> facts_;
  const CompiledPolicy policy_;
  const std::optional<EvidenceRef> record_;
  const bool judges_offerings_;
  std::vector<WaiverScope> scopes_;
  std::vector<IdleWaiver> idle_;
};

absl::StatusOr<CompiledPolicy> CompileInput(
    const v1::PolicyQuestion& question, const Answer& answer,
    const Environment& environment, std::optional<EvidenceRef>* record) {
  switch (question.input_case()) {
    case v1::PolicyQuestion::kPolicy:
      return CompilePolicy(question.policy(), environment);
    case v1::PolicyQuestion::kSource:
      return CompilePolicyText(question.source().text(),
                               question.source().file_name(), environment);
    case v1::PolicyQuestion::kStored: {
      ASSIGN_OR_RETURN(const FoundPolicy found,
                       FindPolicy(answer.catalog(), question.stored(),
                                  answer.question().as_of));
      *record = found.ref;
      return CompilePolicyText(found.policy->text(), found.file, environment);
    }
    case v1::PolicyQuestion::INPUT_NOT_SET:
      break;
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                   "no policy is given; set 'policy', 'source' or 'stored'",
                   {{"field", "policy"}});
}

absl::Status CheckInForce(const v1::Policy& policy, Day as_of) {
  const std::string day = FormatDay(as_of);
  const bool early = !policy.valid_from().empty() && day < policy.valid_from();
  const bool late = !policy.valid_to().empty() && day > policy.valid_to();
  if (!early && !late) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "POLICY_NOT_IN_FORCE",
      absl::StrCat("policy '", policy.id(), "' version '", policy.version(),
                   "' is in force ",
                   policy.valid_from().empty()
                       ? ""
                       : absl::StrCat("from ", policy.valid_from(), " "),
                   policy.valid_to().empty()
                       ? ""
                       : absl::StrCat("until ", policy.valid_to(), " "),
                   "and not on ", day,
                   "; ask for another date or use another version"),
      {{"policy", policy.id()},
       {"as_of", day},
       {"valid_from", policy.valid_from()},
       {"valid_to", policy.valid_to()}});
}

// A rule that no facts satisfy is a mistake of its author.
absl::Status CheckSatisfiable(const CompiledPolicy& policy,
                              const FactSource& facts) {
  std::vector<std::string> problems;
  Place first;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const CompiledRule& rule = policy.rules[i];
    if (!CanNeverHold(rule, policy.policy, facts)) continue;
    const std::string path =
        absl::StrCat("rules[", i, "].", RuleKindName(rule.kind));
    const Place place = policy.places.Of(path);
    if (problems.empty()) first = place;
    problems.push_back(absl::StrCat(
        policy.places.empty()
            ? absl::StrCat(path, ": ")
            : absl::StrCat(policy.places.file(), ":", place.line, ":",
                           place.column, ": "),
        "rule '", rule.id, "' can never hold: no values of its facts satisfy `",
        rule.written, "`; it would exclude every model"));
  }
  if (problems.empty()) return absl::OkStatus();
  ErrorDetails details = {{"problems", absl::StrCat(problems.size())}};
  if (first.known()) {
    details.emplace_back("file", policy.places.file());
    details.emplace_back("line", absl::StrCat(first.line));
    details.emplace_back("column", absl::StrCat(first.column));
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_POLICY",
                   absl::StrJoin(problems, "\n"), std::move(details));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PolicyRun>> PolicyRun::Create(
    const v1::PolicyQuestion& question, Answer& answer) {
  std::optional<EvidenceRef> record;
  ASSIGN_OR_RETURN(std::unique_ptr<PolicyFacts> facts,
                   PolicyFacts::Overlay(question, answer));
  ASSIGN_OR_RETURN(CompiledPolicy policy,
                   CompileInput(question, answer,
                                MakeEnvironment(facts->catalog()), &record));
  RETURN_IF_ERROR(CheckInForce(policy.policy, answer.question().as_of));
  RETURN_IF_ERROR(facts->Open(policy.policy, question, answer));
  RETURN_IF_ERROR(
      CheckSatisfiable(policy, *facts->Of(kNoEntity, /*offering=*/-1)));
  return std::make_unique<Run>(std::move(facts), std::move(policy), record,
                               answer.question());
}

}  // namespace meridian::analysis
