#include "analysis_service/policy_watch.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "analysis_service/listings.h"
#include "analysis_service/policy_describe.h"
#include "analysis_service/policy_run.h"
#include "common/base/status.h"

namespace meridian::analysis {

absl::StatusOr<VerdictWatch> VerdictWatch::Create(
    const v1::WatchVerdictsRequest& request) {
  if (request.question().context().at_seq() != 0) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                     "a state of the past does not change; leave 'at_seq' out "
                     "to watch",
                     {{"field", "at_seq"}});
  }
  return VerdictWatch(request);
}

absl::StatusOr<VerdictWatch::States> VerdictWatch::Judge(
    const Question& question, v1::VerdictCounts* counts) const {
  v1::AnswerHeader header;
  Answer answer(question, &header);
  ASSIGN_OR_RETURN(const std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request_.question(), answer));
  std::vector<EntityId> models;
  for (const std::string& name : request_.models()) {
    const auto model = FindModel(run->catalog(), name);
    if (model.ok()) {
      models.push_back(*model);
    } else if (!begun_) {
      return model.status();
    }
  }
  const auto entities = run->catalog().resolution().entities();
  if (request_.models().empty()) {
    for (EntityId model = 0; model < entities.size(); ++model) {
      models.push_back(model);
    }
  }
  States states;
  for (const EntityId model : models) {
    for (const PolicySubject& subject : run->SubjectsOf(model)) {
      const PolicyOutcome outcome = run->Judge(subject);
      Key key;
      key.model = entities[model].name;
      const std::optional<v1::OfferingRef> offering = run->RefOf(subject);
      if (offering.has_value()) {
        key.is_offering = true;
        key.operator_name = offering->operator_();
        key.route = offering->route();
      }
      const auto [place, is_new] = states.try_emplace(std::move(key));
      if (!is_new) continue;
      place->second = {outcome.verdict, DecidingRules(run->policy(), outcome)};
      CountVerdict(outcome.verdict, counts);
    }
  }
  return states;
}

std::vector<v1::VerdictChange> VerdictWatch::Compare(const States& now) const {
  std::map<Key, std::pair<const State*, const State*>> both;
  for (const auto& [key, state] : states_) both[key].first = &state;
  for (const auto& [key, state] : now) both[key].second = &state;
  std::vector<v1::VerdictChange> changes;
  for (const auto& [key, pair] : both) {
    const auto [before, after] = pair;
    if (before != nullptr && after != nullptr && *before == *after) continue;
    v1::VerdictChange& change = changes.emplace_back();
    change.set_model(key.model);
    if (key.is_offering) {
      change.mutable_offering()->set_operator_(key.operator_name);
      change.mutable_offering()->set_route(key.route);
    }
    if (before != nullptr) change.set_before(before->verdict);
    if (after == nullptr) continue;
    change.set_after(after->verdict);
    for (const std::string& rule : after->rules) change.add_rules(rule);
  }
  return changes;
}

absl::StatusOr<std::vector<v1::WatchVerdictsResponse>> VerdictWatch::Update(
    const Question& question) {
  v1::VerdictCounts counts;
  ASSIGN_OR_RETURN(States now, Judge(question, &counts));
  const std::vector<v1::VerdictChange> changes = Compare(now);
  std::vector<v1::WatchVerdictsResponse> messages;
  const bool initial = !begun_;
  begun_ = true;
  states_ = std::move(now);
  for (size_t i = 0; i < changes.size() || (initial && i == 0);
       i += kMostChanges) {
    v1::WatchVerdictsResponse& message = messages.emplace_back();
    message.set_seq(question.catalog->seq());
    message.set_as_of(FormatDay(question.as_of));
    message.set_initial(initial);
    *message.mutable_counts() = counts;
    for (size_t j = i; j < std::min(i + kMostChanges, changes.size()); ++j) {
      *message.add_changes() = changes[j];
    }
  }
  return messages;
}

}  // namespace meridian::analysis
