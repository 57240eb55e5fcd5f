#include "cli/policy_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/words.h"

namespace meridian::cli {

int ExitOf(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_ADMISSIBLE:
      return kExitOk;
    case v1::VERDICT_EXCLUDED:
      return kExitNo;
    default:
      return kExitUndecided;
  }
}

std::string RuleWord(const v1::RuleResult& rule) {
  if (!rule.applies()) return "does not apply";
  switch (rule.satisfied()) {
    case v1::TRUTH_TRUE:
      return "satisfied";
    case v1::TRUTH_FALSE:
      return "violated";
    default:
      return "unknown";
  }
}

std::string RuleState(const v1::RuleResult& rule) {
  std::string text = RuleWord(rule);
  const std::string reasons = ReasonsText(rule.reasons());
  if (!reasons.empty()) absl::StrAppend(&text, " (", reasons, ")");
  if (rule.by_default()) text += " by default";
  if (rule.has_waiver()) {
    absl::StrAppend(&text, ", waived until ", rule.waiver().until(), " by ",
                    rule.waiver().approver());
  }
  return text;
}

std::string RulesText(const v1::ModelVerdict& verdict) {
  std::vector<std::string> parts;
  for (const v1::RuleResult& rule : verdict.rules()) {
    const bool plain = rule.satisfied() == v1::TRUTH_TRUE &&
                       !rule.by_default() && !rule.has_waiver();
    if (!rule.applies() || plain) continue;
    parts.push_back(absl::StrCat(rule.rule(), " ", RuleState(rule)));
  }
  return absl::StrJoin(parts, "; ");
}

std::string CountsText(const v1::VerdictCounts& counts) {
  return absl::StrCat(Grouped(counts.admissible()), " admissible, ",
                      Grouped(counts.excluded()), " excluded, ",
                      Grouped(counts.undetermined()), " undetermined");
}

std::string OfferingText(const v1::OfferingRef& offering) {
  return absl::StrCat(offering.operator_(), offering.route().empty() ? "" : "/",
                      offering.route());
}

std::string SubjectText(absl::string_view model,
                        const v1::OfferingRef& offering) {
  const std::string at = OfferingText(offering);
  return absl::StrCat(model, at.empty() ? "" : " at ", at);
}

std::string RangeText(const v1::Interval& interval, int decimals) {
  const auto end = [decimals](bool has, double value) {
    return has ? Fixed(value, decimals) : std::string(kUnknown);
  };
  if (interval.has_low() && interval.has_high() &&
      interval.low() == interval.high()) {
    return Fixed(interval.low(), decimals);
  }
  return absl::StrCat("[", end(interval.has_low(), interval.low()), ", ",
                      end(interval.has_high(), interval.high()), "]");
}

std::string ModelScore(bool has, const v1::ScoredModel& model,
                       Citations& citations) {
  if (!has) return "none";
  const std::string mark = citations.Mark(model.evidence());
  return absl::StrCat(ModelText(model), " ", ScoreText(model),
                      mark.empty() ? "" : " ", mark);
}

std::string RankedText(bool has, const v1::RankedVerdict& ranked,
                       Citations& citations) {
  std::string text = ModelScore(has, ranked.score(), citations);
  if (!has) return text;
  absl::StrAppend(&text, ", ",
                  absl::AsciiStrToLower(EnumWord(ranked.verdict())));
  if (ranked.rules_size() > 0) {
    absl::StrAppend(&text, ": ", ListText(ranked.rules()));
  }
  return text;
}

std::string ObjectiveText(const v1::Objective& objective) {
  std::string text = objective.task();
  if (!objective.board().empty()) {
    absl::StrAppend(&text, text.empty() ? "" : ": ", objective.board());
  }
  if (!objective.category().empty()) {
    absl::StrAppend(&text, ", category ", objective.category());
  }
  if (!objective.method().empty()) {
    absl::StrAppend(&text, ", method ", objective.method());
  }
  if (objective.critical()) text += ", critical";
  return text;
}

std::string DeployerText(const v1::Deployer& deployer) {
  std::vector<std::string> parts;
  const auto flag = [&parts](bool has, bool value, absl::string_view word) {
    if (has) parts.push_back(absl::StrCat(value ? "" : "not ", word));
  };
  if (deployer.has_country()) {
    parts.push_back(absl::StrCat("country ", deployer.country()));
  }
  if (deployer.has_monthly_active_users()) {
    parts.push_back(absl::StrCat(Shortest(deployer.monthly_active_users()),
                                 " monthly active users"));
  }
  if (deployer.has_annual_revenue_usd()) {
    parts.push_back(
        absl::StrCat(Shortest(deployer.annual_revenue_usd()), " USD a year"));
  }
  flag(deployer.has_commercial(), deployer.commercial(), "commercial");
  flag(deployer.has_military(), deployer.military(), "military");
  flag(deployer.has_critical_infrastructure(),
       deployer.critical_infrastructure(), "critical infrastructure");
  if (deployer.has_sector()) {
    parts.push_back(absl::StrCat("sector ", deployer.sector()));
  }
  if (deployer.has_mode()) {
    parts.push_back(absl::StrCat("mode ", EnumWord(deployer.mode())));
  }
  return absl::StrJoin(parts, "; ");
}

Cell VerdictCell(v1::Verdict verdict) {
  return Text(EnumWord(verdict), VerdictColor(verdict));
}

Cell TruthCell(v1::Truth truth) {
  return Text(TruthText(truth), TruthColor(truth));
}

Cell NumberCell(bool has, double value, int decimals) {
  return has ? Number(value, decimals) : Unknown();
}

void PrintCoverage(
    const google::protobuf::RepeatedPtrField<v1::FactCoverage>& coverage,
    const Output& output) {
  Table table(
      {{"fact"}, {"known", Align::kRight}, {"of", Align::kRight}, {"expect"}});
  for (const v1::FactCoverage& fact : coverage) {
    table.Add({Text(fact.fact()), Count(fact.known()), Count(fact.total()),
               Text(fact.expectation())});
  }
  table.Print(output);
}

void PrintDiagnostics(
    const google::protobuf::RepeatedPtrField<v1::PolicyDiagnostic>& diagnostics,
    const Output& output) {
  for (const v1::PolicyDiagnostic& remark : diagnostics) {
    std::string place;
    if (remark.line() > 0) {
      place = absl::StrCat(remark.line(), ":", remark.column(), ": ");
    }
    const std::string line =
        absl::StrCat("remark: ", place, remark.subject(),
                     remark.subject().empty() ? "" : ": ", remark.message());
    output.out << Paint(output, Color::kYellow, Printable(line)) << "\n";
  }
}

}  // namespace meridian::cli
