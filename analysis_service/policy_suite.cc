#include "analysis_service/policy_suite.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/groups.h"
#include "analysis_service/name_table.h"
#include "analysis_service/own_evidence.h"
#include "analysis_service/policy.h"
#include "analysis_service/policy_answer.h"
#include "analysis_service/policy_explain.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

std::string Word(v1::Verdict verdict) {
  return v1::Verdict_Name(verdict).substr(sizeof("VERDICT_") - 1);
}
std::string Word(v1::Truth truth) {
  return v1::Truth_Name(truth).substr(sizeof("TRUTH_") - 1);
}

// The first expectation that does not hold, as (expected, got).
using Miss = std::optional<std::pair<std::string, std::string>>;

std::vector<std::string> RulesWhere(const v1::ModelVerdict& verdict,
                                    bool (*holds)(const v1::RuleResult&)) {
  std::vector<std::string> rules;
  for (const v1::RuleResult& rule : verdict.rules()) {
    if (holds(rule)) rules.push_back(rule.rule());
  }
  std::sort(rules.begin(), rules.end());
  return rules;
}

template <typename Texts>
bool Mentions(const Texts& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
    return absl::StrContains(text, part);
  });
}

template <typename Texts>
Miss CheckMentions(absl::string_view what,
                   const std::vector<std::string>& expected,
                   const Texts& texts) {
  for (const std::string& part : expected) {
    if (Mentions(texts, part)) continue;
    return std::make_pair(
        absl::StrCat(what, " with '", part, "'"),
        texts.empty() ? absl::StrCat("no ", what) : absl::StrJoin(texts, "\n"));
  }
  return std::nullopt;
}

Miss CheckExactly(absl::string_view what,
                  const std::optional<std::vector<std::string>>& expected,
                  const std::vector<std::string>& got) {
  if (!expected.has_value() || *expected == got) return std::nullopt;
  return std::make_pair(
      absl::StrCat(what, ": [", absl::StrJoin(*expected, ", "), "]"),
      absl::StrCat("[", absl::StrJoin(got, ", "), "]"));
}

Miss CheckRules(const SuiteCase& one, const v1::ModelVerdict& verdict) {
  for (const auto& expected : one.rules) {
    const std::string& id = expected.first;
    const std::string& truth = expected.second;
    const auto rule =
        std::find_if(verdict.rules().begin(), verdict.rules().end(),
                     [&](const auto& r) { return r.rule() == id; });
    if (rule == verdict.rules().end()) {
      return std::make_pair(absl::StrCat("rule ", id), "no such rule");
    }
    if (Word(rule->satisfied()) != truth) {
      return std::make_pair(
          absl::StrCat("rule ", id, " ", truth),
          absl::StrCat(Word(rule->satisfied()), ": ", rule->explanation()));
    }
  }
  return std::nullopt;
}

Miss CheckReasons(const SuiteCase& one, const v1::ModelVerdict& verdict) {
  std::set<std::string> reasons;
  for (const v1::RuleResult& rule : verdict.rules()) {
    for (const int reason : rule.reasons()) {
      reasons.insert(
          v1::UnknownReason_Name(static_cast<v1::UnknownReason>(reason))
              .substr(sizeof("UNKNOWN_REASON_") - 1));
    }
  }
  for (const std::string& reason : one.reasons) {
    if (reasons.count(reason) > 0) continue;
    return std::make_pair(absl::StrCat("reason ", reason),
                          absl::StrCat("[", absl::StrJoin(reasons, ", "), "]"));
  }
  return std::nullopt;
}

Miss CheckPreference(const SuiteCase& one, const v1::ModelVerdict& verdict) {
  if (!one.preference.has_value()) return std::nullopt;
  constexpr double kRounding = 1e-9;  // sums of weights
  const auto& [low, high] = *one.preference;
  const v1::Interval& got = verdict.preference();
  if (verdict.has_preference() && std::abs(got.low() - low) <= kRounding &&
      std::abs(got.high() - high) <= kRounding) {
    return std::nullopt;
  }
  return std::make_pair(
      absl::StrCat("preference [", low, ", ", high, "]"),
      verdict.has_preference()
          ? absl::StrCat("[", got.low(), ", ", got.high(), "]")
          : std::string("no preference"));
}

Miss CheckCase(const SuiteCase& one, size_t index,
               const v1::ExplainVerdictResponse& got) {
  const v1::ModelVerdict& verdict = got.verdict();
  if (index < one.expect.size() && verdict.verdict() != one.expect[index]) {
    return std::make_pair(Word(one.expect[index]),
                          absl::StrCat(Word(verdict.verdict()), "\n",
                                       absl::StrJoin(got.text(), "\n")));
  }
  std::vector<std::string> missing;
  for (const v1::MissingFact& fact : got.missing()) {
    missing.push_back(fact.fact());
  }
  for (const Miss& miss :
       {CheckRules(one, verdict), CheckReasons(one, verdict),
        CheckPreference(one, verdict),
        CheckMentions("an unknown fact", one.facts, missing),
        CheckMentions("an obligation", one.obligations, verdict.obligations()),
        CheckMentions("a warning", one.warnings, verdict.warnings()),
        CheckMentions("an explanation", one.explains, got.text()),
        CheckExactly("by_default", one.by_default,
                     RulesWhere(verdict,
                                [](const v1::RuleResult& rule) {
                                  return rule.by_default();
                                })),
        CheckExactly("waived", one.waived,
                     RulesWhere(verdict, [](const v1::RuleResult& rule) {
                       return rule.has_waiver();
                     }))}) {
    if (miss.has_value()) return miss;
  }
  return std::nullopt;
}

