#include "cli/decision_text.h"

#include "absl/strings/str_cat.h"
#include "cli/policy_text.h"
#include "cli/words.h"

namespace meridian::cli {

std::string AgainstText(const v1::PolicyDecision& decision) {
  if (decision.against_verdict()) {
    return absl::StrCat("against the verdict ", EnumWord(decision.verdict()));
  }
  if (decision.verdict() == v1::VERDICT_UNDETERMINED) {
    return "the policy leaves it open";
  }
  return "as the policy says";
}

Color RulingColor(v1::Ruling ruling) {
  return ruling == v1::RULING_APPROVED ? Color::kGreen : Color::kRed;
}

Table DecisionTable() {
  return Table({{"decision"},
                {"decided"},
                {"policy"},
                {"version"},
                {"model"},
                {"offering", Align::kLeft, For::kPrograms},
                {"verdict"},
                {"ruling"},
                {"against verdict"},
                {"approver"},
                {"reason"}});
}

std::vector<Cell> DecisionRow(const v1::PolicyDecision& decision) {
  return {{decision.id().substr(0, kShownIdDigits), decision.id()},
          Text(decision.decided_at()),
          Text(decision.policy_id()),
          Text(decision.policy_version()),
          Text(decision.model()),
          Text(OfferingText(decision.offering())),
          VerdictCell(decision.verdict()),
          Text(EnumWord(decision.ruling()), RulingColor(decision.ruling())),
          Text(decision.against_verdict() ? "yes" : "no"),
          Text(decision.approver()),
          Text(decision.reason())};
}

}  // namespace meridian::cli
