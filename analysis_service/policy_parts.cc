#include "analysis_service/policy_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/policy.h"
#include "common/base/dates.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

constexpr size_t kMaxSets = 256;
constexpr size_t kMaxDefines = 256;
constexpr size_t kMaxWaivers = 1024;
constexpr size_t kMaxPortfolioRules = 64;
constexpr size_t kMaxObjectives = 64;

bool IsName(absl::string_view text) {
  if (text.empty() || absl::ascii_isdigit(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

class PartsChecker {
 public:
  PartsChecker(const v1::Policy& policy, std::vector<PolicyProblem>* problems)
      : policy_(policy), problems_(*problems) {}

  void Run() {
    CheckHead();
    CheckNames();
    CheckDeployer();
    CheckWaivers();
    CheckPortfolio();
    CheckObjectives();
  }

 private:
  void Problem(std::string path, std::string message) {
    problems_.push_back({std::move(path), {}, std::move(message)});
  }
  void Need(absl::string_view path, absl::string_view key,
            const std::string& value, absl::string_view what) {
    if (!value.empty()) return;
    Problem(std::string(path), absl::StrCat(what, " has no '", key, "'"));
  }
  void AtMost(absl::string_view path, size_t count, size_t most) {
    if (count <= most) return;
    Problem(std::string(path),
            absl::StrCat("the policy has ", count, " ", path, "; at most ",
                         most, " are allowed"));
  }
  void CheckFinite(const std::string& path, double value, double low,
                   double high, absl::string_view what) {
    if (std::isfinite(value) && value >= low && value <= high) return;
    Problem(path, absl::StrCat(value, " is not ", what));
  }
  void CheckDay(const std::string& path, const std::string& text) {
    if (text.empty()) return;
    const auto day = ParseDay(text);
    if (!day.ok()) Problem(path, std::string(day.status().message()));
  }

  void CheckHead() {
    Need("", "id", policy_.id(), "the policy");
    Need("", "version", policy_.version(), "the policy");
    if (policy_.rules().empty()) {
      Problem("", "the policy has no 'rules'; it needs at least one");
    }
    AtMost("rules", policy_.rules_size(), kMaxPolicyRules);
    AtMost("sets", policy_.sets_size(), kMaxSets);
    AtMost("defines", policy_.defines_size(), kMaxDefines);
    AtMost("waivers", policy_.waivers_size(), kMaxWaivers);
    AtMost("portfolio", policy_.portfolio_size(), kMaxPortfolioRules);
    AtMost("objectives", policy_.objectives_size(), kMaxObjectives);
    CheckDay("valid_from", policy_.valid_from());
    CheckDay("valid_to", policy_.valid_to());
    if (!policy_.valid_from().empty() && !policy_.valid_to().empty() &&
        policy_.valid_to() < policy_.valid_from()) {
      Problem("valid_to",
              "the policy ends before it begins; the dates are "
              "first and last day");
    }
  }

  void CheckNames() {
    std::set<std::string> names;
    for (int i = 0; i < policy_.sets_size(); ++i) {
      const std::string path = absl::StrCat("sets[", i, "]");
      CheckName(path, policy_.sets(i).name(), "set", &names);
      AtMost(absl::StrCat(path, ".members"), policy_.sets(i).members_size(),
             kMaxListElements);
    }
    for (int i = 0; i < policy_.defines_size(); ++i) {
      const std::string path = absl::StrCat("defines[", i, "]");
      CheckName(path, policy_.defines(i).name(), "define", &names);
      Need(path, "expression", policy_.defines(i).expression(), "the define");
    }
  }

  void CheckName(const std::string& path, const std::string& name,
                 absl::string_view what, std::set<std::string>* names) {
    if (!IsName(name)) {
      Problem(path, absl::StrCat("the name of a ", what, " is '", name,
                                 "'; use letters, digits and '_'"));
    } else if (!names->insert(name).second) {
      Problem(path, absl::StrCat("the name '", name, "' is used twice"));
    } else if (IsReserved(name)) {
      Problem(path, absl::StrCat("'", name,
                                 "' means something else in "
                                 "expressions; choose another name"));
    }
  }

  // The first part of a field's name, and words of the language.
  static bool IsReserved(absl::string_view name) {
    for (const absl::string_view word : {"true", "false", "null", "in"}) {
      if (name == word) return true;
    }
    for (const FieldDef& field : Fields()) {
      if (name == field.name.substr(0, field.name.find('.'))) return true;
    }
    return false;
  }

  void CheckDeployer() {
    const v1::Deployer& deployer = policy_.deployer();
    const double most = std::numeric_limits<double>::max();
    if (deployer.has_monthly_active_users()) {
      CheckFinite("deployer.monthly_active_users",
                  deployer.monthly_active_users(), 0, most,
                  "a number of users");
    }
    if (deployer.has_annual_revenue_usd()) {
      CheckFinite("deployer.annual_revenue_usd", deployer.annual_revenue_usd(),
                  0, most, "a revenue");
    }
  }

  void CheckWaivers() {
    std::map<std::string, bool> hard;  // by rule
    std::vector<std::string> names;
    for (const v1::PolicyRule& rule : policy_.rules()) {
      hard.emplace(rule.id(), rule.has_require() || rule.has_forbid());
      names.push_back(rule.id());
    }
    for (int i = 0; i < policy_.waivers_size(); ++i) {
      const v1::Waiver& waiver = policy_.waivers(i);
      const std::string path = absl::StrCat("waivers[", i, "]");
      Need(path, "rule", waiver.rule(), "the waiver");
      Need(path, "subject", waiver.subject(), "the waiver");
      Need(path, "until", waiver.until(),
           "a waiver ends some day, 'until: YYYY-MM-DD': this one");
      Need(path, "approver", waiver.approver(), "the waiver");
      Need(path, "reason", waiver.reason(), "the waiver");
      CheckDay(path + ".until", waiver.until());
      CheckDay(path + ".from", waiver.from());
      if (!waiver.from().empty() && !waiver.until().empty() &&
          waiver.until() < waiver.from()) {
        Problem(path + ".until", "the waiver ends before it begins");
      }
      const auto rule = hard.find(waiver.rule());
      if (waiver.rule().empty()) continue;
      if (rule == hard.end()) {
        Problem(path + ".rule",
                absl::StrCat("there is no rule '", waiver.rule(), "'",
                             DidYouMean(waiver.rule(), names)));
      } else if (!rule->second) {
        Problem(path + ".rule",
                absl::StrCat("rule '", waiver.rule(),
                             "' never excludes; there is nothing to waive"));
      }
    }
  }

  void CheckPortfolio() {
    std::set<std::string> ids;
    for (const v1::PolicyRule& rule : policy_.rules()) ids.insert(rule.id());
    for (int i = 0; i < policy_.portfolio_size(); ++i) {
      const v1::PortfolioRule& rule = policy_.portfolio(i);
      const std::string path = absl::StrCat("portfolio[", i, "]");
      Need(path, "id", rule.id(), "the portfolio rule");
      if (!rule.id().empty() && !ids.insert(rule.id()).second) {
        Problem(path + ".id", absl::StrCat("rule id '", rule.id(),
                                           "' is used twice; ids are unique"));
      }
      const bool distinct = rule.has_min_distinct();
      const bool self = rule.has_min_self_hostable();
      if (rule.body_case() == v1::PortfolioRule::BODY_NOT_SET) {
        Problem(path,
                "the portfolio rule demands nothing; write max_hhi, "
                "max_share, min_distinct, max_n_minus_1_loss or "
                "min_self_hostable");
      }
      if (rule.has_max_hhi()) {
        CheckFinite(path + ".max_hhi", rule.max_hhi(), 0, 10000,
                    "an index in [0, 10000]");
      }
      if (rule.has_max_share()) {
        CheckFinite(path + ".max_share", rule.max_share(), 0, 1,
                    "a share in [0, 1]");
      }
      if (rule.has_max_n_minus_1_loss()) {
        CheckFinite(path + ".max_n_minus_1_loss", rule.max_n_minus_1_loss(), 0,
                    std::numeric_limits<double>::max(), "a loss in points");
      }
      if (!self && rule.dimension() == v1::DIMENSION_UNSPECIFIED) {
        Problem(path,
                "the portfolio rule has no 'dimension': VENDOR, COUNTRY, "
                "OPERATOR or LICENCE_LAW");
      }
      if ((distinct || self) && !rule.has_within_points()) {
        Problem(path,
                "the portfolio rule has no 'within_points': how far "
                "below the best admissible model still counts");
      }
      if (rule.has_within_points()) {
        CheckFinite(path + ".within_points", rule.within_points(), 0,
                    std::numeric_limits<double>::max(), "a number of points");
      }
    }
  }

  void CheckObjectives() {
    std::set<std::string> tasks;
    for (int i = 0; i < policy_.objectives_size(); ++i) {
      const std::string path = absl::StrCat("objectives[", i, "]");
      Need(path, "task", policy_.objectives(i).task(), "the objective");
      Need(path, "board", policy_.objectives(i).board(), "the objective");
      if (!tasks.insert(policy_.objectives(i).task()).second) {
        Problem(path + ".task",
                absl::StrCat("task '", policy_.objectives(i).task(),
                             "' is used twice"));
      }
    }
  }

  const v1::Policy& policy_;
  std::vector<PolicyProblem>& problems_;
};

}  // namespace

void CheckPolicyParts(const v1::Policy& policy,
                      std::vector<PolicyProblem>* problems) {
  PartsChecker(policy, problems).Run();
}

}  // namespace meridian::analysis
