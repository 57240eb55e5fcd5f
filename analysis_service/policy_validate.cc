// ValidatePolicy: what to expect of a policy before it judges.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/policy_check.h"
#include "analysis_service/policy_defines.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

std::string FunctionName(const FunctionDef& function) {
  return function.object.empty()
             ? function.name
             : absl::StrCat(function.object, ".", function.name);
}

// By fact, whether it is known of one subject.
using Knowledge = std::map<std::string, bool>;

void Learn(const RuleOutcome& outcome, const FactSource& facts,
           Knowledge* knowledge) {
  for (const FieldIndex field : outcome.fields) {
    const FieldDef& def = Fields()[field];
    if (def.type == FieldType::kObject) continue;
    const auto [it, added] = knowledge->emplace(def.name, true);
    it->second &= facts.Get(field).known();
  }
  for (const FactCall& call : outcome.calls) {
    const auto [it, added] =
        knowledge->emplace(FunctionName(Functions()[call.function]), true);
    it->second &= call.value.known();
  }
}

std::string Expectation(uint64_t known, uint64_t total) {
  if (total == 0) return "there are no models";
  if (known == total) return absl::StrCat("known for all ", total, " models");
  if (known == 0) {
    return absl::StrCat("known for none of ", total,
                        " models: expect UNDETERMINED");
  }
  return absl::StrCat("known for ", known, " of ", total, " models",
                      known * 2 < total ? ": expect UNDETERMINED" : "");
}

// Words of the facts that are about the question, not about models.
bool IsOfQuestion(absl::string_view fact) {
  return fact == "on" || fact == "as_of" ||
         fact.substr(0, fact.find('.')) == "deployer";
}

class Remarks {
 public:
  explicit Remarks(const PolicyRun& run) : policy_(run.policy()) {}

  void Add(absl::string_view subject, absl::string_view path,
           std::string message) {
    v1::PolicyDiagnostic& remark = remarks_.emplace_back();
    remark.set_subject(std::string(subject));
    const Place place = policy_.places.Of(path);
    remark.set_line(place.line);
    remark.set_column(place.column);
    remark.set_message(std::move(message));
  }
  std::vector<v1::PolicyDiagnostic> Take() && { return std::move(remarks_); }

 private:
  const CompiledPolicy& policy_;
  std::vector<v1::PolicyDiagnostic> remarks_;
};

void FindUnused(const v1::Policy& policy, Remarks* remarks) {
  std::set<std::string> used;
  std::vector<std::string> open;
  const auto add = [&](const std::string& expression) {
    for (auto& [name, offset] : FreeNames(expression)) {
      if (used.insert(name).second) open.push_back(name);
    }
  };
  for (const v1::PolicyRule& rule : policy.rules()) {
    for (const std::string* text :
         {&rule.require(), &rule.forbid(), &rule.prefer(), &rule.warn(),
          &rule.oblige(), &rule.applies_when()}) {
      add(*text);
    }
  }
  while (!open.empty()) {  // defines that are used use others
    const std::string name = std::move(open.back());
    open.pop_back();
    for (const v1::Define& define : policy.defines()) {
      if (define.name() == name) add(define.expression());
    }
  }
  for (int i = 0; i < policy.sets_size(); ++i) {
    if (used.count(policy.sets(i).name()) > 0) continue;
    remarks->Add(policy.sets(i).name(), absl::StrCat("sets[", i, "]"),
                 "no rule uses this set; take it out or use it");
  }
  for (int i = 0; i < policy.defines_size(); ++i) {
    if (used.count(policy.defines(i).name()) > 0) continue;
    remarks->Add(policy.defines(i).name(), absl::StrCat("defines[", i, "]"),
                 "no rule uses this define; take it out or use it");
  }
}

void FindIdleWaivers(const PolicyRun& run, Remarks* remarks) {
  for (const IdleWaiver& idle : run.IdleWaivers()) {
    const v1::Waiver& waiver = run.policy().policy.waivers(idle.waiver);
    remarks->Add(
        absl::StrCat("waiver of ", waiver.rule(), " for ", waiver.subject()),
        absl::StrCat("waivers[", idle.waiver, "]"),
        absl::StrCat("the waiver has no effect: ", idle.why));
  }
}

