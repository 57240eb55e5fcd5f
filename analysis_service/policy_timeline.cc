#include "analysis_service/policy_timeline.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/expression_notation.h"
#include "analysis_service/policy_days.h"
#include "analysis_service/policy_describe.h"
#include "analysis_service/policy_run.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

constexpr size_t kMostDays = 5000;

// What one day's question gave.
struct DayState {
  Day day = 0;
  v1::AnswerHeader header;  // of this day's answer; not shown
  Question question;
  std::unique_ptr<Answer> answer;
  std::unique_ptr<PolicyRun> run;  // null: no policy in force
  std::optional<PolicySubject> subject;
  PolicyOutcome outcome;
  std::string without;  // why there is no verdict
  std::vector<std::string> rules;

  v1::Verdict verdict() const {
    return subject ? outcome.verdict : v1::VERDICT_UNSPECIFIED;
  }
  const v1::Policy& policy() const { return run->policy().policy; }
};

bool SameStretch(const DayState& a, const DayState& b) {
  if (a.verdict() != b.verdict() || a.rules != b.rules) return false;
  return a.subject.has_value() || a.without == b.without;
}

// A fact that rules looked at: a field or a call of a function.
struct Looked {
  FieldIndex field = -1;
  FactCall call;
  FactValue value;
  bool by_list = false;  // a function of lists
};

std::map<std::string, Looked> LookedAt(const DayState& state, size_t rule) {
  std::map<std::string, Looked> looked;
  const std::unique_ptr<FactSource> facts = state.run->FactsOf(*state.subject);
  for (const FieldIndex field : state.outcome.rules[rule].fields) {
    looked[Fields()[field].name] = {field, {}, facts->Get(field), false};
  }
  for (const FactCall& call : state.outcome.rules[rule].calls) {
    const std::string& name = Functions()[call.function].name;
    looked[CallText(call)] = {-1, call, call.value,
                              name.find("list") != std::string::npos};
  }
  return looked;
}

class Timeline {
 public:
  Timeline(const Question& question, const v1::VerdictTimelineRequest& request,
           Answer& answer, v1::VerdictTimelineResponse* response)
      : question_(question),
        request_(request),
        answer_(answer),
        response_(*response) {}

  absl::Status Run() {
    RETURN_IF_ERROR(ReadDays());
    RETURN_IF_ERROR(Lead());
    std::unique_ptr<DayState> before;
    size_t judged = 0;
    while (!days_.empty()) {
      const Day day = *days_.begin();
      days_.erase(days_.begin());
      if (++judged > kMostDays) {
        return MakeError(
            absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
            absl::StrCat("something can change on more than ", kMostDays,
                         " days; ask for a shorter stretch"),
            {{"field", "from"}});
      }
      ASSIGN_OR_RETURN(std::unique_ptr<DayState> now, Judge(day));
      if (before == nullptr || !SameStretch(*before, *now)) {
        Begin(before.get(), *now);
      }
      before = std::move(now);
    }
    End(last_);
    return absl::OkStatus();
  }

