#include "analysis_service/policy_stored.h"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/groups.h"
#include "analysis_service/policy.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

// Every vintage: which version holds is said by its dates.
constexpr Day kAlways = 1 << 24;

bool InForce(const v1::StoredPolicy& policy, const std::string& day) {
  return (policy.valid_from().empty() || policy.valid_from() <= day) &&
         (policy.valid_to().empty() || day <= policy.valid_to());
}

std::string Versions(const std::vector<const FoundPolicy*>& policies) {
  std::vector<std::string> words;
  for (const FoundPolicy* found : policies) {
    const v1::StoredPolicy& policy = *found->policy;
    words.push_back(
        absl::StrCat(policy.version(),
                     policy.valid_from().empty()
                         ? ""
                         : absl::StrCat(" from ", policy.valid_from()),
                     policy.valid_to().empty()
                         ? ""
                         : absl::StrCat(" until ", policy.valid_to())));
  }
  return absl::StrJoin(words, ", ");
}

}  // namespace

std::vector<FoundPolicy> StoredPolicies(const Catalog& catalog) {
  std::map<std::pair<std::string, std::string>, FoundPolicy> by_key;
  for (const EvidenceRef& ref :
       catalog.Records(v1::Record::kStoredPolicy, kAlways)) {
    const v1::StoredPolicy& policy = catalog.record(ref).stored_policy();
    by_key[{policy.id(), policy.version()}] = {
        ref, &policy,
        absl::StrCat(policy.id(), "@", policy.version(), ".yaml")};
  }
  std::vector<FoundPolicy> policies;
  for (auto& [key, found] : by_key) policies.push_back(std::move(found));
  return policies;
}

absl::StatusOr<FoundPolicy> FindPolicy(const Catalog& catalog,
                                       const v1::PolicyRef& ref, Day as_of) {
  const std::vector<FoundPolicy> policies = StoredPolicies(catalog);
  const std::string day = FormatDay(as_of);
  std::set<std::string> ids;
  std::vector<const FoundPolicy*> of_id;
  const FoundPolicy* best = nullptr;
  for (const FoundPolicy& found : policies) {
    ids.insert(found.policy->id());
    if (found.policy->id() != ref.id()) continue;
    of_id.push_back(&found);
    if (!ref.version().empty()) {
      if (found.policy->version() == ref.version()) return found;
      continue;
    }
    if (!InForce(*found.policy, day)) continue;
    if (best == nullptr ||
        std::make_tuple(best->policy->valid_from(), best->policy->version()) <
            std::make_tuple(found.policy->valid_from(),
                            found.policy->version())) {
      best = &found;
    }
  }
  if (best != nullptr) return *best;
  if (!of_id.empty() && ref.version().empty()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "POLICY_NOT_IN_FORCE",
        absl::StrCat("no version of policy '", ref.id(), "' is in force on ",
                     day, "; there are ", Versions(of_id)),
        {{"policy", ref.id()}, {"as_of", day}});
  }
  const std::vector<std::string> names(ids.begin(), ids.end());
  return MakeError(
      absl::StatusCode::kNotFound, "UNKNOWN_POLICY",
      of_id.empty() ? absl::StrCat("the log holds no policy '", ref.id(), "'",
                                   DidYouMean(ref.id(), names))
                    : absl::StrCat("the log holds no version '", ref.version(),
                                   "' of policy '", ref.id(), "'; there are ",
                                   Versions(of_id)),
      {{"policy", ref.id()},
       {"suggestions", absl::StrJoin(Suggest(ref.id(), names), ", ")}});
}

absl::StatusOr<v1::ListPoliciesResponse> ListPolicies(
    const Question& question, const v1::ListPoliciesRequest& request) {
  (void)request;  // its context is in the question
  v1::ListPoliciesResponse response;
  Answer answer(question, response.mutable_header());
  const Environment environment = MakeEnvironment(answer.catalog());
  for (const FoundPolicy& found : StoredPolicies(answer.catalog())) {
    v1::StoredPolicySummary* out = response.add_policies();
    out->set_id(found.policy->id());
    out->set_version(found.policy->version());
    out->set_valid_from(found.policy->valid_from());
    out->set_valid_to(found.policy->valid_to());
    out->set_evidence(answer.Cite(found.ref));
    const auto compiled =
        CompilePolicyText(found.policy->text(), found.file, environment);
    if (compiled.ok()) {
      out->set_title(compiled->policy.title());
      out->set_policy_digest(PolicyDigest(compiled->policy));
    } else {
      // The first line: the rest shows the place, which a list has no room for.
      const absl::string_view message = compiled.status().message();
      out->set_problem(std::string(message.substr(0, message.find('\n'))));
    }
  }
  return response;
}

}  // namespace meridian::analysis
