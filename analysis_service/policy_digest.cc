// The canonical form of a policy: sized strings in a fixed order, of all that
// decides and of nothing else.
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis_service/policy.h"
#include "common/base/digest.h"

namespace meridian::analysis {
namespace {

class Canonical {
 public:
  void Put(absl::string_view text) {
    absl::StrAppend(&bytes_, text.size(), ":", text, ";");
  }
  void Count(size_t count) { Put(absl::StrCat(count)); }
  void Number(double value) { Put(absl::StrFormat("%.17g", value)); }
  void Optional(bool has, double value) { has ? Number(value) : Put("-"); }
  void Expression(absl::string_view text) { Put(OneLine(text)); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_ = "meridian.policy.v2";
};

void PutDeployer(const v1::Deployer& deployer, Canonical* out) {
  out->Put("deployer");
  out->Put(deployer.country());
  out->Optional(deployer.has_monthly_active_users(),
                deployer.monthly_active_users());
  out->Optional(deployer.has_annual_revenue_usd(),
                deployer.annual_revenue_usd());
  out->Optional(deployer.has_commercial(), deployer.commercial());
  out->Optional(deployer.has_military(), deployer.military());
  out->Optional(deployer.has_critical_infrastructure(),
                deployer.critical_infrastructure());
  out->Put(deployer.sector());
  out->Count(deployer.mode());
}

// By name: their order decides nothing.
void PutNames(const v1::Policy& policy, Canonical* out) {
  std::map<std::string, std::set<std::string>> sets;
  for (const v1::NamedSet& set : policy.sets()) {
    sets[set.name()].insert(set.members().begin(), set.members().end());
  }
  out->Put("sets");
  out->Count(sets.size());
  for (const auto& [name, members] : sets) {
    out->Put(name);
    out->Count(members.size());
    for (const std::string& member : members) out->Put(member);
  }
  std::map<std::string, std::string> defines;
  for (const v1::Define& define : policy.defines()) {
    defines[define.name()] = define.expression();
  }
  out->Put("defines");
  out->Count(defines.size());
  for (const auto& [name, expression] : defines) {
    out->Put(name);
    out->Expression(expression);
  }
}

void PutRule(const v1::PolicyRule& rule, Canonical* out) {
  out->Put(rule.id());
  out->Count(rule.body_case());
  for (const std::string* body :
       {&rule.require(), &rule.forbid(), &rule.prefer(), &rule.warn(),
        &rule.oblige()}) {
    if (!body->empty()) out->Expression(*body);
  }
  out->Expression(rule.applies_when());
  out->Count(rule.on_unknown() == v1::ON_UNKNOWN_UNSPECIFIED
                 ? v1::ON_UNKNOWN_UNDETERMINED
                 : rule.on_unknown());
  out->Number(rule.has_weight() ? rule.weight() : 1);
  out->Put(rule.obligation());
}

void PutPortfolio(const v1::PortfolioRule& rule, Canonical* out) {
  out->Put(rule.id());
  out->Count(rule.body_case());
  out->Number(rule.max_hhi() + rule.max_share() + rule.min_distinct() +
              rule.max_n_minus_1_loss() + rule.min_self_hostable());
  out->Count(rule.dimension());
  out->Optional(rule.has_within_points(), rule.within_points());
}

}  // namespace

std::string PolicyDigest(const v1::Policy& policy) {
  Canonical out;
  out.Put(policy.id());
  out.Put(policy.version());
  out.Put(policy.valid_from());
  out.Put(policy.valid_to());
  out.Count(policy.subject());
  out.Optional(policy.has_max_age_days(), policy.max_age_days());
  PutDeployer(policy.deployer(), &out);
  PutNames(policy, &out);
  out.Put("rules");
  out.Count(policy.rules_size());
  for (const v1::PolicyRule& rule : policy.rules()) PutRule(rule, &out);
  out.Put("waivers");
  out.Count(policy.waivers_size());
  for (const v1::Waiver& waiver : policy.waivers()) {
    for (const std::string* part :
         {&waiver.rule(), &waiver.subject(), &waiver.from(), &waiver.until(),
          &waiver.approver(), &waiver.reason()}) {
      out.Put(*part);
    }
  }
  out.Put("portfolio");
  out.Count(policy.portfolio_size());
  for (const v1::PortfolioRule& rule : policy.portfolio()) {
    PutPortfolio(rule, &out);
  }
  out.Put("objectives");
  out.Count(policy.objectives_size());
  for (const v1::Objective& objective : policy.objectives()) {
    out.Put(objective.task());
    out.Put(objective.board());
    out.Put(objective.category());
    out.Put(objective.method());
    out.Count(objective.critical());
  }
  return Sha256Hex(out.bytes());
}

}  // namespace meridian::analysis