 private:
  absl::Status ReadDays() {
    if (!request_.question().on().empty()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                       "'on' is each day of the timeline; leave it out",
                       {{"field", "on"}});
    }
    ASSIGN_OR_RETURN(first_, ParseDay(request_.from()));
    last_ = question_.as_of;
    if (!request_.to().empty()) {
      ASSIGN_OR_RETURN(last_, ParseDay(request_.to()));
    }
    if (first_ > last_ || last_ > question_.as_of) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "BAD_DATE",
          absl::StrCat("the first day ", FormatDay(first_), " and the last ",
                       FormatDay(last_), " must be in order and not after ",
                       FormatDay(question_.as_of)),
          {{"field", "to"}});
    }
    return absl::OkStatus();
  }

  void AddDays(const std::set<Day>& days, Day after) {
    days_.insert(days.upper_bound(after), days.upper_bound(last_));
  }

  // The policy of the last day: it settles what the answer cites from, and
  // errors of the question show.
  absl::Status Lead() {
    auto run = PolicyRun::Create(request_.question(), answer_);
    if (!run.ok() && ErrorReason(run.status()) != "POLICY_NOT_IN_FORCE") {
      return run.status();
    }
    days_ = {first_};
    AddDays(DaysOfCatalog(answer_.catalog()), first_);
    if (run.ok()) {
      response_.set_policy_digest(PolicyDigest((*run)->policy().policy));
    } else {
      AddDays(DaysOfError(run.status()), first_);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<DayState>> Judge(Day day) {
    auto state = std::make_unique<DayState>();
    state->day = day;
    state->question = question_;
    state->question.as_of = day;
    state->answer = std::make_unique<Answer>(state->question, &state->header);
    auto run = PolicyRun::Create(request_.question(), *state->answer);
    if (!run.ok()) {
      if (ErrorReason(run.status()) != "POLICY_NOT_IN_FORCE") {
        return run.status();
      }
      AddDays(DaysOfError(run.status()), day);
      state->without = "policy: none is in force";
      return state;
    }
    state->run = *std::move(run);
    AddDays(DaysOfPolicy(state->policy(), answer_.catalog()), day);
    const auto subject =
        FindSubject(*state->run, request_.model(),
                    request_.has_offering() ? &request_.offering() : nullptr);
    if (!subject.ok()) {
      if (ErrorReason(subject.status()) != "UNKNOWN_OFFERING") {
        return subject.status();
      }
      state->without = "fact: the offering is not listed";
      return state;
    }
    state->subject = *subject;
    state->outcome = state->run->Judge(*subject);
    state->rules = DecidingRules(state->run->policy(), state->outcome);
    response_.set_model(
        state->run->catalog().resolution().entity(subject->model).name);
    return state;
  }

  void End(Day day) {
    if (response_.periods().empty()) return;
    response_.mutable_periods()->rbegin()->set_to(FormatDay(day));
  }

  void Begin(const DayState* before, const DayState& now) {
    End(now.day - 1);
    v1::VerdictPeriod* period = response_.add_periods();
    period->set_from(FormatDay(now.day));
    period->set_verdict(now.verdict());
    for (const std::string& rule : now.rules) period->add_rules(rule);
    if (before == nullptr) return;
    causes_.clear();
    FindCauses(*before, now, period);
    for (const std::string& cause : causes_) period->add_causes(cause);
  }

  void FindCauses(const DayState& before, const DayState& now,
                  v1::VerdictPeriod* period) {
    if (!now.subject) return Say(now.without);
    if (before.run == nullptr) return SayInForce(now);
    if (!before.subject) return Say("fact: the offering is listed");
    if (PolicyDigest(before.policy()) != PolicyDigest(now.policy())) {
      return SayInForce(now);
    }
    bool by_list = false;
    std::set<std::string> told;
    for (size_t i = 0; i < now.outcome.rules.size(); ++i) {
      const RuleOutcome& old = before.outcome.rules[i];
      const RuleOutcome& rule = now.outcome.rules[i];
      if (old.waiver != rule.waiver) SayWaiver(before, now, i);
      if (old.stated == rule.stated) continue;
      const size_t facts = TellChanges(before, now, i, &told, period);
      if (facts > 0) continue;
      by_list = true;
      Say(absl::StrCat("list: a list or bloc that rule '",
                       now.run->policy().rules[i].id,
                       "' names has other members"));
    }
    if (causes_.empty() && !by_list) {
      Say("fact: other rules decide than before");
    }
  }

  void SayInForce(const DayState& now) {
    Say(absl::StrCat("policy: version '", now.policy().version(), "' of '",
                     now.policy().id(), "' came into force"));
  }

  void SayWaiver(const DayState& before, const DayState& now, size_t rule) {
    const std::string& id = now.run->policy().rules[rule].id;
    const int waiver = now.outcome.rules[rule].waiver;
    if (waiver < 0) {
      const v1::Waiver& ended =
          before.policy().waivers(before.outcome.rules[rule].waiver);
      return Say(absl::StrCat("waiver: that of rule '", id, "' ended on ",
                              ended.until()));
    }
    const v1::Waiver& held = now.policy().waivers(waiver);
    Say(absl::StrCat("waiver: rule '", id, "' is waived until ", held.until(),
                     " by ", held.approver(), ": ", held.reason()));
  }

  // Facts of a rule that changed; how many.
  size_t TellChanges(const DayState& before, const DayState& now, size_t rule,
                     std::set<std::string>* told, v1::VerdictPeriod* period) {
    size_t changed = 0;
    std::map<std::string, Looked> old = LookedAt(before, rule);
    for (const auto& [name, looked] : LookedAt(now, rule)) {
      // The day itself always does.
      if (name == "on" || name == "as_of") continue;
      const auto was = old.find(name);
      if (was != old.end() && was->second.value == looked.value) continue;
      ++changed;
      if (!told->insert(name).second) continue;
      Say(absl::StrCat(looked.by_list ? "list: " : "fact: ", name, " became ",
                       DescribeValue(looked.value)));
      *period->add_facts() =
          looked.field >= 0
              ? now.run->TellField(*now.subject, looked.field, answer_)
              : now.run->TellCall(*now.subject, looked.call, answer_);
    }
    return changed;
  }

  // Each once.
  void Say(const std::string& cause) {
    if (std::find(causes_.begin(), causes_.end(), cause) == causes_.end()) {
      causes_.push_back(cause);
    }
  }

  const Question& question_;
  const v1::VerdictTimelineRequest& request_;
  Answer& answer_;
  v1::VerdictTimelineResponse& response_;
  Day first_ = 0;
  Day last_ = 0;
  std::set<Day> days_;  // to judge
  std::vector<std::string> causes_;
};

}  // namespace

absl::StatusOr<v1::VerdictTimelineResponse> VerdictTimeline(
    const Question& question, const v1::VerdictTimelineRequest& request) {
  v1::VerdictTimelineResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  RETURN_IF_ERROR(Timeline(question, request, answer, &response).Run());
  return response;
}

}  // namespace meridian::analysis
