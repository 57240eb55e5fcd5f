// `meridian policy recheck`: what would be decided today.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "cli/decision_text.h"
#include "cli/paging.h"
#include "cli/policy_commands.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

// The question of a decision, asked from `globals`.
v1::ExplainVerdictRequest AskedAgain(const v1::PolicyDecision& decision,
                                     const Globals& globals) {
  v1::ExplainVerdictRequest request;
  *request.mutable_question() = decision.question();
  v1::QueryContext& context = *request.mutable_question()->mutable_context();
  context.set_as_of(globals.as_of);
  context.set_at_seq(globals.at_seq);
  context.set_at_least_seq(globals.at_least_seq);
  if (!globals.country_rule.empty()) {
    context.set_country_rule(globals.country_rule);
  }
  request.set_model(decision.model());
  if (decision.has_offering()) {
    *request.mutable_offering() = decision.offering();
  }
  return request;
}

// What each rule says, in the words that people read.
std::map<std::string, std::string> StatesOf(
    const v1::ExplainVerdictResponse& proof) {
  std::map<std::string, std::string> states;
  for (const v1::RuleProof& rule : proof.rules()) {
    states[rule.result().rule()] = RuleState(rule.result());
  }
  return states;
}

// What each fact is. Functions with other arguments are other facts only by
// their values, so those of one name are read together.
std::map<std::string, std::string> FactsOf(
    const v1::ExplainVerdictResponse& proof) {
  std::map<std::string, std::string> facts;
  for (const v1::Fact& fact : proof.facts()) {
    const bool known =
        fact.value().value_case() != v1::FieldValue::VALUE_NOT_SET;
    std::string& text = facts[fact.field()];
    absl::StrAppend(&text, text.empty() ? "" : "; ",
                    known ? ValueText(fact.value())
                          : absl::StrCat(kUnknown, " (",
                                         EnumWord(fact.unknown_reason()), ")"));
  }
  return facts;
}

// Calls `add(name, before, after)` for whatever is not the same in both.
template <typename Add>
void ForEachChange(const std::map<std::string, std::string>& before,
                   const std::map<std::string, std::string>& after, Add add) {
  const auto find = [](const auto& map, const std::string& name) {
    const auto it = map.find(name);
    return it == map.end() ? std::string() : it->second;
  };
  std::map<std::string, std::string> names = before;
  names.insert(after.begin(), after.end());
  for (const auto& [name, unused] : names) {
    const std::string was = find(before, name);
    const std::string is = find(after, name);
    if (was != is) add(name, was, is);
  }
}

void Compare(const v1::ExplainVerdictResponse& before,
             const v1::ExplainVerdictResponse& after,
             v1::RecheckedDecision& result) {
  result.set_verdict(after.verdict().verdict());
  result.set_differs(after.verdict().verdict() != before.verdict().verdict());
  result.set_seq(after.header().seq());
  result.set_as_of(after.header().as_of());
  ForEachChange(StatesOf(before), StatesOf(after),
                [&](const std::string& name, const std::string& was,
                    const std::string& is) {
                  v1::RuleChange* change = result.add_rules();
                  change->set_rule(name);
                  change->set_before(was);
                  change->set_after(is);
                });
  ForEachChange(FactsOf(before), FactsOf(after),
                [&](const std::string& name, const std::string& was,
                    const std::string& is) {
                  v1::FactChange* change = result.add_facts();
                  change->set_fact(name);
                  change->set_before(was);
                  change->set_after(is);
                });
}

// One decision today. A service that cannot be reached is an error; a
// question that cannot be answered any more is a result.
absl::StatusOr<v1::RecheckedDecision> Recheck(PolicyClient& client,
                                              DecisionClient& decisions,
                                              const v1::PolicyDecision& brief,
                                              const Globals& globals) {
  v1::GetDecisionRequest request;
  request.set_id(brief.id());
  ASSIGN_OR_RETURN(const auto kept, decisions.Call(request));
  v1::RecheckedDecision result;
  *result.mutable_decision() = brief;
  const auto today = client.Call(AskedAgain(kept.decision(), globals));
  if (today.ok()) {
    Compare(kept.decision().proof(), *today, result);
    return result;
  }
  if (absl::IsUnavailable(today.status()) ||
      absl::IsDeadlineExceeded(today.status())) {
    return today.status();
  }
  result.set_problem(std::string(today.status().message()));
  return result;
}