void FindKnown(const CompiledPolicy& policy, Remarks* remarks) {
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const CompiledRule& rule = policy.rules[i];
    if (!rule.body.uses_known() &&
        !(rule.applies_when.has_value() && rule.applies_when->uses_known())) {
      continue;
    }
    remarks->Add(rule.id, absl::StrCat("rules[", i, "]"),
                 "the rule uses known(): a fact that becomes known may turn "
                 "its verdict round, not only settle it");
  }
}

}  // namespace

std::vector<v1::FactCoverage> CoverageOf(PolicyRun& run, int rule) {
  std::map<std::string, uint64_t> known;
  uint64_t total = 0;
  const auto entities = run.catalog().resolution().entities();
  for (EntityId model = 0; model < entities.size(); ++model) {
    if (!entities[model].resolved) continue;
    ++total;
    // Of several offerings, known when it is of one.
    Knowledge best;
    std::vector<PolicySubject> subjects = run.SubjectsOf(model);
    if (subjects.empty()) subjects.push_back({model, -1});
    for (const PolicySubject& subject : subjects) {
      const std::unique_ptr<FactSource> facts = run.FactsOf(subject);
      const PolicyOutcome outcome = Judge(run.policy(), *facts);
      Knowledge one;
      for (size_t i = 0; i < outcome.rules.size(); ++i) {
        if (rule >= 0 && static_cast<int>(i) != rule) continue;
        Learn(outcome.rules[i], *facts, &one);
      }
      for (const auto& [fact, is_known] : one) best[fact] |= is_known;
    }
    for (const auto& [fact, is_known] : best) known[fact] += is_known ? 1 : 0;
  }
  std::vector<v1::FactCoverage> coverage;
  for (const auto& [fact, count] : known) {
    if (IsOfQuestion(fact)) continue;
    v1::FactCoverage& out = coverage.emplace_back();
    out.set_fact(fact);
    out.set_known(count);
    out.set_total(total);
    out.set_expectation(Expectation(count, total));
  }
  std::stable_sort(
      coverage.begin(), coverage.end(),
      [](const auto& a, const auto& b) { return a.known() < b.known(); });
  return coverage;
}

std::vector<v1::PolicyDiagnostic> DiagnosticsOf(
    PolicyRun& run, const std::vector<v1::FactCoverage>& coverage) {
  Remarks remarks(run);
  FindUnused(run.policy().policy, &remarks);
  FindIdleWaivers(run, &remarks);
  FindKnown(run.policy(), &remarks);
  for (const v1::FactCoverage& fact : coverage) {
    if (fact.known() > 0 || fact.total() == 0) continue;
    remarks.Add(fact.fact(), "rules",
                absl::StrCat("nobody states ", fact.fact(),
                             " of any model; rules that need it stay unknown"));
  }
  return std::move(remarks).Take();
}

absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
    const Question& question, const v1::ValidatePolicyRequest& request) {
  v1::ValidatePolicyResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request.question(), answer));
  const CompiledPolicy& policy = run->policy();
  *response.mutable_policy() = policy.policy;
  response.set_policy_digest(PolicyDigest(policy.policy));
  response.set_subject(run->judges_offerings() ? v1::SUBJECT_OFFERING
                                               : v1::SUBJECT_MODEL);
  const std::vector<v1::FactCoverage> coverage = CoverageOf(*run);
  for (const v1::FactCoverage& fact : coverage) *response.add_coverage() = fact;
  for (v1::PolicyDiagnostic& remark : DiagnosticsOf(*run, coverage)) {
    *response.add_diagnostics() = std::move(remark);
  }
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const CompiledRule& rule = policy.rules[i];
    v1::RuleSummary* out = response.add_rules();
    out->set_rule(rule.id);
    out->set_kind(std::string(RuleKindName(rule.kind)));
    out->set_expression(OneLine(rule.expanded));
    out->set_cost(rule.body.cost() +
                  (rule.applies_when ? rule.applies_when->cost() : 0));
    std::set<std::string> needs;
    const auto add = [&](const Expression& expression) {
      for (const FieldIndex field : expression.fields()) {
        needs.insert(Fields()[field].name);
      }
      for (const FunctionIndex function : expression.functions()) {
        needs.insert(FunctionName(Functions()[function]));
      }
    };
    add(rule.body);
    if (rule.applies_when) add(*rule.applies_when);
    for (const v1::FactCoverage& fact : coverage) {
      if (needs.count(fact.fact()) > 0) *out->add_facts() = fact;
    }
  }
  return response;
}

}  // namespace meridian::analysis
