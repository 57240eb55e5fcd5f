// `meridian policy timeline FILE MODEL`, `policy watch FILE`
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "cli/policy_commands.h"
#include "cli/policy_question.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

std::vector<uint32_t> EvidenceOf(const v1::VerdictPeriod& period) {
  std::vector<uint32_t> indexes;
  for (const v1::Fact& fact : period.facts()) {
    indexes.insert(indexes.end(), fact.evidence().begin(),
                   fact.evidence().end());
  }
  return indexes;
}

void PrintPeriods(const v1::VerdictTimelineResponse& answer,
                  Citations& citations, const Output& output) {
  std::vector<Column> columns = {
      {"from"}, {"to"}, {"verdict"}, {"rules that decide"}};
  citations.AddColumns(columns);
  columns.push_back({"what changed"});
  Table table(columns);
  for (const v1::VerdictPeriod& period : answer.periods()) {
    std::vector<Cell> row = {Text(period.from()), Text(period.to()),
                             VerdictCell(period.verdict()),
                             Text(ListText(period.rules()))};
    const std::vector<uint32_t> evidence = EvidenceOf(period);
    if (evidence.empty()) {
      row.resize(columns.size() - 1);
    } else {
      citations.AddCells(evidence, row);
    }
    row.push_back(Text(absl::StrJoin(period.causes(), "; ")));
    table.Add(std::move(row));
  }
  table.Print(output);
}

// Word for a verdict that may not be there: "new", "gone".
std::string VerdictOr(v1::Verdict verdict, const char* none) {
  return verdict == v1::VERDICT_UNSPECIFIED ? none : EnumWord(verdict);
}

class ChangePrinter {
 public:
  explicit ChangePrinter(const Output& output) : output_(output) {
    if (output.format == Format::kCsv) {
      output.out << "seq,as_of,model,offering,before,after,rules\r\n";
    }
  }

  absl::Status Handle(const v1::WatchVerdictsResponse& event) {
    if (output_.format == Format::kJson) return PrintJson(event, output_);
    if (output_.format == Format::kCsv) {
      for (const v1::VerdictChange& change : event.changes()) {
        Row(event, change);
      }
    } else {
      ForPeople(event);
    }
    output_.out.flush();
    return absl::OkStatus();
  }

 private:
  void Row(const v1::WatchVerdictsResponse& event,
           const v1::VerdictChange& change) {
    output_.out << event.seq() << "," << event.as_of();
    for (const std::string& field :
         {change.model(), OfferingText(change.offering()),
          VerdictOr(change.before(), ""), VerdictOr(change.after(), ""),
          ListText(change.rules())}) {
      output_.out << "," << CsvField(field);
    }
    output_.out << "\r\n";
  }

  void ForPeople(const v1::WatchVerdictsResponse& event) {
    // Of the first message only the counts: its changes are all verdicts.
    if (event.initial()) {
      if (event.seq() == seq_) return;
      seq_ = event.seq();
      output_.out << "seq " << event.seq() << ", as of " << event.as_of()
                  << ": " << CountsText(event.counts()) << "; watching\n";
      return;
    }
    for (const v1::VerdictChange& change : event.changes()) {
      output_.out << "seq " << event.seq() << ": "
                  << Printable(SubjectText(change.model(), change.offering()))
                  << ": " << VerdictOr(change.before(), "new") << " -> "
                  << Paint(output_, VerdictColor(change.after()),
                           VerdictOr(change.after(), "gone"))
                  << (change.rules_size() > 0
                          ? absl::StrCat(
                                " (", Printable(ListText(change.rules())), ")")
                          : "")
                  << "\n";
    }
  }

  const Output& output_;
  uint64_t seq_ = 0;
};

}  // namespace

absl::StatusOr<int> ShowTimeline(PolicyClient& client,
                                 const Invocation& invocation,
                                 const Output& output) {
  const Args& args = invocation.args;
  v1::VerdictTimelineRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, args.name));
  SetSubject(args, request);
  request.set_from(args.from);
  request.set_to(args.to);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Citations citations(answer.header(), output);
  PrintHeading(output, answer.model());
  PrintPeriods(answer, citations, output);
  PrintFooter(answer.header(), citations, output);
  return kExitOk;
}

absl::StatusOr<int> WatchVerdicts(PolicyClient& client,
                                  const Invocation& invocation,
                                  const Output& output) {
  const Args& args = invocation.args;
  v1::WatchVerdictsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, args.name));
  for (const std::string& model : args.models) request.add_models(model);
  ChangePrinter printer(output);
  absl::Status problem;
  RETURN_IF_ERROR(client.Watch(request, absl::Seconds(args.watch_seconds),
                               [&](const v1::WatchVerdictsResponse& event) {
                                 if (problem.ok())
                                   problem = printer.Handle(event);
                               }));
  RETURN_IF_ERROR(problem);
  return kExitOk;
}

}  // namespace meridian::cli