class SuiteRunner {
 public:
  SuiteRunner(const Question& question, const v1::TestPoliciesRequest& request,
              PolicySuite suite)
      : question_(question), request_(request), suite_(std::move(suite)) {}

  absl::StatusOr<v1::TestPoliciesResponse> Run() {
    RETURN_IF_ERROR(LayFixtures());
    RETURN_IF_ERROR(FindPolicies());
    for (const SuiteCase& one : suite_.cases) RunCase(one);
    for (const auto& [policy, source] : policies_) {
      for (v1::RuleCoverage& rule : coverage_[policy]) {
        *response_.add_coverage() = std::move(rule);
      }
    }
    return std::move(response_);
  }

 private:
  std::string AsOf(const SuiteCase& one) const {
    return !one.as_of.empty()      ? one.as_of
           : !suite_.as_of.empty() ? suite_.as_of
                                   : FormatDay(question_.as_of);
  }

  absl::Status LayFixtures() {
    std::shared_ptr<const Catalog> base = question_.catalog;
    if (!suite_.catalog) {
      base = Catalog::Empty("suite", std::make_shared<NameTable>());
    }
    std::string date = FormatDay(question_.as_of);
    for (const SuiteCase& one : suite_.cases) {
      date = std::min({date, AsOf(one), one.on.empty() ? date : one.on});
    }
    const std::string name = suite_.name.empty() ? "fixtures" : suite_.name;
    google::protobuf::RepeatedPtrField<v1::OwnEvidence> own, sources;
    for (SuiteFixtures& fixtures : suite_.fixtures) {
      if (fixtures.records.empty()) continue;
      const bool is_own = fixtures.source.empty();
      v1::OwnEvidence* evidence = is_own ? own.Add() : sources.Add();
      evidence->set_author(is_own ? name : fixtures.source);
      evidence->set_file_name(request_.suite().file_name());
      evidence->set_date(date);
      for (v1::Record& record : fixtures.records) {
        *evidence->add_records() = std::move(record);
      }
    }
    ASSIGN_OR_RETURN(base, WithSources(std::move(base), sources));
    ASSIGN_OR_RETURN(catalog_, WithOwnEvidence(std::move(base), own));
    return absl::OkStatus();
  }

  absl::Status FindPolicies() {
    const Environment environment = MakeEnvironment(*catalog_);
    std::vector<std::string> names;
    for (const v1::PolicySource& source : request_.policies()) {
      names.push_back(source.file_name());
    }
    for (const std::string& file : suite_.policies) {
      const auto source =
          std::find_if(request_.policies().begin(), request_.policies().end(),
                       [&](const auto& s) { return s.file_name() == file; });
      if (source == request_.policies().end()) {
        return MakeError(absl::StatusCode::kNotFound, "UNKNOWN_POLICY",
                         absl::StrCat("the suite names policy file '", file,
                                      "', which did not come with it",
                                      DidYouMean(file, names)),
                         {{"policy", file}});
      }
      ASSIGN_OR_RETURN(const CompiledPolicy compiled,
                       CompilePolicyText(source->text(), file, environment));
      const std::string& id = compiled.policy.id();
      policies_[id] = *source;
      for (const CompiledRule& rule : compiled.rules) {
        v1::RuleCoverage& coverage = coverage_[id].emplace_back();
        coverage.set_policy(id);
        coverage.set_rule(rule.id);
      }
    }
    return absl::OkStatus();
  }

  void Report(const SuiteCase& one, const std::string& subject,
              const Miss& miss) {
    v1::PolicyTestCase* out = response_.add_cases();
    out->set_name(one.name);
    out->set_policy(PolicyOf(one));
    out->set_subject(subject);
    out->set_passed(!miss.has_value());
    if (miss.has_value()) {
      out->set_expected(miss->first);
      out->set_got(miss->second);
      response_.set_failed(response_.failed() + 1);
    } else {
      response_.set_passed(response_.passed() + 1);
    }
  }

  std::string PolicyOf(const SuiteCase& one) const {
    return one.policy.empty() && policies_.size() == 1
               ? policies_.begin()->first
               : one.policy;
  }

  absl::StatusOr<Question> QuestionOf(const SuiteCase& one) const {
    v1::QueryContext context;
    context.set_as_of(AsOf(one));
    context.set_country_rule(one.country_rule);
    return ResolveQuestion(context, catalog_, question_.as_of);
  }

