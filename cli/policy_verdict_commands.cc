// `meridian policy admit|explain FILE MODEL`, `policy missing FILE`
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/paging.h"
#include "cli/policy_commands.h"
#include "cli/policy_proof.h"
#include "cli/policy_question.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

void PrintAdmission(const v1::CheckAdmissionResponse& answer,
                    const Output& output) {
  output.out << Printable(SubjectText(answer.model(), answer.offering()))
             << ": "
             << Paint(output, VerdictColor(answer.verdict()),
                      EnumWord(answer.verdict()))
             << "\n";
  Pairs pairs;
  if (!answer.reason().empty()) pairs.emplace_back("because", answer.reason());
  if (answer.rules_size() > 0) {
    pairs.emplace_back("rules", ListText(answer.rules()));
  }
  for (const std::string& obligation : answer.obligations()) {
    pairs.emplace_back("must", obligation);
  }
  pairs.insert(
      pairs.end(),
      {{"decision", answer.decision_id()},
       {"may be reused",
        answer.time_to_live_seconds() == 0
            ? "no"
            : absl::StrCat("for ", answer.time_to_live_seconds(), " s")},
       {"asked",
        absl::StrCat("as_of=", answer.as_of(), " seq=", answer.seq(),
                     " policy=", answer.policy_digest().substr(0, 12))}});
  PrintPairs(output, pairs, 2);
}

void PrintAdmissionCsv(const v1::CheckAdmissionResponse& answer,
                       const Output& output) {
  Table table({{"model"},
               {"offering"},
               {"verdict"},
               {"reason"},
               {"rules"},
               {"obligations"},
               {"decision"},
               {"time_to_live_seconds"},
               {"seq"},
               {"as_of"},
               {"policy_digest"}});
  table.Add({Text(answer.model()), Text(OfferingText(answer.offering())),
             VerdictCell(answer.verdict()), Text(answer.reason()),
             Text(ListText(answer.rules())),
             Text(ListText(answer.obligations())), Text(answer.decision_id()),
             Count(answer.time_to_live_seconds()), Count(answer.seq()),
             Text(answer.as_of()), Text(answer.policy_digest())});
  table.Print(output);
}

void PrintMissingTable(const v1::ListMissingFactsResponse& answer,
                       const Output& output) {
  Table table({{"model"},
               {"rank", Align::kRight},
               {"fact"},
               {"why"},
               {"settles", Align::kRight},
               {"unlocks", Align::kRight},
               {"rules"},
               {"ask"}});
  for (const v1::MissingFact& fact : answer.facts()) {
    table.Add({Text(fact.model()),
               fact.has_rank() ? Count(fact.rank()) : Text(""),
               Text(fact.fact()), Text(EnumWord(fact.reason())),
               Count(fact.decides()),
               fact.has_unlocks_points() ? Number(fact.unlocks_points(), 1)
                                         : Text(""),
               Text(ListText(fact.rules())), Text(fact.ask())});
  }
  table.Print(output);
}

}  // namespace

absl::StatusOr<int> AdmitModel(PolicyClient& client,
                               const Invocation& invocation,
                               const Output& output) {
  v1::CheckAdmissionRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, invocation.args.name));
  SetSubject(invocation.args, request);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
  } else if (output.format == Format::kCsv) {
    PrintAdmissionCsv(answer, output);
  } else {
    PrintAdmission(answer, output);
  }
  return ExitOf(answer.verdict());
}

absl::StatusOr<int> ExplainModel(PolicyClient& client,
                                 const Invocation& invocation,
                                 const Output& output) {
  v1::ExplainVerdictRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, invocation.args.name));
  SetSubject(invocation.args, request);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
  } else {
    Citations citations(answer.header(), output);
    if (output.format == Format::kCsv) {
      PrintExplanationCsv(answer, citations, output);
    } else {
      PrintExplanation(answer, citations, output);
    }
    PrintFooter(answer.header(), citations, output);
  }
  return ExitOf(answer.verdict().verdict());
}

absl::StatusOr<int> ListMissing(PolicyClient& client,
                                const Invocation& invocation,
                                const Output& output) {
  v1::ListMissingFactsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, invocation.args.name));
  SetRankBy(invocation.args, request);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, invocation.args.limit,
                           [](const auto& a) { return a.facts_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  const Citations citations(answer.header(), output);
  if (output.format != Format::kCsv) {
    if (answer.coverage_size() > 0) {
      PrintHeading(output, "what the policy needs");
      PrintCoverage(answer.coverage(), output);
      output.out << "\n";
    }
    PrintHeading(output, absl::StrCat(Grouped(answer.total()),
                                      " facts keep verdicts open"));
  }
  if (answer.facts_size() > 0 || output.format == Format::kCsv) {
    PrintMissingTable(answer, output);
  }
  PrintMore(output, answer.next_page_token());
  PrintFooter(answer.header(), citations, output);
  return kExitOk;
}

}  // namespace meridian::cli