void PrintDifference(const v1::RecheckedDecision& result,
                     const Output& output) {
  const v1::PolicyDecision& decision = result.decision();
  output.out << "\n"
             << "decision " << decision.id().substr(0, kShownIdDigits) << " of "
             << decision.decided_at() << ", "
             << Printable(absl::StrCat(
                    decision.policy_id(), " ", decision.policy_version(), ": ",
                    SubjectText(decision.model(), decision.offering()), ": "))
             << EnumWord(decision.verdict()) << " -> ";
  if (!result.problem().empty()) {
    output.out << Paint(output, Color::kYellow,
                        "cannot be asked again: " + Printable(result.problem()))
               << "\n";
    return;
  }
  output.out << Paint(output, VerdictColor(result.verdict()),
                      EnumWord(result.verdict()))
             << Printable(absl::StrCat(" (was ", EnumWord(decision.ruling()),
                                       " by ", decision.approver(), ")"))
             << "\n";
  Table table({{"what"}, {"name"}, {"then"}, {"now"}});
  for (const v1::RuleChange& rule : result.rules()) {
    table.Add({Text("rule"), Text(rule.rule()), Text(rule.before()),
               Text(rule.after())});
  }
  for (const v1::FactChange& fact : result.facts()) {
    table.Add({Text("fact"), Text(fact.fact()), Text(fact.before()),
               Text(fact.after())});
  }
  if (!table.empty()) table.Print(output, 2);
}

void AddCsvRow(const v1::RecheckedDecision& result, Table& table) {
  std::vector<std::string> rules;
  for (const v1::RuleChange& rule : result.rules()) {
    rules.push_back(
        absl::StrCat(rule.rule(), ": ", rule.before(), " -> ", rule.after()));
  }
  std::vector<std::string> facts;
  for (const v1::FactChange& fact : result.facts()) {
    facts.push_back(
        absl::StrCat(fact.fact(), ": ", fact.before(), " -> ", fact.after()));
  }
  const v1::PolicyDecision& decision = result.decision();
  table.Add(
      {Text(decision.id()), Text(decision.policy_id()),
       Text(decision.policy_version()), Text(decision.model()),
       Text(OfferingText(decision.offering())),
       Text(EnumWord(decision.ruling())), VerdictCell(decision.verdict()),
       result.problem().empty() ? VerdictCell(result.verdict()) : Unknown(),
       Text(result.differs() ? "true" : "false"),
       Text(absl::StrJoin(rules, "; ")), Text(absl::StrJoin(facts, "; ")),
       Text(result.problem())});
}

Table CsvTable() {
  return Table({{"decision"},
                {"policy"},
                {"version"},
                {"model"},
                {"offering"},
                {"ruling"},
                {"then"},
                {"now"},
                {"differs"},
                {"rules"},
                {"facts"},
                {"problem"}});
}

// All recorded decisions that are asked for, today.
absl::StatusOr<std::vector<v1::RecheckedDecision>> RecheckAll(
    PolicyClient& client, DecisionClient& decisions,
    const Invocation& invocation) {
  v1::ListDecisionsRequest request;
  request.set_policy_id(invocation.args.policy);
  request.set_model(invocation.args.model);
  ASSIGN_OR_RETURN(const auto list,
                   ListAll(decisions, request, invocation.args.limit,
                           [](const auto& a) { return a.decisions_size(); }));
  std::vector<v1::RecheckedDecision> results;
  for (const v1::PolicyDecision& brief : list.decisions()) {
    ASSIGN_OR_RETURN(v1::RecheckedDecision result,
                     Recheck(client, decisions, brief, invocation.globals));
    results.push_back(std::move(result));
  }
  return results;
}

absl::Status PrintResults(const std::vector<v1::RecheckedDecision>& results,
                          const Output& output) {
  Table csv = CsvTable();
  for (const v1::RecheckedDecision& result : results) {
    if (output.format == Format::kJson) {
      RETURN_IF_ERROR(PrintJson(result, output));
    } else if (output.format == Format::kCsv) {
      AddCsvRow(result, csv);
    } else if (result.differs() || !result.problem().empty()) {
      PrintDifference(result, output);
    }
  }
  if (output.format == Format::kCsv) csv.Print(output);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> RecheckDecisions(PolicyClient& client,
                                     DecisionClient& decisions,
                                     const Invocation& invocation,
                                     const Output& output) {
  ASSIGN_OR_RETURN(const std::vector<v1::RecheckedDecision> results,
                   RecheckAll(client, decisions, invocation));
  uint64_t differ = 0;
  uint64_t problems = 0;
  for (const v1::RecheckedDecision& result : results) {
    differ += result.differs() ? 1 : 0;
    problems += result.problem().empty() ? 0 : 1;
  }
  if (output.format == Format::kTable || output.format == Format::kMarkdown) {
    output.out << Grouped(results.size()) << " decisions, " << Grouped(differ)
               << " would differ, " << Grouped(problems)
               << " cannot be asked again\n";
  }
  RETURN_IF_ERROR(PrintResults(results, output));
  if (differ > 0) return kExitNo;
  return problems > 0 ? kExitUndecided : kExitOk;
}

}  // namespace meridian::cli