  absl::StatusOr<v1::PolicyQuestion> Ask(const SuiteCase& one) const {
    const auto policy = policies_.find(PolicyOf(one));
    if (policy == policies_.end()) {
      std::vector<std::string> ids;
      for (const auto& [id, source] : policies_) ids.push_back(id);
      return absl::NotFoundError(absl::StrCat("the suite has no policy '",
                                              one.policy, "'",
                                              DidYouMean(one.policy, ids)));
    }
    v1::PolicyQuestion asked;
    *asked.mutable_source() = policy->second;
    if (one.deployer.has_value()) *asked.mutable_deployer() = *one.deployer;
    asked.set_on(one.on);
    return asked;
  }

  void RunCase(const SuiteCase& one) {
    for (size_t i = 0; i < one.models.size(); ++i) {
      std::string subject = one.models[i];
      if (one.offering.has_value()) {
        absl::StrAppend(&subject, " at ", one.offering->operator_());
      }
      const auto got = Explain(one, one.models[i]);
      if (!got.ok()) {
        Report(one, subject,
               std::make_pair(std::string("a verdict"),
                              std::string(got.status().message())));
        continue;
      }
      Cover(PolicyOf(one), got->verdict());
      Report(one, subject, CheckCase(one, i, *got));
    }
    if (!one.portfolio.empty()) RunPortfolio(one);
  }

  absl::StatusOr<v1::ExplainVerdictResponse> Explain(
      const SuiteCase& one, const std::string& model) const {
    v1::ExplainVerdictRequest request;
    ASSIGN_OR_RETURN(*request.mutable_question(), Ask(one));
    ASSIGN_OR_RETURN(const Question question, QuestionOf(one));
    request.set_model(model);
    if (one.offering.has_value()) *request.mutable_offering() = *one.offering;
    return ExplainVerdict(question, request);
  }

  void RunPortfolio(const SuiteCase& one) {
    const auto got = EvaluateAll(one);
    if (!got.ok()) {
      return Report(one, "portfolio",
                    std::make_pair(std::string("portfolio results"),
                                   std::string(got.status().message())));
    }
    Miss miss;
    for (const auto& expected : one.portfolio) {
      const std::string& rule = expected.first;
      const std::string& truth = expected.second;
      const auto result =
          std::find_if(got->portfolio().begin(), got->portfolio().end(),
                       [&](const auto& r) { return r.rule() == rule; });
      const std::string word = result == got->portfolio().end()
                                   ? "no such rule"
                                   : Word(result->satisfied());
      if (word == truth || miss.has_value()) continue;
      miss =
          std::make_pair(absl::StrCat("portfolio rule ", rule, " ", truth),
                         result == got->portfolio().end()
                             ? word
                             : absl::StrCat(word, ": ", result->explanation()));
    }
    Report(one, "portfolio", miss);
  }

  absl::StatusOr<v1::EvaluatePolicyResponse> EvaluateAll(
      const SuiteCase& one) const {
    v1::EvaluatePolicyRequest request;
    ASSIGN_OR_RETURN(const v1::PolicyQuestion asked, Ask(one));
    *request.mutable_source() = asked.source();
    if (asked.has_deployer()) *request.mutable_deployer() = asked.deployer();
    request.set_on(asked.on());
    ASSIGN_OR_RETURN(const Question question, QuestionOf(one));
    return EvaluatePolicy(question, request);
  }

  // Before waivers and defaults a rule is what its facts make it; coverage is
  // of what came out.
  void Cover(const std::string& policy, const v1::ModelVerdict& verdict) {
    std::vector<v1::RuleCoverage>& coverage = coverage_[policy];
    for (int i = 0; i < verdict.rules_size(); ++i) {
      v1::RuleCoverage& rule = coverage[i];
      const v1::RuleResult& result = verdict.rules(i);
      if (!result.reasons().empty()) {
        rule.set_times_unknown(rule.times_unknown() + 1);
      } else if (result.satisfied() == v1::TRUTH_FALSE || result.has_waiver()) {
        rule.set_times_false(rule.times_false() + 1);
      } else {
        rule.set_times_true(rule.times_true() + 1);
      }
    }
  }

  const Question& question_;
  const v1::TestPoliciesRequest& request_;
  PolicySuite suite_;
  std::shared_ptr<const Catalog> catalog_;
  std::map<std::string, v1::PolicySource> policies_;  // by id
  std::map<std::string, std::vector<v1::RuleCoverage>> coverage_;
  v1::TestPoliciesResponse response_;
};

}  // namespace

absl::StatusOr<v1::TestPoliciesResponse> TestPolicies(
    const Question& question, const v1::TestPoliciesRequest& request) {
  ASSIGN_OR_RETURN(PolicySuite suite, ParseSuite(request.suite().text(),
                                                 request.suite().file_name()));
  return SuiteRunner(question, request, std::move(suite)).Run();
}

}  // namespace meridian::analysis
